// What is asked of a browser that decodes an image, and what is freed. A stand-in takes the place of WebGL, which Node does
// not have. The suite of models compares the pixels of a real browser with those of Pillow.

import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { decodeInBrowser } from '../../../src/encode/images/browser-decoder.js'
import { decodeImage, parseDecodeOptions } from '../../../src/encode/images/decode-image.js'

/** What the browser was asked for, and what it answers. */
const browser = {
  calls: [] as unknown[],
  files: [] as Blob[],
  size: { width: 2, height: 1 },
  hasWebGL: true,
  isComplete: true,
  freed: [] as string[],
}

const RGBA = [1, 2, 3, 0, 4, 5, 6, 255]
const NAMES = [
  ...['TEXTURE_2D', 'UNPACK_PREMULTIPLY_ALPHA_WEBGL', 'UNPACK_COLORSPACE_CONVERSION_WEBGL', 'NONE', 'RGBA'],
  ...['UNSIGNED_BYTE', 'FRAMEBUFFER', 'COLOR_ATTACHMENT0', 'FRAMEBUFFER_COMPLETE', 'MAX_TEXTURE_SIZE'],
]

/** The context of a canvas. Its constants are their names. */
const gl = {
  ...Object.fromEntries(NAMES.map(name => [name, name])),
  createTexture: () => 'texture',
  createFramebuffer: () => 'framebuffer',
  checkFramebufferStatus: () => (browser.isComplete ? 'FRAMEBUFFER_COMPLETE' : 'none'),
  getParameter: (name: string) => (name === 'MAX_TEXTURE_SIZE' ? 4096 : undefined),
  getExtension: (name: string) => ({ loseContext: () => browser.freed.push(name) }),
  readPixels(...args: unknown[]) {
    browser.calls.push(['readPixels', ...args.slice(0, -1)])
    ;(args.at(-1) as Uint8Array).set(RGBA)
  },
  ...Object.fromEntries(
    ['bindTexture', 'pixelStorei', 'texImage2D', 'bindFramebuffer', 'framebufferTexture2D'].map(method => [
      method,
      (...args: unknown[]) => browser.calls.push([method, ...args]),
    ]),
  ),
}

beforeEach(() => {
  const size = { width: 2, height: 1 }
  Object.assign(browser, { calls: [], files: [], size, hasWebGL: true, isComplete: true, freed: [] })
  vi.stubGlobal('createImageBitmap', async (file: Blob, options: object) => {
    browser.files.push(file)
    browser.calls.push(options)
    return { ...browser.size, name: 'bitmap', close: () => browser.freed.push('bitmap') }
  })
  vi.stubGlobal(
    'OffscreenCanvas',
    class {
      getContext = (kind: string) => (kind === 'webgl2' && browser.hasWebGL ? gl : null)
    },
  )
})
afterEach(() => void vi.unstubAllGlobals())

const FILE = Uint8Array.of(7, 8, 9)
const FREED = ['WEBGL_lose_context', 'bitmap']
const decode = (bytes = FILE, checkSize: (width: number, height: number) => void = () => {}) =>
  decodeInBrowser(bytes, checkSize)

it('a file has its pixels as they are stored, without alpha, and what decoded it is freed', async () => {
  const sizes: number[][] = []
  expect(await decode(FILE, (...size) => sizes.push(size))).toEqual({
    image: { data: Uint8Array.of(1, 2, 3, 4, 5, 6), width: 2, height: 1 },
    orientation: 1,
  })
  expect(sizes).toEqual([[2, 1]])
  expect(new Uint8Array(await browser.files[0]!.arrayBuffer())).toEqual(FILE)
  const bitmap = expect.objectContaining({ name: 'bitmap' })
  expect(browser.calls).toEqual([
    { premultiplyAlpha: 'none', colorSpaceConversion: 'none', imageOrientation: 'none' },
    ['bindTexture', 'TEXTURE_2D', 'texture'],
    ['pixelStorei', 'UNPACK_PREMULTIPLY_ALPHA_WEBGL', false],
    ['pixelStorei', 'UNPACK_COLORSPACE_CONVERSION_WEBGL', 'NONE'],
    ['texImage2D', 'TEXTURE_2D', 0, 'RGBA', 'RGBA', 'UNSIGNED_BYTE', bitmap],
    ['bindFramebuffer', 'FRAMEBUFFER', 'framebuffer'],
    ['framebufferTexture2D', 'FRAMEBUFFER', 'COLOR_ATTACHMENT0', 'TEXTURE_2D', 'texture', 0],
    ['readPixels', 0, 0, 2, 1, 'RGBA', 'UNSIGNED_BYTE'],
  ])
  expect(browser.freed).toEqual(FREED)
})

it('the orientation of a file is read here, and hidden from the browser', async () => {
  const tiff = [0x4d, 0x4d, 0, 42, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0]
  const exif = [...'Exif\0\0'].map(letter => letter.charCodeAt(0))
  const file = Uint8Array.of(0xff, 0xd8, 0xff, 0xe1, 0, 8 + tiff.length, ...exif, ...tiff)
  expect((await decode(file)).orientation).toBe(6)
  const given = new Uint8Array(await browser.files[0]!.arrayBuffer())
  expect([given.length, String.fromCharCode(...given.subarray(6, 10))]).toEqual([file.length, 'Exix'])
})

it('an image with too many pixels is not read, and freed', async () => {
  const refuse = () => {
    throw new RangeError('too many pixels')
  }
  await expect(decode(FILE, refuse)).rejects.toThrow('too many pixels')
  expect([browser.calls.length, browser.freed]).toEqual([1, ['bitmap']])
})

it('a browser without WebGL 2 is an error with a remedy', async () => {
  browser.hasWebGL = false
  await expect(decode()).rejects.toThrow('WebGL 2 is not available; pass pixels as { data, width, height }')
  expect(browser.freed).toEqual(['bitmap'])
})

it('an image that is larger than a texture is refused, and what decoded it is freed', async () => {
  browser.isComplete = false
  browser.size = { width: 5000, height: 3 }
  await expect(decode()).rejects.toThrow(
    '5000 x 3 pixels do not fit into a texture of 4096 x 4096; scale it down',
  )
  expect(browser.freed).toEqual(FREED)
})

it('a browser decodes bytes and Blobs, and opens no path', async () => {
  vi.stubGlobal('process', Object.create(process, { versions: { value: {} } }))
  const options = parseDecodeOptions({})
  const image = { data: Uint8Array.of(1, 2, 3, 4, 5, 6), width: 2, height: 1 }
  for (const source of [FILE, FILE.slice().buffer, new Blob([FILE])])
    expect(await decodeImage(source, options)).toEqual(image)
  expect(browser.files).toHaveLength(3)
  await expect(decodeImage('a.png', options)).rejects.toThrow(
    '"image" (a.png) expected a file that can be opened here; fetch it, and pass the Blob: ' +
      'await (await fetch(url)).blob()',
  )
})
