// The JSON files of a model, from its folder, from the cache or from the hub. transformers.js reads such files too, but
// asks the hub for tokenizer_config.json whatever it was told, and does not say which file is broken.
import type { DownloadProgress, ModelLocation } from './model-location.js'
import type { TransformersEnvironment } from './transformers.js'

export interface FileOptions {
  readonly revision: string
  readonly localFilesOnly: boolean
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((progress: DownloadProgress) => void) | undefined
}

interface Environment {
  readonly process?: { readonly env?: Readonly<Record<string, string | undefined>> }
}

/** Reads files of one model. */
export interface ModelFiles {
  /** A parsed file; undefined where there is none and it may be left out. */
  json(file: string, need: 'required' | 'optional'): Promise<Readonly<Record<string, unknown>> | undefined>
  /** How an error names a file. */
  nameOf(file: string): string
}

export function createModelFiles(
  place: ModelLocation,
  env: TransformersEnvironment,
  options: FileOptions,
): ModelFiles {
  const { disk, folder, model } = place
  const address = (file: string) =>
    env.remoteHost +
    env.remotePathTemplate
      .replaceAll('{model}', model)
      .replaceAll('{revision}', encodeURIComponent(options.revision)) +
    file
  const nameOf = (file: string) => (place.kind === 'folder' ? join(model, file) : `${file} of "${model}"`)

  /** A parsed file; undefined where there is none. */
  async function read(file: string): Promise<unknown> {
    options.signal?.throwIfAborted()
    const stored = (text: string) =>
      parse(text, reason => `is no JSON (${reason}): it may be half-downloaded; ${remedy(place, file)}`)
    const fetched = (text: string, url: string) =>
      parse(
        text,
        reason =>
          `came from ${url} as something else than JSON (${reason}); check the network, of which a login page may have answered`,
      )
    function parse(text: string, say: (reason: string) => string): unknown {
      try {
        return JSON.parse(text)
      } catch (cause) {
        throw new RangeError(`${nameOf(file)} ${say(reasonOf(cause))}`, { cause })
      }
    }

    if (place.kind === 'folder' && !disk) {
      const url = join(model, file)
      const text = await fetchText(file, url)
      return text === undefined ? undefined : stored(text)
    }
    for (const at of [folder, place.kind === 'name' ? join(env.localModelPath, model) : undefined]) {
      if (!disk || !at) continue
      const path = disk.path.join(at, file)
      if (disk.fs.statSync(path, { throwIfNoEntry: false })) {
        return stored(await disk.fs.promises.readFile(path, 'utf8'))
      }
    }
    if (place.kind === 'folder') return undefined
    const url = address(file)
    const cache = disk ? undefined : await openBrowserCache(env)
    const kept = await cache?.match(url)
    if (kept) return stored(await kept.text())
    if (options.localFilesOnly || !env.allowRemoteModels) return undefined
    const text = await fetchText(file, url)
    if (text === undefined) return undefined
    const value = fetched(text, url)
    await keep(file, text, cache)
    return value
  }

  async function fetchText(file: string, url: string): Promise<string | undefined> {
    const headers = disk && url.startsWith('https://huggingface.co/') ? authorization() : undefined
    let response: Response
    let text: string
    try {
      response = await (env.fetch ?? fetch)(url, {
        ...(options.signal && { signal: options.signal }),
        ...(headers && { headers }),
      })
      text = await response.text()
    } catch (cause) {
      options.signal?.throwIfAborted()
      throw new Error(
        `${nameOf(file)} could not be downloaded from ${url}: ${reasonOf(cause)}; check the network, or give a folder that has the model`,
        { cause },
      )
    }
    if (response.status === 404) return undefined
    if (!response.ok) {
      const remedy =
        response.status >= 500
          ? 'try again later, or give a folder that has the model'
          : "check the model's name, which the hub may also refuse to strangers"
      throw new Error(
        `${nameOf(file)} could not be downloaded: ${url} answered ${response.status}; ${remedy}`,
      )
    }
    const bytes = new TextEncoder().encode(text).length
    options.onProgress?.({ file, loaded: bytes, total: bytes })
    return text
  }

  /** Keeps a file that was downloaded, so that it is whole or not there. */
  async function keep(file: string, text: string, cache: Cache | undefined): Promise<void> {
    await cache?.put(address(file), new Response(text)).catch(() => undefined)
    if (!disk || !folder || !env.useFSCache) return
    const path = disk.path.join(folder, file)
    const part = `${path}.${Math.random().toString(36).slice(2)}.part`
    try {
      await disk.fs.promises.mkdir(folder, { recursive: true })
      await disk.fs.promises.writeFile(part, text)
      await disk.fs.promises.rename(part, path)
    } catch (cause) {
      throw new Error(
        `${nameOf(file)} could not be kept in the cache (${reasonOf(cause)}); name another "cacheDir", or set env.useFSCache = false of transformers.js`,
        { cause },
      )
    }
  }

  return {
    nameOf,
    async json(file, need) {
      const value = await read(file)
      if (value === undefined) {
        if (need === 'optional') return undefined
        throw new RangeError(missing(file, place, options, env, nameOf))
      }
      if (typeof value !== 'object' || value === null || Array.isArray(value)) {
        throw new RangeError(`${nameOf(file)} expected an object; ${remedy(place, file)}`)
      }
      return value as Readonly<Record<string, unknown>>
    },
  }
}

const join = (folder: string, file: string) => `${folder.replace(/\/$/, '')}/${file}`

/** What to do about a file that is broken. */
export function remedy({ kind, folder }: ModelLocation, file: string): string {
  if (kind === 'folder') return 'put the whole file there'
  return folder ? `delete ${join(folder, file)} and try again` : "clear the browser's cache and try again"
}

function missing(
  file: string,
  { kind, model, folder }: ModelLocation,
  { localFilesOnly }: FileOptions,
  { allowRemoteModels }: TransformersEnvironment,
  nameOf: (file: string) => string,
): string {
  if (kind === 'folder') {
    return `${nameOf(file)} is not there; a model's folder has config.json, tokenizer.json and an ONNX file`
  }
  if (localFilesOnly || !allowRemoteModels) {
    const forbids = localFilesOnly ? '"localFilesOnly"' : 'env.allowRemoteModels = false'
    return `${nameOf(file)} is not in the cache${folder ? ` (${folder})` : ''}, and ${forbids} forbids to download it; leave that out, or give a folder that has the model`
  }
  return `the hub has no ${file} of "${model}"; a model needs config.json, tokenizer.json and an ONNX file`
}

/** The hub's token, as transformers.js takes it. */
function authorization(): Record<string, string> | undefined {
  const names = (globalThis as Environment).process?.env
  const token = names?.HF_TOKEN ?? names?.HF_ACCESS_TOKEN
  return token ? { Authorization: `Bearer ${token}` } : undefined
}

async function openBrowserCache(env: TransformersEnvironment): Promise<Cache | undefined> {
  if (!env.useBrowserCache || typeof caches === 'undefined') return undefined
  // a frame may see the cache and not be allowed to open it
  return caches.open(env.cacheKey).catch(() => undefined)
}

/** The innermost message: `fetch failed` says nothing, its cause does. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${reasonOf(error.cause)}` : error.message
}
