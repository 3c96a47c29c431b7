// An encoder in a page: it bundles without a module of Node, and gives FastEmbed's rows on WebAssembly and on WebGPU in
// Chromium.

import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, resolve } from 'node:path'
import { build } from 'esbuild'
import { chromium, type Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { findBrowser } from '../../browser/chromium.mjs'
import { models, readData, readRows } from './fixtures.js'
import { afterTest } from './support.js'

type Encode = typeof import('./page.js').encode

const executable = findBrowser()
const packages = 'test/encode/models/node_modules'

/** A bundle for a page. */
async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    alias: {
      '@huggingface/transformers': resolve(packages, '@huggingface/transformers/dist/transformers.web.js'),
    },
    write: false,
    logLevel: 'silent',
  })
  return outputFiles[0]!.text
}

it('bundles for a page, with no module of Node', async () => {
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
  expect(imports.filter(({ external }) => external).map(({ path }) => path)).toEqual([
    '@huggingface/transformers',
  ])
})

const types: Readonly<Record<string, string>> = { '.mjs': 'text/javascript', '.wasm': 'application/wasm' }

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
      : join(models, url.replace('/models/', ''))
    if (!existsSync(file)) return response.writeHead(404).end()
    const type = types[extname(file)] ?? 'application/octet-stream'
    response.writeHead(200, { 'content-type': type }).end(readFileSync(file))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  afterTest(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** A page of Chromium with the encoder in it, and where its models are. */
async function open(args: readonly string[]): Promise<{ page: Page; url: string }> {
  const url = await serve(await bundle('test/encode/models/page.ts'))
  const browser = await chromium.launch({
    executablePath: executable!,
    args: ['--no-sandbox', '--disable-dev-shm-usage', ...args],
  })
  afterTest(() => browser.close())
  return { page: await browser.newPage(), url }
}

/** Chromium's own WebGPU, which computes on the processor. */
const withoutCard = ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader']

it.runIf(executable).each([
  ['WebAssembly', 'wasm', ['--disable-gpu']],
  ['WebGPU', 'webgpu', withoutCard],
] as const)('gives FastEmbed’s rows on %s in Chromium, within 1e-5', async (name, device, args) => {
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
    let at = 0
    let most = 0
    for (const i of rows.texts.keys()) {
      for (const [found, count] of [
        [answer.documents[i / every], documents[i]!],
        [answer.queries[i / every], queries[i]!],
      ] as const) {
        if (i % every === 0) {
          expect(found, `text ${i}`).toHaveLength(count * dim)
          for (const [j, value] of found!.entries())
            most = Math.max(most, Math.abs(value - expected[at + j]!))
        }
        at += count * dim
      }
    }
    console.log(`${model} on ${name} in Chromium: at most ${most.toExponential(1)} apart`)
    expect(most).toBeLessThan(1e-5)
    if (shape === 'colbert') {
      expect(answer.refusal).toBe(
        '"model" is a path of the page\'s server, /models/colbert, which transformers.js does not read unless env.allowLocalModels = true',
      )
    }
  }
  expect(outside).toEqual([])
})

it.runIf(executable)('says that there is no WebGPU where there is none', async () => {
  const { page, url } = await open(['--disable-gpu'])
  await page.goto(url)
  const asked = page.evaluate(() =>
    (globalThis as unknown as { encode: Encode }).encode(
      '/models/colbert',
      'colbert-ir/colbertv2.0',
      [],
      'webgpu',
    ),
  )
  await expect(asked).rejects.toThrow('"device" "webgpu" is not to be had here: ')
})
