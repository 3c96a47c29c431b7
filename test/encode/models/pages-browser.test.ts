// Pages in Chromium: files are decoded to the pixels that Pillow has, and encoded to FastEmbed's rows.

import { existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { findBrowser } from '../../browser/chromium.mjs'
import { bundlePage, packages } from './bundle-page.js'
import type { functions } from './pages/page.js'
import {
  hasPython,
  makePageFixtures,
  pageModels,
  pictures,
  readItems,
  readPageRows,
  readPictures,
} from './pages/page-fixtures.js'
import { afterTest } from './support.js'

type Functions = typeof functions

const executable = findBrowser()

const FOLDERS: Readonly<Record<string, string>> = {
  ort: join(packages, 'onnxruntime-web/dist'),
  models: pageModels,
  pictures: join(pictures, 'files'),
}

/** Serves a page with the functions, the models, the pictures and the engine's files. */
async function open(): Promise<Page> {
  const program = await bundlePage('test/encode/models/pages/page.ts')
  const server = createServer(({ url = '/' }, response) => {
    if (url === '/')
      return response
        .writeHead(200, { 'content-type': 'text/html' })
        .end('<script type="module" src="/page.js"></script>')
    if (url === '/page.js') return response.writeHead(200, { 'content-type': 'text/javascript' }).end(program)
    const [, folder = '', name = ''] = /^\/(\w+)\/(.*)$/.exec(url) ?? []
    const file = join(FOLDERS[folder] ?? 'none', decodeURIComponent(name))
    if (!existsSync(file)) return response.writeHead(404).end()
    const type = file.endsWith('.mjs')
      ? 'text/javascript'
      : file.endsWith('.wasm')
        ? 'application/wasm'
        : 'application/octet-stream'
    response.writeHead(200, { 'content-type': type }).end(readFileSync(file))
  })
  await new Promise<void>(done => server.listen(0, '127.0.0.1', done))
  afterTest(() => {
    server.closeAllConnections()
    server.close()
  })
  const browser = await chromium.launch({
    executablePath: executable!,
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  })
  afterTest(() => browser.close())
  const page = await browser.newPage()
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return page
}

const pixelsIn = (page: Page, file: string, maxPixels?: number) =>
  page.evaluate(([url, most]) => (globalThis as unknown as Functions).pixelsOf(url, most), [
    `/pictures/${file}`,
    maxPixels,
  ] as const)

describe.runIf(hasPython && executable)('pages in Chromium', () => {
  beforeAll(makePageFixtures, 120_000)

  it('are decoded as by Pillow, bit for bit, except for 16 bits and formats that browsers do not read', async () => {
    const page = await open()
    const found: Record<string, string> = {}
    const all = readPictures()
    for (const { file, width, height, hash } of all) {
      const answer = await pixelsIn(page, file)
      if (typeof answer === 'string') found[file] = answer.replace(/\(.*\)/, '(…)')
      else if (answer.hash !== hash || answer.width !== width || answer.height !== height)
        found[file] = 'differs'
    }
    const refused =
      '"image" is not an image that can be decoded (…); pass a PNG, JPEG, WebP, GIF or TIFF file, or pixels'
    expect(found).toEqual({
      'cmyk.tiff': refused,
      'packed.tiff': refused,
      'plain.tiff': refused,
      'wide-grey-dark.png': 'differs',
      'wide-grey.png': 'differs',
    })
    expect(all.length - Object.keys(found).length).toBe(55)
  })

  it('are turned by EXIF as in Node if that is wanted, and refused if they are too large', async () => {
    const page = await open()
    for (let orientation = 1; orientation <= 8; orientation++) {
      const answer = await pixelsIn(page, `orientation-${orientation}.jpg`)
      if (typeof answer === 'string') throw new Error(answer)
      const { width, height, turned, hash } = answer
      expect([width, height]).toEqual([161, 228])
      expect(turned.slice(0, 2)).toEqual(orientation < 5 ? [161, 228] : [228, 161])
      expect(turned[2] === hash, `orientation ${orientation}`).toBe(orientation === 1)
    }
    expect(await pixelsIn(page, 'size-161x228.png', 1000)).toBe(
      '"image" has 161 x 228 pixels, more than 1000; scale it down, or raise "maxPixels"',
    )
  })

  it('have FastEmbed’s rows, to within 1e-5', async () => {
    const page = await open()
    const shape = 'colmodernvbert-small'
    const [items, rows] = [readItems(shape), readPageRows(shape)]
    const find = (wanted: (item: (typeof items)[number]) => boolean) => {
      const index = items.findIndex(wanted)
      const first = items.slice(0, index).reduce((sum, { rows }) => sum + rows, 0)
      return rows.subarray(first * 128, (first + items[index]!.rows) * 128)
    }
    const text = 'what is the total of the invoice?'
    const answer = await page.evaluate(
      ([model, url, text]) => (globalThis as unknown as Functions).rowsOf(model, url, text),
      [`/models/${shape}`, '/pictures/alpha.png', text] as const,
    )
    for (const [i, expected] of [
      find(({ file }) => file === 'alpha.png'),
      find(({ query }) => query === text),
    ].entries()) {
      const found = answer[i]!
      expect(found.length).toBe(expected.length)
      expect(Math.max(...found.map((value, k) => Math.abs(value - expected[k]!)))).toBeLessThan(1e-5)
    }
  })
})
