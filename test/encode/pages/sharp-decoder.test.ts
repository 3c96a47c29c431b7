// What is asked of sharp, and what is made of its pixels. A stand-in takes its place: the project does not install sharp. The
// suite of models compares the pixels of files with those of Pillow.

import { writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { MissingPackageError } from '../../../src/base/errors.js'
import { decodeImage, parseDecodeOptions } from '../../../src/encode/images/decode-image.js'
import type { ImageError, ImageSource } from '../../../src/encode/images/image-types.js'
import { temporaryFolder } from '../../cli/run-cli.js'

const at = temporaryFolder()

/** The stand-in: what its files are, and the calls that it got. */
const sharp = {
  metadata: {} as object,
  data: new Uint8Array(),
  channels: 3,
  calls: [] as unknown[],
}

vi.mock('sharp', () => ({
  default(bytes: Uint8Array, options: object) {
    sharp.calls.push([...bytes], options)
    const image = {
      metadata: async () => sharp.metadata,
      toBuffer: async () => ({ data: sharp.data, info: { channels: sharp.channels } }),
    }
    for (const method of ['toColourspace', 'pipelineColourspace', 'removeAlpha', 'raw']) {
      Object.assign(image, {
        [method](...args: unknown[]) {
          sharp.calls.push([method, ...args])
          return image
        },
      })
    }
    return image
  },
}))

const FILE = Uint8Array.from([7, 8, 9])
const PIXELS = Uint8Array.from([1, 2, 3, 4, 5, 6])
const PNG = { width: 2, height: 1, format: 'png', space: 'srgb', depth: 'uchar', channels: 3 }

beforeEach(() => {
  Object.assign(sharp, { metadata: PNG, data: PIXELS, channels: 3, calls: [] })
})

const decode = (source: ImageSource = FILE, options = {}, index?: number) =>
  decodeImage(source, parseDecodeOptions(options), index)

const failure = async (source: ImageSource, options = {}, index?: number): Promise<ImageError> =>
  decode(source, options, index).then(
    () => expect.fail('it was decoded'),
    (error: ImageError) => error,
  )

it('a file is decoded without its colour profile and without alpha, and a broken one is an error', async () => {
  expect(await decode()).toEqual({ data: PIXELS, width: 2, height: 1 })
  const options = { ignoreIcc: true, limitInputPixels: false, failOn: 'error' }
  expect(sharp.calls).toEqual([
    ...[[7, 8, 9], options],
    ...[[7, 8, 9], options],
    ...[['toColourspace', 'srgb'], ['removeAlpha'], ['raw']],
  ])
})

it.each<[string, () => ImageSource]>([
  ['a Uint8Array', () => FILE],
  ['an ArrayBuffer', () => FILE.slice().buffer],
  ['a Blob', () => new Blob([FILE])],
  ['the path of a file', () => at('a.png')],
  ['the URL of a file', () => pathToFileURL(at('a.png'))],
])('%s is decoded', async (_, source) => {
  writeFileSync(at('a.png'), FILE)
  expect((await decode(source())).data).toEqual(PIXELS)
  expect(sharp.calls[0]).toEqual([7, 8, 9])
})

it.each(['jpeg', 'png', 'webp', 'gif', 'tiff', 'heif'])(
  'a file of the format %s is decoded',
  async format => {
    sharp.metadata = { ...PNG, format }
    expect((await decode()).data).toEqual(PIXELS)
  },
)

describe('an error', () => {
  it('names the image, the problem and its cause', async () => {
    sharp.metadata = { ...PNG, format: 'svg' }
    const problem =
      'is not an image that can be decoded (its format is svg); pass a PNG, JPEG, WebP, GIF or TIFF file, or pixels'
    const error = await failure(new File([FILE], 'a.svg'), {}, 3)
    expect(error.message).toBe(`"images[3]" (a.svg) ${problem}`)
    expect(error).toMatchObject({ index: 3, reason: 'format', code: 'ERR_IMAGE', cause: expect.any(Error) })
    expect((await failure(new File([FILE], ''))).message).toBe(`"image" ${problem}`)
  })

  it('says that a file is missing', async () => {
    for (const [source, name] of [
      [at('none.png'), at('none.png')],
      [pathToFileURL(at('none.png')), pathToFileURL(at('none.png')).href],
    ] as const) {
      const error = await failure(source)
      expect(error).toMatchObject({ index: undefined, reason: 'missing', cause: { code: 'ENOENT' } })
      expect(error.message).toContain(`"image" (${name}) cannot be read (ENOENT`)
    }
  })

  it('of a package that sharp lacks is passed on as it is', async () => {
    const missing = new MissingPackageError('sharp', 'an image file', 'or pass pixels')
    Object.defineProperty(sharp, 'metadata', {
      configurable: true,
      get() {
        throw missing
      },
    })
    const error = await failure(FILE)
    Object.defineProperty(sharp, 'metadata', { value: PNG, writable: true })
    expect(error).toBe(missing)
  })

  it('says that an image has too many pixels, which are not decoded', async () => {
    expect(await failure(FILE, { maxPixels: 1 }, 0)).toMatchObject({ index: 0, reason: 'pixels' })
    expect(sharp.calls).toHaveLength(2)
    const raw = { data: PIXELS, width: 2, height: 1 }
    expect(await failure(raw, { maxPixels: 1 })).toMatchObject({ reason: 'pixels' })
    expect((await decode(FILE, { maxPixels: 2 })).data).toEqual(PIXELS)
    expect((await decode(raw, { maxPixels: 2 })).data).toEqual(PIXELS)
  })
})

it('an image is turned as its file says if that is asked for', async () => {
  sharp.metadata = { ...PNG, orientation: 6 }
  expect(await decode()).toMatchObject({ width: 2, height: 1 })
  expect(await decode(FILE, { orient: true })).toMatchObject({ width: 1, height: 2 })
  sharp.metadata = PNG
  expect((await decode(FILE, { orient: true })).data).toEqual(PIXELS)
})

it('grey pixels become red, green and blue', async () => {
  Object.assign(sharp, { data: Uint8Array.from([7, 9]), channels: 1 })
  expect([...(await decode()).data]).toEqual([7, 7, 7, 9, 9, 9])
})

it('colours of 16 bits, and grey values of 8 bits with alpha, are decoded as others', async () => {
  for (const change of [{ depth: 'ushort' }, { channels: 1 }, { channels: 2, space: 'b-w' }]) {
    sharp.metadata = { ...PNG, ...change }
    sharp.calls = []
    expect((await decode()).data).toEqual(PIXELS)
    expect(sharp.calls).toContainEqual(['removeAlpha'])
  }
})

it('grey values of 16 bits are clipped', async () => {
  const wide = new Uint16Array([0, 255, 256])
  Object.assign(sharp, {
    metadata: { ...PNG, depth: 'ushort', channels: 1, orientation: 1 },
    data: new Uint8Array(wide.buffer, 2),
    channels: 1,
  })
  expect([...(await decode()).data]).toEqual([255, 255, 255, 255, 255, 255])
  sharp.data = new Uint8Array(wide.buffer, 0, 4)
  expect([...(await decode()).data]).toEqual([0, 0, 0, 255, 255, 255])
  expect(sharp.calls.slice(-2)).toEqual([
    ['toColourspace', 'grey16'],
    ['raw', { depth: 'ushort' }],
  ])
})

it('images of inks and grey images of 16 bits are turned as others', async () => {
  for (const change of [{ space: 'cmyk' }, { depth: 'ushort', channels: 1 }]) {
    Object.assign(sharp, {
      metadata: { ...PNG, ...change, orientation: 6 },
      data: new Uint8Array(8),
      channels: 2,
    })
    expect(await decode(FILE, { orient: true })).toMatchObject({ width: 1, height: 2 })
  }
})

it('each ink takes its share of the light that black leaves', async () => {
  const inks = [0, 255, 100, 0, 200, 3, 128, 55]
  Object.assign(sharp, { metadata: { ...PNG, space: 'cmyk' }, data: Uint8Array.from(inks), channels: 4 })
  // light - round(ink * light / 255), with 255 and 200 of light
  const share = (ink: number, light: number) => light - Math.round((ink * light) / 255)
  expect([...(await decode()).data]).toEqual([
    ...[0, 255, 100].map(ink => share(ink, 255)),
    ...[200, 3, 128].map(ink => share(ink, 200)),
  ])
  expect(sharp.calls.slice(-3)).toEqual([['pipelineColourspace', 'cmyk'], ['toColourspace', 'cmyk'], ['raw']])
})
