// Finds the ONNX file of a model, and explains why one cannot be loaded.

import { type ModelDtype, type ModelSettings, ONNX_COPIES } from '../known-models.js'
import { FILES_NEEDED, modelFileRemedy, nameOfFile, reasonOf } from './model-errors.js'
import type { ModelLocation } from './model-location.js'

/** The ends of the file names of each dtype: those of Optimum and transformers.js first, then those of PyLate's exporter. */
const SUFFIXES: Readonly<Record<ModelDtype, readonly string[]>> = {
  fp32: [''],
  fp16: ['_fp16'],
  q8: ['_quantized', '_int8', '_uint8'],
  int8: ['_int8'],
  uint8: ['_uint8'],
}

/**
 * Returns the paths at which the ONNX file may be, relative to the model's folder, in order. There is one if the file is
 * in the folder or in the cache.
 *
 * @throws RangeError if the folder has no ONNX file of the dtype
 */
export function onnxCandidates(
  location: ModelLocation,
  { files }: ModelSettings,
  requestedDtype: ModelDtype | undefined,
): readonly string[] {
  const dtype = requestedDtype ?? 'fp32'
  const usual = SUFFIXES[dtype].flatMap(suffix => [`onnx/model${suffix}.onnx`, `model${suffix}.onnx`])
  const named = files?.[dtype]
  const candidates = named === undefined ? usual : [named, ...usual.filter(file => file !== named)]
  const { disk, folder } = location
  if (!disk || !folder) return candidates
  const existing = candidates.find(file =>
    disk.fs.statSync(disk.path.join(folder, file), { throwIfNoEntry: false }),
  )
  if (existing !== undefined) return [existing]
  if (location.type === 'name') return candidates
  const others = disk.fs
    .readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.onnx'))
  if (requestedDtype === undefined && others.length === 1) return [others[0]!.replaceAll('\\', '/')]
  throw new RangeError(
    `${folder} has no ONNX file of dtype "${dtype}": expected ${candidates.join(' or ')}, found ${others.join(', ') || 'none'}`,
  )
}

/** The ONNX file that was not loaded, and how it was loaded. */
export interface FailedLoad {
  readonly location: ModelLocation
  /** Path of the file in the model's folder. */
  readonly file: string
  /** All paths that were tried. */
  readonly files: readonly string[]
  readonly settings: ModelSettings
  readonly device: string | undefined
  readonly localFilesOnly: boolean
  readonly forbiddenBy: string
  readonly remoteHost: string
}

/** The error for an ONNX file that could not be loaded. `cause` is the error of transformers.js. */
export function loadError(cause: unknown, load: FailedLoad): Error {
  const { location, file, files, device, remoteHost } = load
  const reason = reasonOf(cause)
  const name = nameOfFile(location, file)
  if (/^Unsupported device/.test(reason) || (device === 'webgpu' && /webgpu|adapter/i.test(reason))) {
    return new RangeError(`"device" ${JSON.stringify(device)} is not available: ${reason}`, { cause })
  }
  if (isMissing(cause) && location.type === 'name') {
    const tried = files.map(path => nameOfFile(location, path)).join(', ')
    return new RangeError(`${tried} ${missingFromHub(load, reason)}`, { cause })
  }
  if (isMissing(cause) && !location.disk) {
    return new RangeError(`${name} does not exist; ${FILES_NEEDED}`, { cause })
  }
  if (/fetch failed|network|ENOTFOUND|ECONN|terminated|timeout/i.test(reason)) {
    return new Error(
      `${name} could not be downloaded from ${remoteHost}: ${reason}; check the network, or pass the folder of a model`,
      { cause },
    )
  }
  const size = sizeOf(location, file)
  if (/external/i.test(reason)) return externalDataError(cause, load)
  return new RangeError(
    `${name}${size === undefined ? '' : `, ${size} bytes,`} cannot be loaded (${reason}): it may be incomplete or not an ONNX file; ${modelFileRemedy(location, file)}`,
    { cause },
  )
}

/** The error for an ONNX file whose weights are in another file, which cannot be read. */
function externalDataError(cause: unknown, { location, file }: FailedLoad): RangeError {
  const remedy =
    location.type === 'folder'
      ? 'put the complete file beside it'
      : `of a model on the hub only ${file}_data is downloaded: if its name is another one, pass the model's folder`
  return new RangeError(
    `${nameOfFile(location, file)} cannot be loaded (${reasonOf(cause)}): its weights are in a second file, which is missing or ` +
      `incomplete; ${remedy}`,
    { cause },
  )
}

/** Why an ONNX file of a model on the hub is missing. */
function missingFromHub(
  { location, settings, localFilesOnly, forbiddenBy }: FailedLoad,
  reason: string,
): string {
  if (localFilesOnly) {
    return (
      `is not in the cache, and ${forbiddenBy} forbids its download; ` +
      'allow it, or pass the folder of a model'
    )
  }
  const known = Object.entries(settings.files ?? {}).map(([dtype, path]) => `${dtype} (${path})`)
  const copy = ONNX_COPIES[location.model]
  const other = copy === undefined ? 'pass another dtype' : `use ${copy}, which has one`
  const remedy = known.length > 0 ? `use the known dtype ${known.join(', ')}` : other
  return `is not on the hub; ${remedy}, or set its path in "settings.files" (${reason})`
}

function sizeOf({ disk, folder }: ModelLocation, file: string): number | undefined {
  return folder && disk
    ? disk.fs.statSync(disk.path.join(folder, file), { throwIfNoEntry: false })?.size
    : undefined
}

/** Whether an error of transformers.js means that a file does not exist. */
export function isMissing(cause: unknown): boolean {
  const { name, message } = cause as Partial<Error>
  return name === 'ModelFileNotFoundError' || /not found locally|Could not locate/.test(message ?? '')
}
