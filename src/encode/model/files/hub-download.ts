// Downloads files of a model from the Hugging Face hub, or from the page's server, and stores them in the cache of
// transformers.js.

import { joinPath } from '../../../base/paths.js'
import type { TransformersEnvironment } from '../transformers.js'
import { environmentVariable } from './hub-environment.js'
import { nameOfFile, reasonOf } from './model-errors.js'
import type { DownloadProgress, ModelLocation } from './model-location.js'

/** The options of a download. */
export interface DownloadOptions {
  readonly revision: string
  readonly localFilesOnly: boolean
  /** What forbids downloads, if something does: the option, or an environment variable. */
  readonly forbiddenBy: string
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((progress: DownloadProgress) => void) | undefined
}

/** The model whose files are read, and how. */
export interface HubContext {
  readonly location: ModelLocation
  readonly env: TransformersEnvironment
  readonly options: DownloadOptions
}

/** The URL of a file on the hub. */
export function urlOnHub({ location, env, options }: HubContext, file: string): string {
  const folder = env.remotePathTemplate
    .replaceAll('{model}', location.model)
    .replaceAll('{revision}', encodeURIComponent(options.revision))
  return env.remoteHost + folder + file
}

/**
 * Downloads a file. Returns undefined if it does not exist: the server answers 404, or the page's server answers with a
 * page.
 *
 * @throws Error if the server does not answer, or answers with an error
 */
export async function download(
  context: HubContext,
  file: string,
  url: string,
): Promise<Uint8Array | undefined> {
  const { location, options } = context
  const { response, bytes } = await request(context, file, url)
  const shown = withoutCredentials(url)
  if (response.status === 404) return undefined
  if (isPage(response) && location.type === 'folder') return undefined
  if (!response.ok) {
    const remedy =
      response.status >= 500
        ? 'try again later, or pass the folder of a model'
        : "check the model's name; the hub also refuses access to private models"
    throw new Error(
      `${nameOfFile(location, file)} could not be downloaded: ${shown} answered ${response.status}; ${remedy}`,
    )
  }
  options.onProgress?.({ file, loaded: bytes.length, total: bytes.length })
  return bytes
}

/**
 * Whether the server has a file. Returns undefined if it answers with something else: an error, or a page that answers for
 * every path.
 */
export async function existsOnServer(
  context: HubContext,
  file: string,
  url: string,
): Promise<boolean | undefined> {
  const { response } = await request(context, file, url, 'HEAD')
  if (response.status === 404) return false
  return response.ok && !isPage(response) ? true : undefined
}

/** Development servers answer with the start page for every path that does not exist. */
const isPage = ({ headers }: Response): boolean =>
  headers.get('content-type')?.startsWith('text/html') === true

async function request(
  { location, env, options }: HubContext,
  file: string,
  url: string,
  method: 'GET' | 'HEAD' = 'GET',
): Promise<{ readonly response: Response; readonly bytes: Uint8Array }> {
  const headers = location.disk && url.startsWith('https://huggingface.co/') ? authorization() : undefined
  try {
    const response = await (env.fetch ?? fetch)(url, {
      ...(method === 'HEAD' && { method }),
      ...(options.signal && { signal: options.signal }),
      ...(headers && { headers }),
    })
    return { response, bytes: new Uint8Array(await response.arrayBuffer()) }
  } catch (cause) {
    options.signal?.throwIfAborted()
    const shown = withoutCredentials(url)
    // the engine's own error has the whole URL
    const isSafe = shown === url
    const reason = isSafe ? reasonOf(cause) : 'a URL with a user and a password cannot be requested'
    throw new Error(
      `${nameOfFile(location, file)} could not be downloaded from ${shown}: ${reason}; ` +
        'check the network, or pass the folder of a model',
      isSafe ? { cause } : undefined,
    )
  }
}

/** A URL without its user and password, for messages. */
function withoutCredentials(url: string): string {
  if (!URL.canParse(url)) return url
  const parsed = new URL(url)
  if (parsed.username === '' && parsed.password === '') return url
  parsed.username = ''
  parsed.password = ''
  return parsed.href
}

/**
 * The header with the hub's token, which is read from the same environment variables as in transformers.js.
 *
 * @throws TypeError for a token that a header cannot contain. The engine's own error would repeat it
 */
function authorization(): Record<string, string> | undefined {
  const name = environmentVariable('HF_TOKEN') === undefined ? 'HF_ACCESS_TOKEN' : 'HF_TOKEN'
  const token = environmentVariable(name)?.trim()
  if (!token) return undefined
  const headers = { Authorization: `Bearer ${token}` }
  try {
    new Headers(headers)
  } catch {
    throw new TypeError(
      `"${name}" expected text that a header can contain: one line, and no characters beyond Latin-1`,
    )
  }
  return headers
}

/** The browser's cache of transformers.js, if it is enabled. */
export async function openBrowserCache(env: TransformersEnvironment): Promise<Cache | undefined> {
  if (!env.useBrowserCache || typeof caches === 'undefined') return undefined
  // a frame may have `caches` without the permission to open it
  return caches.open(env.cacheKey ?? 'transformers-cache').catch(() => undefined)
}

/**
 * Stores a downloaded file in the browser's cache or in the cache folder. A file in the folder is complete or does not
 * exist.
 *
 * @throws Error if the cache folder cannot be written
 */
export async function storeInCache(
  context: HubContext,
  file: string,
  bytes: Uint8Array,
  cache: Cache | undefined,
): Promise<void> {
  const { location, env } = context
  const { disk, folder } = location
  await cache?.put(urlOnHub(context, file), new Response(bytes as BodyInit)).catch(() => undefined)
  if (!disk || !folder || !env.useFSCache) return
  const path = joinPath(folder, file)
  const part = `${path}.${Math.random().toString(36).slice(2)}.part`
  try {
    await disk.fs.promises.mkdir(disk.path.join(path, '..'), { recursive: true })
    await disk.fs.promises.writeFile(part, bytes)
    await disk.fs.promises.rename(part, path)
  } catch (cause) {
    await disk.fs.promises.rm(part, { force: true }).catch(() => undefined)
    throw new Error(
      `${nameOfFile(location, file)} could not be stored in the cache (${reasonOf(cause)}); pass another "cacheDir", ` +
        'or set env.useFSCache = false of transformers.js',
      { cause },
    )
  }
}

/** The folder of the cache that has an empty file for each file that the hub does not have, as in Python's cache. */
const ABSENT = '.no_exist'

/** Whether the hub was asked for an optional file before, and did not have it. */
export async function isKnownAbsent(
  context: HubContext,
  file: string,
  cache: Cache | undefined,
): Promise<boolean> {
  const { disk, folder } = context.location
  if (!disk || !folder) return (await cache?.match(absentUrl(context, file))) !== undefined
  return disk.fs.statSync(disk.path.join(folder, ABSENT, file), { throwIfNoEntry: false }) !== undefined
}

/** Remembers that the hub does not have an optional file, so that a model in the cache needs no network. */
export async function rememberAbsent(
  context: HubContext,
  file: string,
  cache: Cache | undefined,
): Promise<void> {
  const { disk, folder } = context.location
  try {
    await cache?.put(absentUrl(context, file), new Response(''))
    if (!disk || !folder || !context.env.useFSCache) return
    const path = disk.path.join(folder, ABSENT, file)
    await disk.fs.promises.mkdir(disk.path.join(path, '..'), { recursive: true })
    await disk.fs.promises.writeFile(path, '')
  } catch {
    // the next load asks again
  }
}

const absentUrl = (context: HubContext, file: string) => `${urlOnHub(context, file)}?absent`
