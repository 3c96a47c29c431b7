// Models by name, from a hub on the loopback address: what is asked for, what is kept, and what is not asked for.

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

it('downloads a model by name once, tells of it, and finds it in the cache later', async () => {
  const { url, asked } = await startHub()
  hubOf(url)
  const cacheDir = freshFolder()
  const told: DownloadProgress[] = []
  const options = { model: 'any/colbert', cacheDir, ...like }
  const first = await createEncoder({ ...options, onProgress: progress => told.push(progress) })
  expect(first.model).toBe('any/colbert')
  const files = [
    'config.json',
    'model.onnx',
    'special_tokens_map.json',
    'tokenizer.json',
    'tokenizer_config.json',
  ]
  expect(readdirSync(join(cacheDir, 'any/colbert')).sort()).toEqual(files)
  expect([...new Set(told.map(({ file }) => file))].sort()).toEqual(files)
  const whole = told.filter(({ file }) => file === 'model.onnx').at(-1)!
  expect(whole.loaded).toBe(whole.total)
  const requests = asked.length
  const again = await createEncoder(options)
  const offline = await createEncoder({ ...options, localFilesOnly: true })
  expect(asked.length).toBe(requests)
  for (const encoder of [again, offline]) {
    expect(await encoder.query('pool')).toEqual(await first.query('pool'))
    await encoder.dispose()
  }
  await first.dispose()
})

it('fetches the weights that lie beside an ONNX file', async () => {
  const { url, asked } = await startHub()
  hubOf(url)
  const encoder = await createEncoder({
    model: 'any/jina',
    settings: 'jinaai/jina-colbert-v2',
    cacheDir: freshFolder(),
  })
  expect(asked).toContain('/any/jina/resolve/main/onnx/model.onnx_data')
  expect((await encoder.query('pool')).tokens).toHaveLength(32)
  await encoder.dispose()
})

it.each([
  ['colbert-ir/colbertv2.0', 'colbert', 128, ['model.onnx']],
  ['answerdotai/answerai-colbert-small-v1', 'answerai', 96, ['vespa_colbert.onnx']],
  ['jinaai/jina-colbert-v2', 'jina', 128, ['onnx/model.onnx', 'onnx/model.onnx_data']],
  ['lightonai/LateOn', 'lateon', 128, ['model.onnx']],
] as const)('asks for the files of %s where FastEmbed does', async (model, shape, dim, files) => {
  const { url, asked } = await startHub({ [model]: shape })
  hubOf(url)
  // what comes is the tiny model of that shape
  expect(await refusal(createEncoder({ model, cacheDir: freshFolder() }))).toBe(
    `${files[0]} of "${model}" gives rows of 2, expected "dim" ${dim}: it is another model`,
  )
  const wanted = [
    'config.json',
    'tokenizer.json',
    'tokenizer_config.json',
    'special_tokens_map.json',
    ...files,
  ]
  for (const file of wanted) expect(asked).toContain(`/${model}/resolve/main/${file}`)
})

it('asks for nothing with localFilesOnly', async () => {
  const { url, asked } = await startHub()
  hubOf(url)
  const cacheDir = freshFolder()
  expect(
    await refusal(createEncoder({ model: 'any/colbert', cacheDir, localFilesOnly: true, ...like })),
  ).toBe(
    `config.json of "any/colbert" is not in the cache (${cacheDir}/any/colbert), and "localFilesOnly" forbids to download it; ` +
      'leave that out, or give a folder that has the model',
  )
  env.allowRemoteModels = false
  afterTest(() => Object.assign(env, { allowRemoteModels: true }))
  expect(await refusal(createEncoder({ model: 'any/colbert', cacheDir, ...like }))).toBe(
    `config.json of "any/colbert" is not in the cache (${cacheDir}/any/colbert), and env.allowRemoteModels = false forbids to ` +
      'download it; leave that out, or give a folder that has the model',
  )
  env.allowRemoteModels = true
  expect(asked).toEqual([])
  // and has not spoiled a later download
  await (await createEncoder({ model: 'any/colbert', cacheDir, ...like })).dispose()
})

it('takes a revision, and keeps it apart', async () => {
  const { url, asked } = await startHub()
  hubOf(url)
  const cacheDir = freshFolder()
  await (await createEncoder({ model: 'any/colbert', revision: 'v1.0', cacheDir, ...like })).dispose()
  expect(asked.every(path => path.startsWith('/any/colbert/resolve/v1.0/'))).toBe(true)
  expect(existsSync(join(cacheDir, 'any/colbert/v1.0/tokenizer.json'))).toBe(true)
})

it('names the file where the hub has no such model, refuses, or has no such dtype', async () => {
  const { url } = await startHub({}, (path, response) => {
    if (!path.startsWith('/any/closed/')) return false
    response.writeHead(401).end()
    return true
  })
  hubOf(url)
  const cacheDir = freshFolder()
  expect(await refusal(createEncoder({ model: 'any/thing', cacheDir }))).toBe(
    'the hub has no config.json of "any/thing"; a model needs config.json, tokenizer.json and an ONNX file',
  )
  expect(await refusal(createEncoder({ model: 'any/closed', cacheDir }))).toBe(
    `config.json of "any/closed" could not be downloaded: ${url}any/closed/resolve/main/config.json answered 401; check the ` +
      "model's name, which the hub may also refuse to strangers",
  )
  expect(await refusal(createEncoder({ model: 'any/answerai', cacheDir, dtype: 'q8', ...like }))).toMatch(
    /^onnx\/model_quantized.onnx of "any\/answerai" is not on the hub; what is known to be there is fp32 \(model.onnx\), or name the file in "settings" /,
  )
  const plain = { settings: { ...MODELS['colbert-ir/colbertv2.0']!, files: undefined } } as object
  expect(await refusal(createEncoder({ model: 'any/answerai', cacheDir, dtype: 'q8', ...plain }))).toMatch(
    /^onnx\/model_quantized.onnx of "any\/answerai" is not on the hub; name another dtype, or name the file in "settings" /,
  )
})

it('keeps no page that came in place of a file', async () => {
  let isPage = true
  const { url } = await startHub({}, (_, response) => {
    if (isPage) response.writeHead(200).end('<html>Log in to the network</html>')
    return isPage
  })
  hubOf(url)
  const cacheDir = freshFolder()
  expect(await refusal(createEncoder({ model: 'any/colbert', cacheDir, ...like }))).toMatch(
    new RegExp(
      `^config.json of "any/colbert" came from ${url}any/colbert/resolve/main/config.json as something else than JSON ` +
        '\\(.*\\); check the network, of which a login page may have answered$',
    ),
  )
  isPage = false
  await (await createEncoder({ model: 'any/colbert', cacheDir, ...like })).dispose()
})

it('names a cache that cannot be one, before anything is asked for', async () => {
  const { url, asked } = await startHub()
  hubOf(url)
  const file = join(freshFolder(), 'file')
  writeFileSync(file, '')
  expect(await refusal(createEncoder({ model: 'any/colbert', cacheDir: file }))).toBe(
    `"cacheDir" expected a folder, got the file ${file}; name another folder`,
  )
  expect(await refusal(createEncoder({ model: 'any/colbert', cacheDir: join(file, 'below') }))).toMatch(
    /^"cacheDir" .*\/file\/below cannot be read \(ENOTDIR.*\); name another folder$/,
  )
  expect(asked).toEqual([])
  // a file where the model's folder would be
  const cacheDir = freshFolder()
  writeFileSync(join(cacheDir, 'any'), '')
  expect(await refusal(createEncoder({ model: 'any/colbert', cacheDir }))).toMatch(
    /^"cacheDir" .*\/any\/colbert cannot be read \(ENOTDIR.*\); name another folder$/,
  )
})

it('says where there is no network', async () => {
  hubOf('http://127.0.0.1:9/')
  expect(await refusal(createEncoder({ model: 'any/colbert', cacheDir: freshFolder() }))).toMatch(
    /^config.json of "any\/colbert" could not be downloaded from http:\/\/127.0.0.1:9\/any\/colbert\/resolve\/main\/config.json: .*; check the network, or give a folder that has the model$/,
  )
})

it.each(['tokenizer.json', 'model.onnx'])('keeps nothing of %s where the connection breaks', async broken => {
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
      `^${broken} of "any/colbert" could not be downloaded from .*; check the network, or give a folder that has the model$`,
    ),
  )
  // transformers.js clears its part of the file away by and by
  const parts = () => readdirSync(join(cacheDir, 'any/colbert')).filter(file => file.startsWith(broken))
  await expect.poll(parts, { timeout: 20_000 }).toEqual([])
  breaks = false
  await (await createEncoder(options)).dispose()
})

it('names a copy in the cache that is broken, and what to delete', async () => {
  const { url } = await startHub({}, (path, response) => {
    if (!path.endsWith('/model.onnx')) return false
    response.writeHead(200, { 'content-length': 9 }).end('no graph!')
    return true
  })
  hubOf(url)
  const cacheDir = freshFolder()
  expect(await refusal(createEncoder({ model: 'any/colbert', cacheDir, ...like }))).toMatch(
    new RegExp(
      `^model.onnx of "any/colbert", 9 bytes, cannot be loaded \\(.*\\): it may be no ONNX file or half-downloaded; delete ${cacheDir}/any/colbert/model.onnx and try again$`,
    ),
  )
})

it.each(['tokenizer.json', 'model.onnx'])('gives up at once while %s is on its way', async slow => {
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
})
