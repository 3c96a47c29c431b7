// Reads the small files of a model from its folder, from the cache or from the hub. transformers.js reads such files
// too, but requests tokenizer_config.json from the hub whatever its options are, and does not report which file is
// broken.

import { joinPath } from '../../../base/paths.js'
import type { Disk } from './disk.js'
import {
  download,
  existsOnServer,
  type HubContext,
  isKnownAbsent,
  openBrowserCache,
  rememberAbsent,
  storeInCache,
  urlOnHub,
} from './hub-download.js'
import { FILES_NEEDED, modelFileRemedy, nameOfFile, reasonOf } from './model-errors.js'
import type { OpenedFile } from './model-location.js'

/** Reads the files of one model. */
export interface ModelFiles {
  /**
   * Reads a file that contains a JSON object. Returns undefined if the file is optional and does not exist.
   *
   * @throws RangeError if it does not exist and is required, or is not a JSON object
   */
  json(file: string, need: 'required' | 'optional'): Promise<Readonly<Record<string, unknown>> | undefined>
  /** Reads an optional file that contains a JSON array. @throws RangeError if it contains anything else */
  list(file: string): Promise<readonly unknown[] | undefined>
  /**
   * Opens a file for reading in parts. Returns undefined if it does not exist. `local`: it is not downloaded from the hub,
   * because it may be large.
   */
  open(file: string, need: 'optional' | 'local'): Promise<OpenedFile | undefined>
  /** The name of a file in error messages. */
  nameOf(file: string): string
}

/** Creates a reader for the files of a model. */
export function createModelFiles(context: HubContext): ModelFiles {
  const { location } = context
  const nameOf = (file: string) => nameOfFile(location, file)
  return {
    nameOf,
    async json(file, need) {
      const value = await readJson(context, file, need === 'optional')
      if (value === undefined) {
        if (need === 'optional') return undefined
        throw new RangeError(missingFileMessage(context, file))
      }
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw new RangeError(`${nameOf(file)} expected an object; ${modelFileRemedy(location, file)}`)
      }
      return value as Readonly<Record<string, unknown>>
    },
    async list(file) {
      const value = await readJson(context, file, true)
      if (value === undefined || Array.isArray(value)) return value
      throw new RangeError(`${nameOf(file)} expected an array; ${modelFileRemedy(location, file)}`)
    },
    open: (file, need) => openFile(context, file, need),
  }
}

/** Reads and parses a file. Returns undefined if it does not exist. */
async function readJson(context: HubContext, file: string, isOptional: boolean): Promise<unknown> {
  const { location, options } = context
  options.signal?.throwIfAborted()
  const copy = findCopy(context, file)
  if (copy && location.disk) {
    return parseStored(context, file, await location.disk.fs.promises.readFile(copy, 'utf8'))
  }
  if (location.type === 'name') {
    return fromHub(context, file, isOptional, {
      stored: bytes => parseStored(context, file, decode(bytes)),
      downloaded: (bytes, url) => parseDownloaded(context, file, decode(bytes), url),
    })
  }
  const bytes = location.disk ? undefined : await download(context, file, joinPath(location.model, file))
  return bytes && parseStored(context, file, decode(bytes))
}

const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

/** The path of a file on the disk: in the model's folder, in the cache, or below the local path of transformers.js. */
function findCopy({ location, env }: HubContext, file: string): string | undefined {
  const { disk, folder, model, type } = location
  if (!disk) return undefined
  const folders = type === 'folder' ? [model] : [folder, joinPath(env.localModelPath, model)]
  return folders
    .map(each => (each ? disk.path.join(each, file) : undefined))
    .find(path => path !== undefined && disk.fs.statSync(path, { throwIfNoEntry: false }))
}

/** How the bytes of a file are converted: those of the cache, and those that were downloaded. */
interface Conversion<T> {
  stored(bytes: Uint8Array): T
  downloaded(bytes: Uint8Array, url: string): T
}

/** Reads a file of a model that has a name: from the browser's cache, otherwise from the hub, and caches it. */
async function fromHub<T>(
  context: HubContext,
  file: string,
  isOptional: boolean,
  convert: Conversion<T>,
): Promise<T | undefined> {
  const { location, env, options } = context
  const url = urlOnHub(context, file)
  const cache = location.disk ? undefined : await openBrowserCache(env)
  const cached = await cache?.match(url)
  if (cached) return convert.stored(new Uint8Array(await cached.arrayBuffer()))
  if (options.localFilesOnly || !env.allowRemoteModels) return undefined
  if (isOptional && (await isKnownAbsent(context, file, cache))) return undefined
  const bytes = await download(context, file, url)
  if (!bytes) {
    if (isOptional) await rememberAbsent(context, file, cache)
    return undefined
  }
  const value = convert.downloaded(bytes, url)
  await storeInCache(context, file, bytes, cache)
  return value
}

/** Whether a model has a file, which is not read. */
export async function hasFile(context: HubContext, file: string): Promise<boolean> {
  const { location, env, options } = context
  if (findCopy(context, file)) return true
  const isOnHub = location.type === 'name'
  const cache = location.disk || !isOnHub ? undefined : await openBrowserCache(env)
  const url = isOnHub ? urlOnHub(context, file) : joinPath(location.model, file)
  if (await cache?.match(url)) return true
  if (isOnHub && (options.localFilesOnly || !env.allowRemoteModels)) return false
  if (isOnHub && (await isKnownAbsent(context, file, cache))) return false
  const exists = await existsOnServer(context, file, url)
  // an error of the hub says nothing about the file
  if (isOnHub && exists === false) await rememberAbsent(context, file, cache)
  return exists === true
}

async function openFile(
  context: HubContext,
  file: string,
  need: 'optional' | 'local',
): Promise<OpenedFile | undefined> {
  const { location } = context
  const copy = findCopy(context, file)
  if (copy && location.disk) return openOnDisk(location.disk, copy)
  if (need === 'local') return undefined
  const same = (bytes: Uint8Array) => bytes
  const bytes =
    location.type === 'name'
      ? await fromHub(context, file, true, { stored: same, downloaded: same })
      : location.disk
        ? undefined
        : await download(context, file, joinPath(location.model, file))
  if (!bytes) return undefined
  return {
    size: bytes.length,
    read: async (start, length) => bytes.slice(start, start + length),
    close: async () => undefined,
  }
}

async function openOnDisk({ fs }: Disk, path: string): Promise<OpenedFile> {
  const handle = await fs.promises.open(path, 'r')
  return {
    size: fs.statSync(path, { throwIfNoEntry: false })?.size ?? 0,
    async read(start, length) {
      const bytes = new Uint8Array(length)
      let done = 0
      while (done < length) {
        const { bytesRead } = await handle.read(bytes, done, length - done, start + done)
        if (bytesRead === 0) break
        done += bytesRead
      }
      return bytes.subarray(0, done)
    },
    close: () => handle.close(),
  }
}

function parseStored({ location }: HubContext, file: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new RangeError(
      `${nameOfFile(location, file)} is not valid JSON (${reasonOf(cause)}), maybe because its download was interrupted; ` +
        modelFileRemedy(location, file),
      { cause },
    )
  }
}

function parseDownloaded({ location }: HubContext, file: string, text: string, url: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new RangeError(
      `${nameOfFile(location, file)} was downloaded from ${url} and is not valid JSON (${reasonOf(cause)}); ` +
        'check the network: a login page may have answered',
      { cause },
    )
  }
}

function missingFileMessage({ location, env, options }: HubContext, file: string): string {
  const { type, model, folder } = location
  const name = nameOfFile(location, file)
  if (type === 'folder') return `${name} does not exist; ${FILES_NEEDED}`
  if (!options.localFilesOnly && env.allowRemoteModels) {
    return `the hub has no ${file} for "${model}"; ${FILES_NEEDED}`
  }
  const setting = options.localFilesOnly ? options.forbiddenBy : 'env.allowRemoteModels = false'
  return (
    `${name} is not in the cache${folder ? ` (${folder})` : ''}, and ${setting} forbids its download; ` +
    'allow it, or pass the folder of a model'
  )
}
