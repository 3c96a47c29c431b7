// Tests an encoder in a page: it can be bundled without modules of Node, and returns FastEmbed's rows on WebAssembly
// and on WebGPU in Chromium.

import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join } from 'node:path'
import { build } from 'esbuild'
import { chromium, type Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { findBrowser } from '../../browser/chromium.mjs'
import { bundlePage, packages } from './bundle-page.js'
import { models, readData, readRows } from './fixtures.js'
import { afterTest } from './support.js'

type Encode = typeof import('./page.js').encode
type LoadHosted = typeof import('./page.js').loadHosted

const executable = findBrowser()

it('maxsimd/encode can be bundled for a page without modules of Node and without transformers.js', async () => {
  const { metafile } = await build({
    entryPoints: ['dist/encode/index.js'],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    external: ['@huggingface/transformers'],
    write: false,
    metafile: true,
    outdir: 'unused',
  })
  const imports = Object.values(metafile.inputs).flatMap(({ imports }) => imports)
  expect(imports.filter(({ external }) => external)).toEqual([])
})

const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
}

/** Serves a page, the tiny models and the engine's files. */
async function serve(script: string): Promise<string> {
  const server = createServer(({ url = '/' }, response) => {
    if (url === '/') {
      return response
        .writeHead(200, { 'content-type': 'text/html' })
        .end('<script type="module" src="/page.js"></script>')
    }
    if (url === '/page.js') return response.writeHead(200, { 'content-type': 'text/javascript' }).end(script)
    const file = url.startsWith('/ort/')
      ? join(packages, 'onnxruntime-web/dist', url.slice('/ort/'.length))
      : join(models, url.replace('/models/', '').replace('hosted/', ''))
    if (!existsSync(file)) return response.writeHead(404).end()
    const type = CONTENT_TYPES[extname(file)] ?? 'application/octet-stream'
    response.writeHead(200, { 'content-type': type }).end(readFileSync(file))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  afterTest(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Opens a page of Chromium with the encoder. `url` is that of its server. */
async function open(args: readonly string[]): Promise<{ page: Page; url: string }> {
  const url = await serve(await bundlePage('test/encode/models/page.ts'))
  const browser = await chromium.launch({
    executablePath: executable!,
    args: ['--no-sandbox', '--disable-dev-shm-usage', ...args],
  })
  afterTest(() => browser.close())
  return { page: await browser.newPage(), url }
}

/** Chromium's software WebGPU, which runs on the processor. */
const SOFTWARE_WEBGPU = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader']

it.runIf(executable).each([
  ['WebAssembly', 'wasm', ['--disable-gpu']],
  ['WebGPU', 'webgpu', SOFTWARE_WEBGPU],
] as const)(
  'an encoder returns FastEmbed’s rows on %s in Chromium, to within 1e-5',
  async (name, device, args) => {
    const { page, url } = await open(args)
    const outside: string[] = []
    page.on('request', request => {
      if (!request.url().startsWith(url) && !/^(blob|data):/.test(request.url())) outside.push(request.url())
    })
    await page.goto(url)
    const rows = readRows()
    for (const shape of ['colbert', 'jina'] as const) {
      const { model, dim, documents, queries } = rows.models[shape]
      const every = 10
      const texts = rows.texts.filter((_, i) => i % every === 0)
      const answer = await page.evaluate(
        ([folder, settings, texts, device]) =>
          (globalThis as unknown as { encode: Encode }).encode(folder, settings, texts, device),
        [`/models/${shape}`, model, texts, device] as const,
      )
      const expected = readData(shape)
      let offset = 0
      let largest = 0
      for (const i of rows.texts.keys()) {
        for (const [found, count] of [
          [answer.documents[i / every], documents[i]!],
          [answer.queries[i / every], queries[i]!],
        ] as const) {
          if (i % every === 0) {
            expect(found, `text ${i}`).toHaveLength(count * dim)
            for (const [j, value] of found!.entries())
              largest = Math.max(largest, Math.abs(value - expected[offset + j]!))
          }
          offset += count * dim
        }
      }
      console.log(`${model} on ${name} in Chromium: largest difference ${largest.toExponential(1)}`)
      expect(largest).toBeLessThan(1e-5)
      if (shape === 'colbert') {
        expect(answer.refusal).toBe(
          '"model" is a path on the page\'s server, /models/colbert; set env.allowLocalModels = true of transformers.js to allow it',
        )
      }
    }
    expect(outside).toEqual([])
  },
)

it.runIf(executable)('an encoder refuses WebGPU if it is not available', async () => {
  const { page, url } = await open(['--disable-gpu'])
  await page.goto(url)
  const encoded = page.evaluate(() =>
    (globalThis as unknown as { encode: Encode }).encode(
      '/models/colbert',
      'colbert-ir/colbertv2.0',
      [],
      'webgpu',
    ),
  )
  await expect(encoded).rejects.toThrow('"device" "webgpu" is not available: ')
})

it.runIf(executable)('an encoder loads a model from the page’s server, checks it, and keeps it', async () => {
  const { page, url } = await open(['--disable-gpu'])
  const requests: string[] = []
  page.on('request', request => {
    if (request.url().includes('/models/')) requests.push(request.url().replace(url, ''))
  })
  const load = (hashes: Readonly<Record<string, string>>) =>
    page.evaluate(
      ([model, hashes]) => (globalThis as unknown as { loadHosted: LoadHosted }).loadHosted(model, hashes),
      ['hosted/colbert', hashes] as const,
    )
  const hashOf = (file: string) => {
    const hash = createHash('sha256').update(readFileSync(join(models, 'colbert', file)))
    return `sha256-${hash.digest('base64')}`
  }
  const files = ['model.onnx', 'tokenizer.json', 'config.json']
  const hashes = Object.fromEntries(files.map(file => [`/models/hosted/colbert/${file}`, hashOf(file)]))

  await page.goto(url)
  const wrong = { ...hashes, '/models/hosted/colbert/tokenizer.json': hashOf('config.json') }
  await expect(load(wrong)).rejects.toThrow(
    'tokenizer.json of "hosted/colbert" could not be downloaded from http://',
  )
  const first = await load(hashes)
  expect(first.rows.length).toBeGreaterThan(2 * 3)
  // config.json is in the cache since the first attempt
  for (const file of files.slice(0, 2)) {
    const size = readFileSync(join(models, 'colbert', file)).length
    expect(first.progress.filter(event => event.file === file).at(-1)).toMatchObject({ loaded: size })
    expect(requests).toContain(`/models/hosted/colbert/${file}`)
  }
  // a new page has the files in its cache
  requests.length = 0
  await page.goto(url)
  const second = await load(hashes)
  expect(second.rows).toEqual(first.rows)
  // transformers.js does not remember that the first name of the ONNX file is missing
  expect(requests.filter(path => !path.endsWith('/onnx/model.onnx'))).toEqual([])
})
