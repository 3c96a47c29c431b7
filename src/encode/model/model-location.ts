// Where a model lies: a folder on this machine, or under a name on the hub, of which a cache folder has copies.
//
//   folder   ./models/mine, /srv/models/mine, file:///srv/models/mine; in a browser a path of the page's server
//   name     colbert-ir/colbertv2.0: downloaded once, into the cache folder of transformers.js or the one that is given
//
// It must not know what the files mean.
import { nodeModule } from '../../base/node-module.js'
import { typeName } from '../../base/type-name.js'
import type { TransformersEnvironment } from './transformers.js'

interface FileSystem {
  statSync(path: string, options: { throwIfNoEntry: false }): FileStatus | undefined
  readdirSync(path: string, options: { recursive: true; encoding: 'utf8' }): string[]
  readonly promises: {
    readFile(path: string, encoding: 'utf8'): Promise<string>
    writeFile(path: string, text: string): Promise<void>
    mkdir(path: string, options: { recursive: true }): Promise<unknown>
    rename(from: string, to: string): Promise<void>
  }
}

interface FileStatus {
  readonly size: number
  isDirectory(): boolean
}

interface Paths {
  resolve(...parts: string[]): string
  join(...parts: string[]): string
}

/** Node's files and paths, where there is Node. */
export interface Disk {
  readonly fs: FileSystem
  readonly path: Paths
  fileURLToPath(url: string): string
}

/** A model that can be read. */
export interface ModelLocation {
  readonly kind: 'folder' | 'name'
  /** The folder's whole path, or the name. */
  readonly model: string
  /** Where copies of the files lie or would lie; undefined in a browser. */
  readonly folder: string | undefined
  readonly disk: Disk | undefined
}

/** What is told while a file comes from the hub. */
export interface DownloadProgress {
  readonly file: string
  /** Bytes so far. */
  readonly loaded: number
  /** Bytes in all; 0 where the hub does not say. */
  readonly total: number
}

export interface LocationOptions {
  readonly revision: string
  readonly cacheDir: string | undefined
}

const looksLikeName = /^[\w.-]+\/[\w.-]+$/
const looksLikePath = /^(?:\.{0,2}\/|\.{1,2}$|~|file:|https?:|[a-zA-Z]:[\\/])|\\/

/**
 * Finds where a model lies. A folder that is there goes before a name; nothing is downloaded.
 *
 * @throws TypeError where `model` is not a string
 * @throws RangeError where it is a folder that is not there, or neither a folder nor a name
 */
export async function locateModel(
  model: unknown,
  env: TransformersEnvironment,
  { revision, cacheDir }: LocationOptions,
): Promise<ModelLocation> {
  if (typeof model !== 'string') {
    throw new TypeError(`"model" expected the name or the folder of a model, got ${typeName(model)}`)
  }
  const disk = await openDisk()
  if (!disk) return findOnServer(model, env)
  if (/^https?:/.test(model)) {
    throw new RangeError(
      `"model" expected a folder, or a name like colbert-ir/colbertv2.0, got the address ${model}; give the name alone`,
    )
  }
  const folder = disk.path.resolve(model.startsWith('file:') ? disk.fileURLToPath(model) : model)
  const found = model === '' ? undefined : disk.fs.statSync(folder, { throwIfNoEntry: false })
  if (found?.isDirectory()) return { kind: 'folder', model: folder, folder, disk }
  if (found) {
    throw new RangeError(
      `"model" expected a folder, got the file ${folder}; give the folder that has config.json`,
    )
  }
  if (looksLikePath.test(model)) {
    throw new RangeError(
      `"model" names a folder that is not there: ${folder}; a model's name is like colbert-ir/colbertv2.0`,
    )
  }
  checkName(model)
  const cache = cacheDir ?? env.cacheDir
  if (cache) checkCache(disk, disk.path.resolve(cache))
  const kept = revision === 'main' ? [model] : [model, revision]
  const copies = cache ? disk.path.join(disk.path.resolve(cache), ...kept) : undefined
  if (copies !== undefined) checkCache(disk, copies)
  return { kind: 'name', model, folder: copies, disk }
}

/** Whether copies may lie in a folder, which need not be there yet. */
function checkCache({ fs }: Disk, folder: string): void {
  let found: FileStatus | undefined
  try {
    found = fs.statSync(folder, { throwIfNoEntry: false })
  } catch (cause) {
    throw new RangeError(
      `"cacheDir" ${folder} cannot be read (${(cause as Error).message}); name another folder`,
      {
        cause,
      },
    )
  }
  if (found && !found.isDirectory()) {
    throw new RangeError(`"cacheDir" expected a folder, got the file ${folder}; name another folder`)
  }
}

async function openDisk(): Promise<Disk | undefined> {
  const [fs, path, url] = await Promise.all([
    nodeModule<FileSystem>('node:fs'),
    nodeModule<Paths>('node:path'),
    nodeModule<Pick<Disk, 'fileURLToPath'>>('node:url'),
  ])
  return fs && path && url ? { fs, path, fileURLToPath: url.fileURLToPath } : undefined
}

function findOnServer(model: string, env: TransformersEnvironment): ModelLocation {
  if (!looksLikePath.test(model)) {
    checkName(model)
    return { kind: 'name', model, folder: undefined, disk: undefined }
  }
  if (!model.startsWith('/')) {
    throw new RangeError(
      `"model" expected a path that begins with "/", or a model's name, got ${JSON.stringify(model)}`,
    )
  }
  if (!env.allowLocalModels) {
    throw new RangeError(
      `"model" is a path of the page's server, ${model}, which transformers.js does not read unless env.allowLocalModels = true`,
    )
  }
  return { kind: 'folder', model, folder: undefined, disk: undefined }
}

function checkName(model: string): void {
  if (looksLikeName.test(model)) return
  throw new RangeError(
    `"model" expected a folder, or a name like colbert-ir/colbertv2.0, got ${JSON.stringify(model)}`,
  )
}
