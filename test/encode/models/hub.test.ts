// Tests models by name with a hub on the loopback address: which files are requested and cached, and errors of the hub.

import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { env } from '@huggingface/transformers'
import { beforeEach, expect, it } from 'vitest'
import { createEncoder, type DownloadProgress, MODELS } from '../../../src/encode/index.js'
import { afterTest, freshFolder, startHub } from './support.js'

const like = { settings: 'colbert-ir/colbertv2.0' } as const
const hubOf = (url: string) => {
  env.remoteHost = url
}
const before = env.remoteHost
beforeEach(() => afterTest(() => hubOf(before)))

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing',
    (error: Error) => error.message,
  )

it('a model by name is downloaded once, with progress, and then read from the cache', async () => {
  const { url, requests } = await startHub()
  hubOf(url)
  const cacheDir = freshFolder()
  const reported: DownloadProgress[] = []
  const options = { model: 'any/colbert', cacheDir, ...like }
  const first = await createEncoder({ ...options, onProgress: progress => reported.push(progress) })
  expect(first.model).toBe('any/colbert')
  const files = [
    'config.json',
    'model.onnx',
    'special_tokens_map.json',
    'tokenizer.json',
    'tokenizer_config.json',
  ]
  // .no_exist remembers which optional files the hub does not have
  const cached = readdirSync(join(cacheDir, 'any/colbert')).sort()
  expect(cached.filter(file => file !== '.no_exist')).toEqual(files)
  expect([...new Set(reported.map(({ file }) => file))].sort()).toEqual(files)
  const last = reported.filter(({ file }) => file === 'model.onnx').at(-1)!
  expect(last.loaded).toBe(last.total)
  const count = requests.length
  const again = await createEncoder(options)
  const offline = await createEncoder({ ...options, localFilesOnly: true })
  expect(requests.length).toBe(count)
  for (const encoder of [again, offline]) {
    expect(await encoder.query('pool')).toEqual(await first.query('pool'))
    await encoder.dispose()
  }
  await first.dispose()
})

it('the weights beside an ONNX file are downloaded', async () => {
  const { url, requests } = await startHub()
  hubOf(url)
  const encoder = await createEncoder({
    model: 'any/jina',
    settings: 'jinaai/jina-colbert-v2',
    cacheDir: freshFolder(),
  })
  expect(requests).toContain('/any/jina/resolve/main/onnx/model.onnx_data')
  expect((await encoder.query('pool')).tokens).toHaveLength(32)
  // without a setting too: the ONNX file says that its weights are in a second file
  requests.length = 0
  const { externalData, ...settings } = encoder.settings
  const options = { model: 'any/jina', settings, cacheDir: freshFolder() }
  // a request for its head, then for the file; the second load has it in the cache
  for (const expected of [2, 0]) {
    const other = await createEncoder(options)
    expect(requests.filter(path => path.endsWith('/model.onnx_data'))).toHaveLength(expected)
    expect(await other.query('pool')).toEqual(await encoder.query('pool'))
    await other.dispose()
    requests.length = 0
  }
  await encoder.dispose()
})

it('weights beside an ONNX file that the hub does not have are named with the remedy', async () => {
  const { url } = await startHub({}, (path, response) => {
    if (!path.endsWith('_data')) return false
    response.writeHead(404).end()
    return true
  })
  hubOf(url)
  const { externalData, ...settings } = MODELS['jinaai/jina-colbert-v2']!
  const options = { model: 'any/jina', settings, cacheDir: freshFolder() }
  expect(await refusal(createEncoder(options))).toMatch(
    /its weights are in a second file, which is missing or incomplete; of a model on the hub only onnx\/model.onnx_data is downloaded: if its name is another one, pass the model's folder$/,
  )
})

it.each([
  ['colbert-ir/colbertv2.0', 'colbert', 128, ['model.onnx']],
  ['answerdotai/answerai-colbert-small-v1', 'answerai', 96, ['vespa_colbert.onnx']],
  ['jinaai/jina-colbert-v2', 'jina', 128, ['onnx/model.onnx', 'onnx/model.onnx_data']],
  ['lightonai/LateOn', 'lateon', 128, ['model.onnx']],
] as const)(
  'the files of %s are requested from the same paths as by FastEmbed',
  async (model, shape, dim, files) => {
    const { url, requests } = await startHub({ [model]: shape })
    hubOf(url)
    // the hub has the tiny model of that shape
    expect(await refusal(createEncoder({ model, cacheDir: freshFolder() }))).toBe(
      `${files[0]} of "${model}" expected rows of dim ${dim}, as in its settings, got 2; it is another model`,
    )
    const wanted = [
      'config.json',
      'tokenizer.json',
      'tokenizer_config.json',
      'special_tokens_map.json',
      ...files,
    ]
    for (const file of wanted) expect(requests).toContain(`/${model}/resolve/main/${file}`)
  },
)

it('nothing is requested with localFilesOnly', async () => {
  const { url, requests } = await startHub()
  hubOf(url)
  const cacheDir = freshFolder()
  expect(
    await refusal(createEncoder({ model: 'any/colbert', cacheDir, localFilesOnly: true, ...like })),
  ).toBe(
    `config.json of "any/colbert" is not in the cache (${cacheDir}/any/colbert), and "localFilesOnly" forbids its download; ` +
      'allow it, or pass the folder of a model',
  )
  env.allowRemoteModels = false
  afterTest(() => Object.assign(env, { allowRemoteModels: true }))
  expect(await refusal(createEncoder({ model: 'any/colbert', cacheDir, ...like }))).toBe(
    `config.json of "any/colbert" is not in the cache (${cacheDir}/any/colbert), and env.allowRemoteModels = false forbids its ` +
      'download; allow it, or pass the folder of a model',
  )
  env.allowRemoteModels = true
  expect(requests).toEqual([])
  // a later download works
  await (await createEncoder({ model: 'any/colbert', cacheDir, ...like })).dispose()
})

it('a revision is requested and cached in its own folder', async () => {
  const { url, requests } = await startHub()
  hubOf(url)
  const cacheDir = freshFolder()
  await (await createEncoder({ model: 'any/colbert', revision: 'v1.0', cacheDir, ...like })).dispose()
  expect(requests.every(path => path.startsWith('/any/colbert/resolve/v1.0/'))).toBe(true)
  expect(existsSync(join(cacheDir, 'any/colbert/v1.0/tokenizer.json'))).toBe(true)
})

it('an error names the file if the hub has no such model, refuses access, or has no such dtype', async () => {
  const { url } = await startHub({}, (path, response) => {
    if (!path.startsWith('/any/closed/')) return false
    response.writeHead(401).end()
    return true
  })
  hubOf(url)
  const cacheDir = freshFolder()
  expect(await refusal(createEncoder({ model: 'any/thing', cacheDir }))).toBe(
    'the hub has no config.json for "any/thing"; a model needs config.json, tokenizer.json and an ONNX file',
  )
  expect(await refusal(createEncoder({ model: 'any/closed', cacheDir }))).toBe(
    `config.json of "any/closed" could not be downloaded: ${url}any/closed/resolve/main/config.json answered 401; check the ` +
      "model's name; the hub also refuses access to private models",
  )
  expect(await refusal(createEncoder({ model: 'any/answerai', cacheDir, dtype: 'q8', ...like }))).toMatch(
    /^onnx\/model_quantized.onnx of "any\/answerai", model_quantized.onnx of "any\/answerai", onnx\/model_int8.onnx of "any\/answerai", .* is not on the hub; use the known dtype fp32 \(model.onnx\), or set its path in "settings.files" /,
  )
  const plain = { settings: { ...MODELS['colbert-ir/colbertv2.0']!, files: undefined } } as object
  expect(await refusal(createEncoder({ model: 'any/answerai', cacheDir, dtype: 'q8', ...plain }))).toMatch(
    /^onnx\/model_quantized.onnx of "any\/answerai", model_quantized.onnx of "any\/answerai", onnx\/model_int8.onnx of "any\/answerai", .* is not on the hub; pass another dtype, or set its path in "settings.files" /,
  )
})

it('an error names a repository that has an ONNX file of a model without one', async () => {
  const model = 'mixedbread-ai/mxbai-edge-colbert-v0-32m'
  const { url } = await startHub({ [model]: 'colbert' }, (path, response) => {
    if (!path.endsWith('.onnx')) return false
    response.writeHead(404).end()
    return true
  })
  hubOf(url)
  expect(await refusal(createEncoder({ model, cacheDir: freshFolder() }))).toContain(
    `model.onnx of "${model}" is not on the hub; use lightonai/mxbai-edge-colbert-v0-32m-onnx, which has one, or set its path in "settings.files"`,
  )
})

it('a login page that answers a download is refused and not cached', async () => {
  let isPage = true
  const { url } = await startHub({}, (_, response) => {
    if (isPage) response.writeHead(200).end('<html>Log in to the network</html>')
    return isPage
  })
  hubOf(url)
  const cacheDir = freshFolder()
  expect(await refusal(createEncoder({ model: 'any/colbert', cacheDir, ...like }))).toMatch(
    new RegExp(
      `^config.json of "any/colbert" was downloaded from ${url}any/colbert/resolve/main/config.json and is not valid JSON ` +
        '\\(.*\\); check the network: a login page may have answered$',
    ),
  )
  isPage = false
  await (await createEncoder({ model: 'any/colbert', cacheDir, ...like })).dispose()
})

it('an invalid cache folder is refused before anything is requested', async () => {
  const { url, requests } = await startHub()
  hubOf(url)
  const file = join(freshFolder(), 'file')
  writeFileSync(file, '')
  expect(await refusal(createEncoder({ model: 'any/colbert', cacheDir: file }))).toBe(
    `"cacheDir" expected a folder, got the file ${file}; pass another folder`,
  )
  expect(await refusal(createEncoder({ model: 'any/colbert', cacheDir: join(file, 'below') }))).toMatch(
    /^"cacheDir" cannot be read: .*\/file\/below \(ENOTDIR.*\); pass another folder$/,
  )
  expect(requests).toEqual([])
  // a file at the path of the model's folder
  const cacheDir = freshFolder()
  writeFileSync(join(cacheDir, 'any'), '')
  expect(await refusal(createEncoder({ model: 'any/colbert', cacheDir }))).toMatch(
    /^"cacheDir" cannot be read: .*\/any\/colbert \(ENOTDIR.*\); pass another folder$/,
  )
})

it('an error names the URL if there is no network', async () => {
  hubOf('http://127.0.0.1:9/')
  expect(await refusal(createEncoder({ model: 'any/colbert', cacheDir: freshFolder() }))).toMatch(
    /^config.json of "any\/colbert" could not be downloaded from http:\/\/127.0.0.1:9\/any\/colbert\/resolve\/main\/config.json: .*; check the network, or pass the folder of a model$/,
  )
})

it.each(['tokenizer.json', 'model.onnx'])(
  'nothing of %s is cached if the connection breaks',
  async broken => {
    let breaks = true
    const { url } = await startHub({}, (path, response) => {
      if (!breaks || !path.endsWith(`/${broken}`)) return false
      response.writeHead(200, { 'content-length': 100_000 }).write('half of it')
      setTimeout(() => response.destroy(), 20)
      return true
    })
    hubOf(url)
    const cacheDir = freshFolder()
    const options = { model: 'any/colbert', cacheDir, ...like }
    expect(await refusal(createEncoder(options))).toMatch(
      new RegExp(
        `^${broken} of "any/colbert" could not be downloaded from .*; check the network, or pass the folder of a model$`,
      ),
    )
    // transformers.js removes its partial file after some time
    const parts = () => readdirSync(join(cacheDir, 'any/colbert')).filter(file => file.startsWith(broken))
    await expect.poll(parts, { timeout: 20_000 }).toEqual([])
    breaks = false
    await (await createEncoder(options)).dispose()
  },
)

it('an error names a broken copy in the cache, and what to delete', async () => {
  const { url } = await startHub({}, (path, response) => {
    if (!path.endsWith('/model.onnx')) return false
    response.writeHead(200, { 'content-length': 9 }).end('no graph!')
    return true
  })
  hubOf(url)
  const cacheDir = freshFolder()
  expect(await refusal(createEncoder({ model: 'any/colbert', cacheDir, ...like }))).toMatch(
    new RegExp(
      `^model.onnx of "any/colbert", 9 bytes, cannot be loaded \\(.*\\): it may be incomplete or not an ONNX file; delete ${cacheDir}/any/colbert/model.onnx and try again$`,
    ),
  )
})

it('the download of the ONNX file ends if loading is cancelled', async () => {
  const controller = new AbortController()
  const total = 64 * 2 ** 20
  let sent = 0
  const { url } = await startHub({}, (path, response) => {
    if (!path.endsWith('/model.onnx')) return false
    response.writeHead(200, { 'content-length': total })
    const part = Buffer.alloc(64 * 2 ** 10)
    const send = () => {
      while (sent < total) {
        sent += part.length
        if (!response.write(part)) return response.once('drain', send)
      }
      return response.end()
    }
    send()
    return true
  })
  hubOf(url)
  const cacheDir = freshFolder()
  const loading = createEncoder({
    model: 'any/colbert',
    cacheDir,
    signal: controller.signal,
    onProgress: ({ file, loaded }) => {
      if (file === 'model.onnx' && loaded > 0) controller.abort(new Error('enough'))
    },
    ...like,
  })
  expect(await refusal(loading)).toBe('enough')
  // transformers.js removes its partial file when the download ends, and renames a complete one
  const files = () => readdirSync(join(cacheDir, 'any/colbert')).filter(file => file.startsWith('model.onnx'))
  await expect.poll(files, { timeout: 20_000 }).toEqual([])
  expect(sent).toBeLessThan(total)
})

it.each(['tokenizer.json', 'model.onnx'])(
  'loading can be cancelled during the download of %s',
  async slow => {
    const controller = new AbortController()
    const { url } = await startHub({}, (path, response) => {
      if (!path.endsWith(`/${slow}`)) return false
      response.writeHead(200, { 'content-length': 100_000 }).write('half of it')
      setTimeout(() => controller.abort(new Error('enough')), 20)
      return true
    })
    hubOf(url)
    const loading = createEncoder({
      model: 'any/colbert',
      cacheDir: freshFolder(),
      signal: controller.signal,
      ...like,
    })
    expect(await refusal(loading)).toBe('enough')
  },
)
