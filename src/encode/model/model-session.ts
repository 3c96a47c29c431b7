// A loaded ONNX file: token ids in, one row for each token out. transformers.js downloads the file, keeps it and runs it.
import { float16ToNumber } from '../../base/float16.js'
import type { ModelDtype, ModelSettings } from './known-models.js'
import { reasonOf } from './model-files.js'
import type { DownloadProgress, ModelLocation } from './model-location.js'
import { isMissing, loadError, onnxCandidates, onnxNameOf } from './onnx-file.js'
import type { LoadedModel, LoadingEvent, ModelTensor, TransformersPeer } from './transformers.js'

/** Where a model computes: `cpu` in Node, `wasm` in a browser, `webgpu` in either. */
export type ModelDevice = 'cpu' | 'wasm' | 'webgpu'

export interface SessionOptions {
  readonly dtype: ModelDtype | undefined
  readonly device: ModelDevice | undefined
  readonly revision: string
  readonly cacheDir: string | undefined
  readonly localFilesOnly: boolean
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((progress: DownloadProgress) => void) | undefined
}

/** Sequences of one length: `count` x `length` ids, one after the other, and which of them the model attends to. */
export interface TokenBatch {
  readonly count: number
  readonly length: number
  readonly ids: readonly number[]
  readonly attention: readonly number[]
}

export interface ModelSession {
  /** How errors name the ONNX file. */
  readonly file: string
  /** `count` x `length` rows of `dim` numbers. */
  run(batch: TokenBatch): Promise<{ readonly data: Float32Array; readonly dim: number }>
  dispose(): Promise<void>
}

const knownInputs = ['input_ids', 'attention_mask', 'token_type_ids']

/** Loads the ONNX file of a model. */
export async function loadSession(
  transformers: TransformersPeer,
  place: ModelLocation,
  settings: ModelSettings,
  config: Readonly<Record<string, unknown>>,
  options: SessionOptions,
): Promise<ModelSession> {
  const { file, model } = await loadFirst(transformers, place, settings, config, options)
  const session = model.sessions.model
  const name = onnxNameOf(file, place)
  const inputs = session?.inputNames ?? []
  if (!inputs.includes('input_ids') || inputs.some(input => !knownInputs.includes(input))) {
    await model.dispose()
    throw new RangeError(
      `${name} takes ${inputs.map(input => `"${input}"`).join(', ')}, and a text encoder takes "input_ids", ` +
        '"attention_mask" and maybe "token_type_ids"; export the model for feature extraction',
    )
  }

  // most graphs take int64
  const takesInt32 = session?.inputMetadata?.some(({ type }) => type === 'int32') === true

  async function run({ count, length, ids, attention }: TokenBatch) {
    const tensor = (values: readonly number[]) =>
      takesInt32
        ? new transformers.Tensor('int32', Int32Array.from(values), [count, length])
        : new transformers.Tensor('int64', BigInt64Array.from(values, BigInt), [count, length])
    const feeds: Record<string, ModelTensor> = { input_ids: tensor(ids) }
    if (inputs.includes('attention_mask')) feeds.attention_mask = tensor(attention)
    if (inputs.includes('token_type_ids')) feeds.token_type_ids = tensor(ids.map(() => 0))
    let outputs: Readonly<Record<string, ModelTensor>>
    try {
      outputs = await model(feeds)
    } catch (cause) {
      throw new Error(
        `${name} could not encode ${count} x ${length} tokens (${reasonOf(cause)}); ${remedyFor(reasonOf(cause))}`,
        { cause },
      )
    }
    return readRows(outputs, session!.outputNames, count, length, name)
  }

  return {
    file: name,
    run,
    async dispose() {
      await model.dispose()
    },
  }

  /** The first of the files that the model may lie in. */
  async function loadFirst(
    ...[, at]: Parameters<typeof loadSession>
  ): Promise<{ file: string; model: LoadedModel }> {
    const files = onnxCandidates(at, settings, options.dtype)
    for (const [i, file] of files.entries()) {
      try {
        return { file, model: await load(file) }
      } catch (cause) {
        options.signal?.throwIfAborted()
        // in a browser it only shows by trying where the file lies
        if (!at.disk && i + 1 < files.length && isMissing(cause)) continue
        throw loadError(cause, file, at, options, transformers.env, settings)
      }
    }
    throw new RangeError(`"${at.model}" has no ONNX file`)
  }

  async function load(file: string): Promise<LoadedModel> {
    const slash = file.lastIndexOf('/')
    const loading = transformers.AutoModel.from_pretrained(place.model, {
      // an ONNX file needs no class of its own: this one has a single session
      config: { ...config, model_type: 'bert' },
      ...(options.cacheDir !== undefined && { cache_dir: options.cacheDir }),
      local_files_only: place.kind === 'folder' || options.localFilesOnly,
      revision: options.revision,
      subfolder: slash < 0 ? '' : file.slice(0, slash),
      model_file_name: file.slice(slash + 1, -'.onnx'.length),
      dtype: 'fp32',
      ...(options.device && { device: options.device }),
      // beside a file on the disk the engine finds them itself
      ...(settings.externalData &&
        !(place.kind === 'folder' && place.disk) && { use_external_data_format: true }),
      // what goes wrong is thrown, and need not be printed as well
      session_options: { logSeverityLevel: 4 },
      progress_callback: (event: LoadingEvent) => {
        // throwing here ends a download
        options.signal?.throwIfAborted()
        const { status, file, loaded, total } = event
        if (status !== 'progress' || place.kind === 'folder') return
        options.onProgress?.({
          file: (file ?? '').replace(/^\//, ''),
          loaded: loaded ?? 0,
          total: total ?? 0,
        })
      },
    })
    return untilAborted(loading, options.signal)
  }
}

function remedyFor(reason: string): string {
  if (/invalid dimensions/i.test(reason))
    return 'export the model with a batch and a length that may vary; one that takes a single text at a time needs batchTokens: 1'
  return 'if the ids are beyond its table, tokenizer.json is of another model'
}

/** The first output that has a row for each token. */
function readRows(
  outputs: Readonly<Record<string, ModelTensor>>,
  names: readonly string[],
  count: number,
  length: number,
  file: string,
): { data: Float32Array; dim: number } {
  const name = names.find(name => {
    const dims = outputs[name]?.dims ?? []
    return dims.length === 3 && dims[0] === count && dims[1] === length
  })
  const output = name === undefined ? undefined : outputs[name]
  if (!output) {
    const given = names.map(name => `"${name}" ${outputs[name]?.dims.join(' x ')}`).join(', ')
    throw new RangeError(
      `${file} gives ${given} for ${count} x ${length} tokens, and a row for each token is needed; export the model without pooling`,
    )
  }
  return { data: toFloats(output, file), dim: output.dims[2]! }
}

function toFloats({ type, data }: ModelTensor, file: string): Float32Array {
  if (data instanceof Float32Array) return data
  if (type === 'float16') {
    // half precision comes as 16 bits each, or as numbers where the engine has an array for them
    return data instanceof Uint16Array
      ? Float32Array.from(data, float16ToNumber)
      : Float32Array.from(data as Iterable<number>)
  }
  throw new RangeError(`${file} gives rows of type ${type}; expected float32 or float16`)
}

/** A promise, or the signal's reason as soon as it is aborted. */
function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
