// Finds the location of a model: a folder, or a name on the Hugging Face hub whose files are copied into a cache
// folder.
//
//   folder   ./models/mine, /srv/models/mine, file:///srv/models/mine; in a browser a path on the page's server
//   name     colbert-ir/colbertv2.0: downloaded once, into the cache folder of transformers.js or into `cacheDir`
import { typeName } from '../../../base/type-name.js'
import type { TransformersEnvironment } from '../transformers.js'
import { type Disk, type FileStatus, openDisk } from './disk.js'
import { findSnapshot } from './hub-environment.js'

/** Where the files of a model are. */
export interface ModelLocation {
  readonly type: 'folder' | 'name'
  /** The absolute path of the folder, or the name. */
  readonly model: string
  /** The name of a model whose folder is in the cache of Python's hub client. */
  readonly cachedName?: string
  /** The folder of the files, or of their cached copies, which need not exist yet; undefined in a browser. */
  readonly folder: string | undefined
  /** Undefined in a browser. */
  readonly disk: Disk | undefined
}

/** The bytes of a file, which are read in parts. */
export interface OpenedFile {
  readonly size: number
  /** Reads `length` bytes. There are fewer if the file ends before. */
  read(start: number, length: number): Promise<Uint8Array>
  close(): Promise<void>
}

/** Progress of the download of one file. */
export interface DownloadProgress {
  /** Path of the file in the model's folder. */
  readonly file: string
  /** Bytes received. */
  readonly loaded: number
  /** Bytes in total; 0 if the server does not report it. */
  readonly total: number
}

/** The options that influence where a model is. */
export interface LocationOptions {
  readonly revision: string
  readonly cacheDir: string | undefined
}

const NAME = /^[\w.-]+\/[\w.-]+$/
const PATH = /^(?:\.{0,2}\/|\.{1,2}$|~|file:|https?:|[a-zA-Z]:[\\/])|\\/
const EXAMPLE = 'colbert-ir/colbertv2.0'

/**
 * Finds the location of a model. An existing folder has precedence over a name. Downloads nothing.
 *
 * @throws TypeError if `model` is not a string
 * @throws RangeError if it is a folder that does not exist, or neither a folder nor a name
 */
export async function locateModel(
  model: unknown,
  env: TransformersEnvironment,
  options: LocationOptions,
): Promise<ModelLocation> {
  if (typeof model !== 'string') {
    throw new TypeError(`"model" expected the name or the folder of a model, got ${typeName(model)}`)
  }
  const disk = await openDisk()
  if (!disk) return locateOnServer(model, env)
  if (/^https?:/.test(model)) {
    throw new RangeError(
      `"model" expected a folder or a name such as ${EXAMPLE}, got the URL ${model}; pass only the name`,
    )
  }
  const folder = disk.path.resolve(model.startsWith('file:') ? disk.fileURLToPath(model) : model)
  const status = model === '' ? undefined : disk.fs.statSync(folder, { throwIfNoEntry: false })
  if (status?.isDirectory()) return { type: 'folder', model: folder, folder, disk }
  if (status) {
    throw new RangeError(
      `"model" expected a folder, got the file ${folder}; pass the folder that contains config.json`,
    )
  }
  if (PATH.test(model)) {
    throw new RangeError(
      `"model" expected a folder that exists, got ${folder}; a name is written as in ${EXAMPLE}`,
    )
  }
  checkName(model)
  const snapshot = options.cacheDir === undefined ? findSnapshot(disk, model, options.revision) : undefined
  if (snapshot) return { type: 'folder', model: snapshot, cachedName: model, folder: snapshot, disk }
  return { type: 'name', model, folder: cacheFolderOf(model, disk, env, options), disk }
}

/** The folder of a model's cached copies; undefined if transformers.js has no cache folder. */
function cacheFolderOf(
  model: string,
  disk: Disk,
  env: TransformersEnvironment,
  { revision, cacheDir }: LocationOptions,
): string | undefined {
  const cache = cacheDir ?? env.cacheDir
  if (!cache) return undefined
  const root = disk.path.resolve(cache)
  checkCacheFolder(disk, root)
  const folder = disk.path.join(root, model, ...(revision === 'main' ? [] : [revision]))
  checkCacheFolder(disk, folder)
  return folder
}

/** @throws RangeError if `path` exists and is not a readable folder */
function checkCacheFolder({ fs }: Disk, path: string): void {
  let status: FileStatus | undefined
  try {
    status = fs.statSync(path, { throwIfNoEntry: false })
  } catch (cause) {
    const { message } = cause as Error
    throw new RangeError(`"cacheDir" cannot be read: ${path} (${message}); pass another folder`, { cause })
  }
  if (status && !status.isDirectory()) {
    throw new RangeError(`"cacheDir" expected a folder, got the file ${path}; pass another folder`)
  }
}

/** The location of a model in a browser. */
function locateOnServer(model: string, env: TransformersEnvironment): ModelLocation {
  if (!PATH.test(model)) {
    checkName(model)
    return { type: 'name', model, folder: undefined, disk: undefined }
  }
  if (!model.startsWith('/')) {
    throw new RangeError(
      `"model" expected a path that begins with "/" or the name of a model, got ${JSON.stringify(model)}`,
    )
  }
  if (!env.allowLocalModels) {
    throw new RangeError(
      `"model" is a path on the page's server, ${model}; set env.allowLocalModels = true of transformers.js to allow it`,
    )
  }
  return { type: 'folder', model, folder: undefined, disk: undefined }
}

/** @throws RangeError if `model` is not a name as on the hub */
function checkName(model: string): void {
  if (NAME.test(model)) return
  throw new RangeError(`"model" expected a folder or a name such as ${EXAMPLE}, got ${JSON.stringify(model)}`)
}
