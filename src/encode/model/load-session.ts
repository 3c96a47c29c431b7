// Loads the ONNX file of a model. transformers.js downloads it, stores it in its cache and runs it.
import { unlessAborted } from '../../base/unless-aborted.js'
import type { DownloadOptions } from './files/hub-download.js'
import { reasonOf } from './files/model-errors.js'
import { hasFile } from './files/model-files.js'
import type { ModelLocation } from './files/model-location.js'
import { isMissing, loadError, onnxCandidates } from './files/onnx-file.js'
import type { ModelDtype, ModelSettings } from './known-models.js'
import { createSession, type ModelDevice, type ModelSession } from './model-session.js'
import type { LoadedModel, LoadingEvent, LoadingOptions, TransformersPeer } from './transformers.js'

/** The options of loading an ONNX file. */
export interface SessionOptions extends DownloadOptions {
  readonly dtype: ModelDtype | undefined
  readonly device: ModelDevice | undefined
  readonly cacheDir: string | undefined
}

/** The model whose ONNX file is loaded, and how. */
export interface SessionSource {
  readonly transformers: TransformersPeer
  readonly location: ModelLocation
  readonly settings: ModelSettings
  /** Elements in each row, if they are known. */
  readonly dim?: number | undefined
  /** The parsed config.json. */
  readonly config: Readonly<Record<string, unknown>>
  readonly options: SessionOptions
}

/**
 * Loads the ONNX file of a text encoder.
 *
 * @throws RangeError if it does not exist, cannot be loaded, or is not a text encoder
 * @throws Error if it cannot be downloaded
 */
export async function loadSession(source: SessionSource): Promise<ModelSession> {
  const { model, file } = await loadOnnx(source)
  return createSession(source.transformers, model, { location: source.location, file, dim: source.dim })
}

/** A loaded ONNX file, and its path in the model's folder. */
export interface LoadedOnnx {
  readonly model: LoadedModel
  readonly file: string
}

/**
 * Loads the ONNX file of a model.
 *
 * @throws RangeError if it does not exist or cannot be loaded
 * @throws Error if it cannot be downloaded
 */
export async function loadOnnx(source: SessionSource): Promise<LoadedOnnx> {
  const { transformers, location, settings, options } = source
  const files = onnxCandidates(location, settings, options.dtype)
  for (const [i, file] of files.entries()) {
    options.signal?.throwIfAborted()
    const loading = loadWithData(source, file)
    let model: LoadedModel
    try {
      model = await unlessAborted(loading, options.signal)
    } catch (cause) {
      if (options.signal?.aborted) {
        // the engine cannot be interrupted: what it loads nevertheless is freed
        loading.then(unused => unused.dispose()).catch(() => undefined)
        throw options.signal.reason
      }
      // which of them exists cannot be looked up in a browser, and not on the hub
      if (i + 1 < files.length && isMissing(cause)) continue
      const { device, localFilesOnly, forbiddenBy } = options
      const { remoteHost } = transformers.env
      throw loadError(cause, {
        location,
        file,
        files,
        settings,
        device,
        localFilesOnly,
        forbiddenBy,
        remoteHost,
      })
    }
    return { model, file }
  }
  throw new RangeError(`"${location.model}" has no ONNX file`)
}

/** Loads a file, with its weights in a second file if it has them there. */
async function loadWithData(source: SessionSource, file: string): Promise<LoadedModel> {
  const { transformers, location, settings, options } = source
  const hasData = () => hasFile({ location, env: transformers.env, options }, `${file}_data`)
  // on a disk the engine finds external data itself
  if (location.type === 'folder' && location.disk) return loadFile(source, file, false)
  // in a browser a load that fails makes all later ones fail
  if (settings.externalData || !location.disk) {
    return loadFile(source, file, settings.externalData === true || (await hasData()))
  }
  try {
    return await loadFile(source, file, false)
  } catch (cause) {
    options.signal?.throwIfAborted()
    // only the file itself says whether it has external data; transformers.js hangs if they are missing
    if (isMissing(cause) || !/external/i.test(reasonOf(cause)) || !(await hasData())) throw cause
    return loadFile(source, file, true)
  }
}

function loadFile(
  { transformers, location, config, options }: SessionSource,
  file: string,
  hasExternalData: boolean,
): Promise<LoadedModel> {
  const slash = file.lastIndexOf('/')
  const loadingOptions: LoadingOptions = {
    // any class of transformers.js with a single session can run the file
    config: { ...config, model_type: 'bert' },
    ...(options.cacheDir !== undefined && { cache_dir: options.cacheDir }),
    local_files_only: location.type === 'folder' || options.localFilesOnly,
    revision: options.revision,
    subfolder: slash < 0 ? '' : file.slice(0, slash),
    model_file_name: file.slice(slash + 1, -'.onnx'.length),
    dtype: 'fp32',
    ...(options.device && { device: options.device }),
    ...(hasExternalData && { use_external_data_format: true }),
    // errors are thrown, so the engine need not print them
    session_options: { logSeverityLevel: 4 },
    progress_callback: event => reportProgress(event, location, options),
  }
  return transformers.AutoModel.from_pretrained(location.model, loadingOptions)
}

/** Forwards the progress of a download. Throws the reason of an aborted signal, which ends the download. */
function reportProgress(
  { status, file, loaded, total }: LoadingEvent,
  { type, disk }: ModelLocation,
  { signal, onProgress }: SessionOptions,
): void {
  signal?.throwIfAborted()
  // in a browser a folder is on the page's server
  if (status !== 'progress' || (type === 'folder' && disk)) return
  onProgress?.({ file: (file ?? '').replace(/^\//, ''), loaded: loaded ?? 0, total: total ?? 0 })
}
