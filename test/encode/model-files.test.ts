// The files of a model: in a folder, on a hub that is faked, in the cache folder and in the cache of a browser.
// test/encode/models/hub.test.ts loads whole models from a hub.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { openDisk } from '../../src/encode/model/files/disk.js'
import {
  type DownloadOptions,
  type HubContext,
  rememberAbsent,
  storeInCache,
} from '../../src/encode/model/files/hub-download.js'
import { findSnapshot, offlineVariable } from '../../src/encode/model/files/hub-environment.js'
import { createModelFiles, hasFile } from '../../src/encode/model/files/model-files.js'
import { locateModel, type ModelLocation } from '../../src/encode/model/files/model-location.js'
import type { TransformersEnvironment } from '../../src/encode/model/transformers.js'

const root = mkdtempSync(join(tmpdir(), 'maxsimd-files-'))
afterAll(() => rmSync(root, { recursive: true }))
let folders = 0

/** The path of a folder that does not exist yet. */
const freshPath = () => join(root, `folder-${folders++}`)

/** A new folder with the given files. */
function folderWith(contents: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = freshPath()
  mkdirSync(folder)
  for (const [file, content] of Object.entries(contents)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), content)
  }
  return folder
}

beforeEach(() => {
  for (const name of [
    ...['HF_TOKEN', 'HF_ACCESS_TOKEN', 'HF_HOME', 'HF_HUB_CACHE'],
    ...['HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE'],
  ]) {
    vi.stubEnv(name, '')
  }
  return () => void vi.unstubAllEnvs()
})

const disk = (await openDisk())!
const model = 'some/model'
const named = (folder: string): ModelLocation => ({ type: 'name', model, folder, disk })
const inFolder = (folder: string): ModelLocation => ({ type: 'folder', model: folder, folder, disk })
const inBrowser: ModelLocation = { type: 'name', model, folder: undefined, disk: undefined }
const onPage: ModelLocation = { type: 'folder', model: '/models/mine', folder: undefined, disk: undefined }

const HOST = 'https://hub.invalid/'
const ON_HUB = `${HOST}some/model/resolve/main/`
const NEEDED = 'a model needs config.json, tokenizer.json and an ONNX file'

type Fetch = NonNullable<TransformersEnvironment['fetch']>

/** A server with the given files. It records the requests. */
function serve(files: Readonly<Record<string, () => Response>>) {
  const requests: string[] = []
  const fetch: Fetch = async (url, init) => {
    requests.push(`${init?.method ?? 'GET'} ${url}`)
    return files[url.split('/').at(-1)!]?.() ?? new Response('', { status: 404 })
  }
  return { requests, fetch }
}

const page = () => new Response('<html>', { headers: { 'content-type': 'text/html; charset=utf-8' } })

function contextOf(
  location: ModelLocation,
  fetch: Fetch,
  options: Partial<DownloadOptions> = {},
  env: Partial<TransformersEnvironment> = {},
): HubContext {
  return {
    location,
    env: {
      version: '4.0.0',
      allowRemoteModels: true,
      allowLocalModels: true,
      remoteHost: HOST,
      remotePathTemplate: '{model}/resolve/{revision}/',
      localModelPath: join(root, 'none'),
      cacheDir: null,
      useBrowserCache: true,
      useFSCache: true,
      fetch,
      ...env,
    },
    options: {
      revision: 'main',
      localFilesOnly: false,
      forbiddenBy: '"localFilesOnly"',
      signal: undefined,
      onProgress: undefined,
      ...options,
    },
  }
}

/** Gives the program the cache of a browser, in memory, and returns its entries. */
function fakeCaches(): Map<string, string> {
  const entries = new Map<string, string>()
  const cache = {
    async match(url: string) {
      const found = entries.get(url)
      return found === undefined ? undefined : new Response(found)
    },
    async put(url: string, response: Response) {
      entries.set(url, await response.text())
    },
  }
  vi.stubGlobal('caches', { open: async () => cache })
  onTestFinished(() => void vi.unstubAllGlobals())
  return entries
}

/** The message of the error, without the engine's reason in parentheses. */
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing',
    (error: Error) => error.message.replace(/ \(.+\)/s, ' (…)'),
  )

describe('a file of the hub', () => {
  it('is requested once with progress, stored as it was sent, and then read from the cache folder', async () => {
    const folder = freshPath()
    const body = '{ "a" : 1 }\n'
    const { fetch, requests } = serve({ 'config.json': () => new Response(body) })
    const reported: unknown[] = []
    const context = contextOf(named(folder), fetch, { onProgress: progress => reported.push(progress) })
    for (const file of ['config.json', 'config.json', '1_Dense/config.json', '1_Dense/config.json']) {
      expect(await createModelFiles(context).json(file, 'required')).toEqual({ a: 1 })
    }
    expect(requests).toEqual([`GET ${ON_HUB}config.json`, `GET ${ON_HUB}1_Dense/config.json`])
    expect(reported).toEqual([
      { file: 'config.json', loaded: body.length, total: body.length },
      { file: '1_Dense/config.json', loaded: body.length, total: body.length },
    ])
    // and not the file to which it was written first
    expect(readdirSync(folder).sort()).toEqual(['1_Dense', 'config.json'])
    expect(readFileSync(join(folder, 'config.json'), 'utf8')).toBe(body)
  })

  it('is requested once if it is optional and missing, and each time if it is required', async () => {
    const folder = freshPath()
    const { fetch, requests } = serve({})
    const files = createModelFiles(contextOf(named(folder), fetch))
    const missing = `the hub has no modules.json for "some/model"; ${NEEDED}`
    await expect(files.json('modules.json', 'required')).rejects.toThrow(new RangeError(missing))
    expect(existsSync(folder)).toBe(false)
    for (let i = 0; i < 2; i++) {
      expect(await files.json('modules.json', 'optional')).toBeUndefined()
      expect(await files.list('modules.json')).toBeUndefined()
      expect(await files.open('modules.json', 'optional')).toBeUndefined()
    }
    expect(requests).toHaveLength(2)
    expect(existsSync(join(folder, '.no_exist/modules.json'))).toBe(true)
    await expect(files.json('modules.json', 'required')).rejects.toThrow(missing)
    expect(requests).toHaveLength(3)
  })

  it('is requested each time without a cache folder, or if transformers.js must not write', async () => {
    const folder = freshPath()
    for (const [location, env] of [
      [named(folder), { useFSCache: false }],
      [{ ...named(folder), folder: undefined }, {}],
    ] as const) {
      const { fetch, requests } = serve({ 'config.json': () => new Response('{}') })
      const files = createModelFiles(contextOf(location, fetch, {}, env))
      for (let i = 0; i < 2; i++) {
        expect(await files.json('config.json', 'required')).toEqual({})
        expect(await files.json('modules.json', 'optional')).toBeUndefined()
      }
      expect(requests).toHaveLength(4)
    }
    expect(existsSync(folder)).toBe(false)
  })

  it('that cannot be stored is an error with a remedy; that it is missing need not be stored', async () => {
    const below = join(folderWith({ file: '' }), 'file/below')
    const context = contextOf(named(below), serve({}).fetch)
    expect(await refusal(storeInCache(context, 'config.json', new Uint8Array(1), undefined))).toBe(
      'config.json of "some/model" could not be stored in the cache (…); pass another "cacheDir", or set ' +
        'env.useFSCache = false of transformers.js',
    )
    await expect(rememberAbsent(context, 'modules.json', undefined)).resolves.toBeUndefined()
  })

  it('that cannot be stored leaves no part of it', async () => {
    // a file cannot take the place of a folder
    const folder = folderWith({ 'config.json/other': '' })
    const context = contextOf(named(folder), serve({}).fetch)
    await refusal(storeInCache(context, 'config.json', new Uint8Array(1), undefined))
    expect(readdirSync(folder)).toEqual(['config.json'])
  })

  it('is looked for in the cache folder first, then below the local path of transformers.js', async () => {
    const folder = folderWith({ 'config.json': '{"from":"cache"}' })
    const localModelPath = folderWith({ 'some/model/config.json': '{"from":"local path"}' })
    const { fetch, requests } = serve({})
    const read = () =>
      createModelFiles(contextOf(named(folder), fetch, {}, { localModelPath })).json(
        'config.json',
        'optional',
      )
    expect(await read()).toEqual({ from: 'cache' })
    rmSync(join(folder, 'config.json'))
    expect(await read()).toEqual({ from: 'local path' })
    expect(requests).toEqual([])
  })

  it.each([
    [401, "check the model's name; the hub also refuses access to private models"],
    [499, "check the model's name; the hub also refuses access to private models"],
    [500, 'try again later, or pass the folder of a model'],
    [503, 'try again later, or pass the folder of a model'],
  ])('is an error if the server answers %i, also if it is optional', async (status, remedy) => {
    const { fetch } = serve({ 'config.json': () => new Response('{}', { status }) })
    const folder = freshPath()
    const files = createModelFiles(contextOf(named(folder), fetch))
    const message = `config.json of "some/model" could not be downloaded: ${ON_HUB}config.json answered ${status}; ${remedy}`
    for (const need of ['required', 'optional'] as const) {
      expect(await refusal(files.json('config.json', need))).toBe(message)
    }
    expect(existsSync(folder)).toBe(false)
  })

  it('that is not valid JSON names its URL, and is not stored', async () => {
    const folder = freshPath()
    const { fetch } = serve({ 'config.json': page })
    expect(
      await refusal(createModelFiles(contextOf(named(folder), fetch)).json('config.json', 'optional')),
    ).toBe(
      `config.json of "some/model" was downloaded from ${ON_HUB}config.json and is not valid JSON (…); ` +
        'check the network: a login page may have answered',
    )
    expect(existsSync(folder)).toBe(false)
  })

  it('is not requested where downloads are forbidden; the error says what forbids them', async () => {
    const folder = freshPath()
    const { fetch, requests } = serve({ 'config.json': () => new Response('{}') })
    const offline = { localFilesOnly: true, forbiddenBy: 'HF_HUB_OFFLINE' }
    const end = 'forbids its download; allow it, or pass the folder of a model'
    for (const [context, message] of [
      [contextOf(named(folder), fetch, offline), `the cache (…), and HF_HUB_OFFLINE ${end}`],
      [
        contextOf(named(folder), fetch, {}, { allowRemoteModels: false }),
        `the cache (…), and env.allowRemoteModels = false ${end}`,
      ],
      [contextOf(inBrowser, fetch, offline), `the cache, and HF_HUB_OFFLINE ${end}`],
    ] as const) {
      const files = createModelFiles(context)
      expect(await refusal(files.json('config.json', 'required'))).toBe(
        `config.json of "some/model" is not in ${message}`,
      )
      expect(await files.json('config.json', 'optional')).toBeUndefined()
      expect(await files.open('config.json', 'optional')).toBeUndefined()
      expect(await hasFile(context, 'config.json')).toBe(false)
    }
    await expect(
      createModelFiles(contextOf(named(folder), fetch, offline)).json('config.json', 'required'),
    ).rejects.toThrow(`the cache (${folder}), and`)
    expect(requests).toEqual([])
    expect(existsSync(folder)).toBe(false)
  })

  it('is requested with the token of the user, from Hugging Face only, and not in a browser', async () => {
    const headersOf = async (location: ModelLocation, remoteHost: string) => {
      let headers: unknown
      const fetch: Fetch = async (_, init) => {
        headers = init?.headers
        return new Response('{}')
      }
      const context = contextOf(location, fetch, {}, { remoteHost, useFSCache: false })
      await createModelFiles(context).json('config.json', 'required')
      return headers
    }
    const location = named(freshPath())
    const hub = 'https://huggingface.co/'
    expect(await headersOf(location, hub)).toBeUndefined()
    vi.stubEnv('HF_ACCESS_TOKEN', 'second')
    expect(await headersOf(location, hub)).toEqual({ Authorization: 'Bearer second' })
    vi.stubEnv('HF_TOKEN', ' first\n')
    expect(await headersOf(location, hub)).toEqual({ Authorization: 'Bearer first' })
    for (const other of ['https://huggingface.co.invalid/', 'http://huggingface.co/', HOST]) {
      expect(await headersOf(location, other)).toBeUndefined()
    }
    expect(await headersOf(inBrowser, hub)).toBeUndefined()
  })
})

describe('loading that is cancelled', () => {
  const reason = new Error('the user has left')

  it('reads and requests no further file', async () => {
    const { fetch, requests } = serve({ 'config.json': () => new Response('{}') })
    const signal = AbortSignal.abort(reason)
    const folder = folderWith({ 'config.json': '{}', 'modules.json': '[]' })
    for (const location of [named(freshPath()), named(folder), inFolder(folder), inBrowser, onPage]) {
      const files = createModelFiles(contextOf(location, fetch, { signal }))
      await expect(files.json('config.json', 'required')).rejects.toBe(reason)
      await expect(files.list('modules.json')).rejects.toBe(reason)
    }
    expect(requests).toEqual([])
  })

  it('ends a request under way, and rejects with the reason of the caller', async () => {
    const controller = new AbortController()
    const fetch: Fetch = (_, init) =>
      new Promise((_, reject) => {
        init!.signal!.addEventListener('abort', () => reject(new Error('the reason of the engine')))
        controller.abort(reason)
      })
    const context = contextOf(named(freshPath()), fetch, { signal: controller.signal })
    await expect(createModelFiles(context).json('config.json', 'required')).rejects.toBe(reason)
  })
})

describe('a file that is not what it should be', () => {
  it('is named with what to do, according to where it is', async () => {
    const folder = folderWith({ 'config.json': '{"a":' })
    const entries = fakeCaches()
    entries.set(`${ON_HUB}config.json`, '{"a":')
    const { fetch } = serve({ 'config.json': () => new Response('{"a":') })
    for (const [location, name, remedy] of [
      [inFolder(folder), `${folder}/config.json`, 'replace it by a complete file'],
      [named(folder), 'config.json of "some/model"', `delete ${folder}/config.json and try again`],
      [inBrowser, 'config.json of "some/model"', "clear the browser's cache and try again"],
      [onPage, '/models/mine/config.json', 'replace it by a complete file'],
    ] as const) {
      expect(
        await refusal(createModelFiles(contextOf(location, fetch)).json('config.json', 'optional')),
      ).toBe(`${name} is not valid JSON (…), maybe because its download was interrupted; ${remedy}`)
    }
  })

  it.each(['[]', 'null', '7', '"{}"'])('is refused if it has %s for an object', async content => {
    const folder = folderWith({ 'config.json': content })
    const files = createModelFiles(contextOf(inFolder(folder), serve({}).fetch))
    expect(await refusal(files.json('config.json', 'optional'))).toBe(
      `${folder}/config.json expected an object; replace it by a complete file`,
    )
  })

  it.each(['{}', 'null', '7'])('is refused if it has %s for an array', async content => {
    const folder = folderWith({ 'modules.json': content })
    const files = createModelFiles(contextOf(named(folder), serve({}).fetch))
    expect(await refusal(files.list('modules.json'))).toBe(
      `modules.json of "some/model" expected an array; delete ${folder}/modules.json and try again`,
    )
  })
})

describe('in a browser', () => {
  it('files of the hub and their absence are kept in the cache of the browser', async () => {
    const entries = fakeCaches()
    const { fetch, requests } = serve({ 'config.json': () => new Response('{"a":1}') })
    const files = createModelFiles(contextOf(inBrowser, fetch))
    for (let i = 0; i < 2; i++) {
      expect(await files.json('config.json', 'required')).toEqual({ a: 1 })
      expect(await files.json('modules.json', 'optional')).toBeUndefined()
    }
    expect(requests).toEqual([`GET ${ON_HUB}config.json`, `GET ${ON_HUB}modules.json`])
    expect([...entries]).toEqual([
      [`${ON_HUB}config.json`, '{"a":1}'],
      [`${ON_HUB}modules.json?absent`, ''],
    ])
  })

  it('a file is stored before the next step begins', async () => {
    const stored: string[] = []
    const cache = {
      async put(url: string) {
        await new Promise(resolve => setTimeout(resolve, 1))
        stored.push(url)
      },
    } as unknown as Cache
    const context = contextOf(inBrowser, serve({}).fetch)
    await rememberAbsent(context, 'modules.json', cache)
    expect(stored).toEqual([`${ON_HUB}modules.json?absent`])
    await storeInCache(context, 'config.json', new Uint8Array(1), cache)
    expect(stored).toEqual([`${ON_HUB}modules.json?absent`, `${ON_HUB}config.json`])
  })

  it.each<[string, () => Promise<unknown>]>([
    [
      'is full',
      async () => ({
        match: async () => undefined,
        put: async () => {
          throw new Error('QuotaExceededError')
        },
      }),
    ],
    [
      'may not be opened',
      async () => {
        throw new Error('SecurityError')
      },
    ],
  ])('a cache that %s does not matter', async (_, open) => {
    vi.stubGlobal('caches', { open })
    onTestFinished(() => void vi.unstubAllGlobals())
    const files = createModelFiles(
      contextOf(inBrowser, serve({ 'config.json': () => new Response('{}') }).fetch),
    )
    expect(await files.json('config.json', 'required')).toEqual({})
    expect(await files.json('modules.json', 'optional')).toBeUndefined()
  })

  it('a file on the page’s server is missing if it answers with 404 or with its start page', async () => {
    const { fetch, requests } = serve({
      'config.json': () => new Response('{"a":1}'),
      'modules.json': page,
    })
    // downloads from the hub are forbidden, which does not matter
    const files = createModelFiles(contextOf(onPage, fetch, { localFilesOnly: true }))
    expect(await files.json('config.json', 'required')).toEqual({ a: 1 })
    expect(await files.list('modules.json')).toBeUndefined()
    expect(await files.json('other.json', 'optional')).toBeUndefined()
    expect(await refusal(files.json('modules.json', 'required'))).toBe(
      `/models/mine/modules.json does not exist; ${NEEDED}`,
    )
    expect(requests.slice(0, 3)).toEqual([
      'GET /models/mine/config.json',
      'GET /models/mine/modules.json',
      'GET /models/mine/other.json',
    ])
  })
})

describe('whether a model has a file', () => {
  it('is asked without a download, and the answer no is remembered', async () => {
    const folder = freshPath()
    const { fetch, requests } = serve({ 'a.onnx_data': () => new Response(null) })
    const context = contextOf(named(folder), fetch)
    expect(await hasFile(context, 'a.onnx_data')).toBe(true)
    for (let i = 0; i < 2; i++) expect(await hasFile(context, 'b.onnx_data')).toBe(false)
    expect(requests).toEqual([`HEAD ${ON_HUB}a.onnx_data`, `HEAD ${ON_HUB}b.onnx_data`])
    expect(readdirSync(join(folder, '.no_exist'))).toEqual(['b.onnx_data'])
  })

  it('is known without a request if it is in the folder, or in a cache', async () => {
    const entries = fakeCaches()
    entries.set(`${ON_HUB}a.onnx_data`, 'bytes')
    const folder = folderWith({ 'a.onnx_data': 'bytes' })
    const { fetch, requests } = serve({})
    for (const location of [inFolder(folder), named(folder), inBrowser]) {
      expect(await hasFile(contextOf(location, fetch, { localFilesOnly: true }), 'a.onnx_data')).toBe(true)
    }
    expect(requests).toEqual([])
    expect(await hasFile(contextOf(inBrowser, fetch), 'b.onnx_data')).toBe(false)
    expect(requests).toEqual([`HEAD ${ON_HUB}b.onnx_data`])
  })

  it.each<[string, () => Response]>([
    ['an error', () => new Response(null, { status: 503 })],
    ['a page', page],
  ])('is asked again if the server answers with %s', async (_, answer) => {
    const folder = freshPath()
    const { fetch, requests } = serve({ 'a.onnx_data': answer })
    for (let i = 0; i < 2; i++) {
      expect(await hasFile(contextOf(named(folder), fetch), 'a.onnx_data')).toBe(false)
    }
    expect(requests).toHaveLength(2)
    expect(existsSync(folder)).toBe(false)
  })

  it('is asked from the page’s server for a folder on it, whatever forbids downloads from the hub', async () => {
    const { fetch, requests } = serve({ 'a.onnx_data': () => new Response(null), 'b.onnx_data': page })
    const context = contextOf(onPage, fetch, { localFilesOnly: true }, { allowRemoteModels: false })
    expect(await hasFile(context, 'a.onnx_data')).toBe(true)
    expect(await hasFile(context, 'b.onnx_data')).toBe(false)
    expect(requests).toEqual(['HEAD /models/mine/a.onnx_data', 'HEAD /models/mine/b.onnx_data'])
  })
})

describe('a file that is read in parts', () => {
  const bytes = Uint8Array.from({ length: 10 }, (_, i) => i)

  it('is opened on the disk, and closed', async () => {
    const files = createModelFiles(contextOf(inFolder(folderWith({ weights: bytes })), serve({}).fetch))
    const file = (await files.open('weights', 'local'))!
    expect(file.size).toBe(10)
    expect([...(await file.read(2, 3))]).toEqual([2, 3, 4])
    // less at the end of the file
    expect([...(await file.read(8, 5))]).toEqual([8, 9])
    expect([...(await file.read(10, 5))]).toEqual([])
    await file.close()
    await expect(file.read(0, 1)).rejects.toThrow()
    expect(await files.open('other', 'optional')).toBeUndefined()
  })

  it('is downloaded as a whole, unless it may be large', async () => {
    const { fetch, requests } = serve({ weights: () => new Response(bytes) })
    const folder = freshPath()
    for (const location of [named(folder), onPage]) {
      const files = createModelFiles(contextOf(location, fetch))
      requests.length = 0
      expect(await files.open('weights', 'local')).toBeUndefined()
      expect(requests).toEqual([])
      const file = (await files.open('weights', 'optional'))!
      expect(requests).toHaveLength(1)
      expect(file.size).toBe(10)
      expect([...(await file.read(2, 3))]).toEqual([2, 3, 4])
      expect([...(await file.read(8, 5))]).toEqual([8, 9])
      await file.close()
    }
    // a copy in the cache is local
    expect([...readFileSync(join(folder, 'weights'))]).toEqual([...bytes])
    const file = (await createModelFiles(contextOf(named(folder), fetch)).open('weights', 'local'))!
    expect(file.size).toBe(10)
    await file.close()
    expect(requests).toHaveLength(1)
  })
})

describe('the location of a model', () => {
  const options = { revision: 'main', cacheDir: undefined }
  const { env } = contextOf(inBrowser, serve({}).fetch)
  const locate = (name: unknown, more: object = {}, changes: Partial<TransformersEnvironment> = {}) =>
    locateModel(name, { ...env, ...changes }, { ...options, ...more })

  it('is a folder if it exists, also if its path is a URL or looks like a name', async () => {
    const folder = folderWith({})
    const expected = { type: 'folder', model: folder, folder }
    expect(await locate(folder)).toMatchObject(expected)
    expect(await locate(pathToFileURL(folder).href)).toMatchObject(expected)
    expect(await locate('test/encode')).toMatchObject({ type: 'folder', model: resolve('test/encode') })
  })

  it('of a name has its folder in the cache of the option or of transformers.js, by revision', async () => {
    const [own, usual] = [freshPath(), freshPath()]
    const cacheOf = async (more: object, cacheDir: string | null) => {
      const { type, model: name, folder } = await locate(model, more, { cacheDir })
      expect([type, name]).toEqual(['name', model])
      return folder
    }
    expect(await cacheOf({}, null)).toBeUndefined()
    expect(await cacheOf({}, usual)).toBe(join(usual, model))
    expect(await cacheOf({ cacheDir: own }, usual)).toBe(join(own, model))
    expect(await cacheOf({ cacheDir: own, revision: 'v2' }, usual)).toBe(join(own, model, 'v2'))
    expect(existsSync(own) || existsSync(usual)).toBe(false)
  })

  const expected = '"model" expected a folder or a name such as colbert-ir/colbertv2.0, got '
  it.each<[unknown, string]>([
    [7, '"model" expected the name or the folder of a model, got number'],
    [null, '"model" expected the name or the folder of a model, got null'],
    ['', `${expected}""`],
    ['colbert', `${expected}"colbert"`],
    ['a/b/c', `${expected}"a/b/c"`],
    ['https://huggingface.co/a/b', `${expected}the URL https://huggingface.co/a/b; pass only the name`],
    [
      './none',
      `"model" expected a folder that exists, got ${resolve('./none')}; a name is written as in colbert-ir/colbertv2.0`,
    ],
    [
      'package.json',
      `"model" expected a folder, got the file ${resolve('package.json')}; pass the folder that contains config.json`,
    ],
  ])('is refused: %j', async (name, message) => {
    const type = typeof name === 'string' ? RangeError : TypeError
    await expect(locate(name)).rejects.toThrow(new type(message))
  })

  it('is refused with a file as its cache', async () => {
    const folder = folderWith({ file: '', some: '' })
    const file = join(folder, 'file')
    expect(await refusal(locate(model, { cacheDir: file }))).toBe(
      `"cacheDir" expected a folder, got the file ${file}; pass another folder`,
    )
    const other = folderWith({ 'some/model': '' })
    expect(await refusal(locate(model, {}, { cacheDir: other }))).toBe(
      `"cacheDir" expected a folder, got the file ${join(other, model)}; pass another folder`,
    )
    const unreadable = join(folder, 'a\0b')
    expect(await refusal(locate(model, { cacheDir: unreadable }))).toBe(
      `"cacheDir" cannot be read: ${unreadable} (…); pass another folder`,
    )
  })

  it('in a browser is a path from the root of the page’s server, or a name', async () => {
    // how openDisk recognizes that Node's modules are missing
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
    onTestFinished(() => void vi.unstubAllGlobals())
    expect(await locate(model)).toEqual(inBrowser)
    expect(await locate('/models/mine')).toEqual(onPage)
    expect(await refusal(locate('/models/mine', {}, { allowLocalModels: false }))).toBe(
      '"model" is a path on the page\'s server, /models/mine; set env.allowLocalModels = true of transformers.js to allow it',
    )
    for (const name of ['./mine', 'https://hub.invalid/mine']) {
      expect(await refusal(locate(name))).toBe(
        `"model" expected a path that begins with "/" or the name of a model, got ${JSON.stringify(name)}`,
      )
    }
    expect(await refusal(locate('colbert'))).toBe(`${expected}"colbert"`)
  })
})

describe('the environment of Python’s hub client', () => {
  it.each([
    ['HF_HUB_OFFLINE', '1'],
    ['HF_HUB_OFFLINE', 'ON'],
    ['TRANSFORMERS_OFFLINE', 'yes'],
    ['TRANSFORMERS_OFFLINE', 'True'],
  ])('forbids downloads by %s=%s', (name, value) => {
    vi.stubEnv(name, value)
    expect(offlineVariable()).toBe(name)
  })

  it.each(['', '0', 'no', 'off', '11'])('does not forbid them by the value %j', value => {
    vi.stubEnv('HF_HUB_OFFLINE', value)
    vi.stubEnv('TRANSFORMERS_OFFLINE', value)
    expect(offlineVariable()).toBeUndefined()
  })

  it('has a model if its files are complete, in the cache that HF_HUB_CACHE names, otherwise HF_HOME', () => {
    const snapshot = 'models--some--model/snapshots/abc'
    const complete = { [`${snapshot}/tokenizer.json`]: '{}', [`${snapshot}/onnx/model.onnx`]: '' }
    const refs = { 'models--some--model/refs/main': 'abc\n' }
    const cache = folderWith({ ...complete, ...refs })
    const find = (revision = 'main') => findSnapshot(disk, model, revision)
    expect(find()).toBeUndefined()
    vi.stubEnv('HF_HOME', folderWith({}))
    expect(find()).toBeUndefined()
    vi.stubEnv('HF_HUB_CACHE', cache)
    expect(find()).toBe(join(cache, snapshot))
    expect(find('abc')).toBe(join(cache, snapshot))
    expect(find('v2')).toBeUndefined()
    vi.stubEnv('HF_HUB_CACHE', relative('.', cache))
    expect(find()).toBe(join(cache, snapshot))
    for (const file of Object.keys(complete)) {
      vi.stubEnv('HF_HUB_CACHE', folderWith({ ...complete, ...refs }))
      rmSync(join(process.env.HF_HUB_CACHE!, file))
      expect(find(), `without ${file}`).toBeUndefined()
    }
  })
})
