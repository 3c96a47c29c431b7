// Reads the JSON files of a model from its folder, from the cache or from the hub. transformers.js reads such files
// too, but requests tokenizer_config.json from the hub whatever its options are, and does not report which file is
// broken.
import { downloadText, type HubContext, openBrowserCache, storeInCache, urlOnHub } from './hub-download.js'
import { FILES_NEEDED, joinPath, modelFileRemedy, nameOfFile, reasonOf } from './model-errors.js'
import type { Disk } from './model-location.js'

/** Reads the files of one model. */
export interface ModelFiles {
  /**
   * Reads a file that contains a JSON object. Returns undefined if the file is optional and does not exist.
   *
   * @throws RangeError if it does not exist and is required, or is not a JSON object
   */
  json(file: string, need: 'required' | 'optional'): Promise<Readonly<Record<string, unknown>> | undefined>
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
      const value = await readFile(context, file)
      if (value === undefined) {
        if (need === 'optional') return undefined
        throw new RangeError(missingFileMessage(context, file))
      }
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw new RangeError(`${nameOf(file)} expected an object; ${modelFileRemedy(location, file)}`)
      }
      return value as Readonly<Record<string, unknown>>
    },
  }
}

/** Reads and parses a file. Returns undefined if it does not exist. */
async function readFile(context: HubContext, file: string): Promise<unknown> {
  const { location, options } = context
  options.signal?.throwIfAborted()
  if (location.type === 'name') return readNamedModel(context, file)
  const path = joinPath(location.model, file)
  const text = location.disk ? await readText(location.disk, path) : await downloadText(context, file, path)
  return text === undefined ? undefined : parseStored(context, file, text)
}

/** Reads a file of a model that has a name on the hub: from the cache, otherwise from the hub. */
async function readNamedModel(context: HubContext, file: string): Promise<unknown> {
  const { location, env, options } = context
  const { disk, folder, model } = location
  if (disk) {
    for (const copy of [folder, joinPath(env.localModelPath, model)]) {
      const text = copy ? await readText(disk, disk.path.join(copy, file)) : undefined
      if (text !== undefined) return parseStored(context, file, text)
    }
  }
  const url = urlOnHub(context, file)
  const cache = disk ? undefined : await openBrowserCache(env)
  const cached = await cache?.match(url)
  if (cached) return parseStored(context, file, await cached.text())
  if (options.localFilesOnly || !env.allowRemoteModels) return undefined
  const text = await downloadText(context, file, url)
  if (text === undefined) return undefined
  const value = parseDownloaded(context, file, text, url)
  await storeInCache(context, file, text, cache)
  return value
}

/** Reads a text file. Returns undefined if it does not exist. */
async function readText({ fs }: Disk, path: string): Promise<string | undefined> {
  return fs.statSync(path, { throwIfNoEntry: false }) ? fs.promises.readFile(path, 'utf8') : undefined
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
  const setting = options.localFilesOnly ? '"localFilesOnly"' : 'env.allowRemoteModels = false'
  return (
    `${name} is not in the cache${folder ? ` (${folder})` : ''}, and ${setting} forbids its download; ` +
    'allow it, or pass the folder of a model'
  )
}
