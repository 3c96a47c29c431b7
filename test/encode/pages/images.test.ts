// Parts of decoding that need no decoder: sizes in the headers of files, EXIF data, and turning.

import { expect, it } from 'vitest'
import { decodeImage, parseDecodeOptions } from '../../../src/encode/images/decode-image.js'
import { findExif, turnImage, withoutExif } from '../../../src/encode/images/exif.js'
import { sizeInFile } from '../../../src/encode/images/image-size.js'

const bytes = (...parts: readonly (string | readonly number[])[]) =>
  Uint8Array.from(
    parts.flatMap(part => (typeof part === 'string' ? [...part].map(c => c.charCodeAt(0)) : [...part])),
  )

const padded = (start: Uint8Array, length = 40) => {
  const whole = new Uint8Array(length)
  whole.set(start)
  return whole
}

it('the size of an image is found in the first bytes of each format', () => {
  const size = { width: 0x0123, height: 0x0456 }
  const png = bytes('\x89PNG\r\n\x1a\n', [0, 0, 0, 13], 'IHDR', [0, 0, 1, 0x23, 0, 0, 4, 0x56])
  const gif = bytes('GIF89a', [0x23, 1, 0x56, 4])
  const bmp = padded(bytes('BM'), 30)
  new DataView(bmp.buffer).setInt32(18, 0x123, true)
  new DataView(bmp.buffer).setInt32(22, -0x456, true)
  const jpeg = bytes([
    0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 1, 0xff, 0xff, 0xc2, 0, 11, 8, 4, 0x56, 1, 0x23, 3, 0, 0,
  ])
  const lossy = padded(
    bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8 ', [0, 0, 0, 0, 0, 0, 0, 0x9d, 1, 0x2a, 0x23, 1, 0x56, 4]),
  )
  const bits = 0x122 | (0x455 << 14)
  const lossless = padded(
    bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8L', [
      0,
      0,
      0,
      0,
      0x2f,
      bits & 255,
      (bits >> 8) & 255,
      (bits >> 16) & 255,
      bits >>> 24,
    ]),
  )
  const extended = padded(
    bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8X', [0, 0, 0, 0, 0, 0, 0, 0, 0x22, 1, 0, 0x55, 4, 0]),
  )
  for (const [name, file] of Object.entries({ png, gif, bmp, jpeg, lossy, lossless, extended })) {
    expect(sizeInFile(file), name).toEqual(size)
    for (let length = 0; length < file.length; length++) sizeInFile(file.subarray(0, length))
  }
  expect(sizeInFile(bytes('%PDF-1.4'))).toBeUndefined()
})

it('a file with more pixels than the limit is refused before it is decoded', async () => {
  const bomb = padded(bytes('\x89PNG\r\n\x1a\n', [0, 0, 0, 13], 'IHDR', [0, 1, 0, 0, 0, 1, 0, 0]))
  await expect(decodeImage(bomb, parseDecodeOptions({}), 2)).rejects.toThrow(
    '"images[2]" has 65536 x 65536 pixels, more than 89478485; scale it down, or raise "maxPixels"',
  )
  expect(() => parseDecodeOptions({ orient: 'yes' as never })).toThrow(
    '"orient" expected true or false, got string',
  )
  expect(() => parseDecodeOptions({ maxPixels: 0 })).toThrow(
    '"maxPixels" expected a whole number of at least 1, got 0',
  )
})

it('pixels of three and four bytes are taken as they are, without alpha', async () => {
  const options = parseDecodeOptions({})
  const rgb = { data: Uint8Array.from([1, 2, 3, 4, 5, 6]), width: 2, height: 1 }
  expect(await decodeImage(rgb, options)).toEqual(rgb)
  const rgba = { data: Uint8ClampedArray.from([1, 2, 3, 0, 4, 5, 6, 99]), width: 2, height: 1 }
  expect(await decodeImage(rgba, options)).toEqual(rgb)
  await expect(decodeImage({ ...rgb, width: 3 }, options)).rejects.toThrow(
    '"image" expected 9 or 12 bytes for 3 x 1 pixels, got 6',
  )
  await expect(decodeImage({ ...rgb, width: 1.5 }, options)).rejects.toThrow(
    '"image.width" expected a whole number of at least 1, got 1.5',
  )
  await expect(decodeImage({ ...rgb, height: 0 }, options)).rejects.toThrow(
    '"image.height" expected a whole number of at least 1, got 0',
  )
  await expect(decodeImage({ ...rgb, data: [1] as never }, options)).rejects.toThrow(
    '"image" expected "data" with bytes of pixels, got array',
  )
  for (const url of ['https://maxsimd.example/a.png', 'http://a.b/c.png', 'data:image/png,a', 'blob:a']) {
    for (const source of [url, new URL(url)])
      await expect(decodeImage(source, options)).rejects.toThrow(
        `"image" (${url}) expected a file that can be opened here; ` +
          'fetch it, and pass the Blob: await (await fetch(url)).blob()',
      )
  }
  for (const other of [null, 7, {}, undefined]) {
    await expect(decodeImage(other as never, options, 3)).rejects.toThrow(
      '"images[3]" expected a path, bytes, a Blob or pixels as { data, width, height }, got',
    )
  }
})

/** The TIFF header of EXIF data. `isLittle`: its byte order. */
function tiffOf(orientation: number, isLittle: boolean): number[] {
  const tiff = new DataView(new ArrayBuffer(26))
  tiff.setUint16(0, isLittle ? 0x4949 : 0x4d4d)
  tiff.setUint16(2, 42, isLittle)
  tiff.setUint32(4, 8, isLittle)
  tiff.setUint16(8, 1, isLittle)
  tiff.setUint16(10, 0x0112, isLittle)
  tiff.setUint16(12, 3, isLittle)
  tiff.setUint32(14, 1, isLittle)
  tiff.setUint16(18, orientation, isLittle)
  return [...new Uint8Array(tiff.buffer)]
}

/** The beginnings of files with EXIF data, and the index of its name. */
function filesWithExif(orientation: number, isLittle: boolean) {
  const tiff = tiffOf(orientation, isLittle)
  const segment = [...bytes('Exif\0\0'), ...tiff]
  return {
    jpeg: [
      12,
      bytes(
        [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 1, 0xff, 0xe1, 0, segment.length + 2],
        segment,
        [0xff, 0xda, 0, 2],
      ),
    ],
    png: [
      27,
      bytes(
        '\x89PNG\r\n\x1a\n',
        [0, 0, 0, 3],
        'abcd',
        [1, 2, 3, 0, 0, 0, 0],
        [0, 0, 0, tiff.length],
        'eXIf',
        tiff,
        [0, 0, 0, 0],
      ),
    ],
    webp: [
      24,
      bytes('RIFF', [0, 0, 0, 0], 'WEBPVP8 ', [3, 0, 0, 0, 1, 2, 3, 0], 'EXIF', [tiff.length, 0, 0, 0], tiff),
    ],
  } as const
}

it('the orientation of a JPEG, PNG or WebP file is found in both byte orders, and hidden', () => {
  for (const isLittle of [true, false]) {
    for (let orientation = 1; orientation <= 8; orientation++) {
      for (const [format, [offset, file]] of Object.entries(filesWithExif(orientation, isLittle))) {
        const exif = findExif(file)!
        expect(exif, format).toEqual({ offset, orientation })
        const hidden = withoutExif(file, exif)
        expect(findExif(hidden), format).toBeUndefined()
        expect(hidden.filter((byte, i) => byte !== file[i]).length).toBe(1)
        for (let length = 0; length < file.length; length++) findExif(file.subarray(0, length))
      }
    }
  }
  expect(findExif(filesWithExif(9, true).jpeg[1])).toEqual({ offset: 12, orientation: 1 })
  expect(findExif(bytes('\x89PNG'))).toBeUndefined()
})

it('a file may begin anywhere in its memory', () => {
  const [offset, file] = filesWithExif(6, true).png
  const size = padded(bytes('GIF89a', [2, 0, 3, 0]))
  const within = (content: Uint8Array) => {
    const memory = new Uint8Array(content.length + 20).fill(0x50)
    memory.set(content, 7)
    return memory.subarray(7, 7 + content.length)
  }
  expect(findExif(within(file))).toEqual({ offset, orientation: 6 })
  expect(sizeInFile(within(size))).toEqual({ width: 2, height: 3 })
})

it('each orientation turns an image as EXIF defines it', () => {
  // the letters of a 3 x 2 image, and how it is to be shown
  const shown: Readonly<Record<number, readonly string[]>> = {
    1: ['abc', 'def'],
    2: ['cba', 'fed'],
    3: ['fed', 'cba'],
    4: ['def', 'abc'],
    5: ['ad', 'be', 'cf'],
    6: ['da', 'eb', 'fc'],
    7: ['fc', 'eb', 'da'],
    8: ['cf', 'be', 'ad'],
  }
  const data = Uint8Array.from([...'abcdef'].flatMap(letter => [letter.charCodeAt(0), 0, 9]))
  for (const [orientation, lines] of Object.entries(shown)) {
    const turned = turnImage({ data, width: 3, height: 2 }, Number(orientation))
    const letters = String.fromCharCode(...turned.data.filter((_, i) => i % 3 === 0))
    expect([turned.width, turned.height, letters], orientation).toEqual([
      lines[0]!.length,
      lines.length,
      lines.join(''),
    ])
    expect([turned.data[1], turned.data[2]]).toEqual([0, 9])
  }
})

it('the size of a WebP file has 14 bits without its scale, or 24 bits', () => {
  const webp = (format: string, ...content: number[]) =>
    padded(bytes('RIFF', [0, 0, 0, 0], `WEBP${format}`, [0, 0, 0, 0], content))
  const lossy = webp('VP8 ', 0, 0, 0, 0x9d, 1, 0x2a, 0x23, 0xc1, 0x56, 0x44)
  expect(sizeInFile(lossy)).toEqual({ width: 0x123, height: 0x456 })
  const extended = webp('VP8X', 0, 0, 0, 0, 0xff, 0xff, 1, 2, 0, 3)
  expect(sizeInFile(extended)).toEqual({ width: 0x20000, height: 0x30003 })
  expect(sizeInFile(webp('ALPH'))).toBeUndefined()
})

it('the size of a JPEG file is in any segment that begins a frame, also behind a filler byte', () => {
  const fileWith = (marker: number, ...filler: number[]) =>
    bytes([0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 1, ...filler, 0xff, marker, 0, 11, 8, 0, 3, 0, 2, 3, 0, 0, 0, 0])
  const size = { width: 2, height: 3 }
  for (const marker of [0xc0, 0xc1, 0xc3, 0xc5, 0xcb, 0xcf])
    expect(sizeInFile(fileWith(marker))).toEqual(size)
  for (const filler of [[0xff], [0xff, 0xff]]) expect(sizeInFile(fileWith(0xc0, ...filler))).toEqual(size)
  for (const marker of [0xbf, 0xc4, 0xc8, 0xcc, 0xd0]) expect(sizeInFile(fileWith(marker))).toBeUndefined()
})

it('the orientation of a JPEG file is found behind a filler byte', () => {
  const [offset, file] = filesWithExif(6, true).jpeg
  const filled = Uint8Array.from([...file.subarray(0, 8), 0xff, ...file.subarray(8)])
  expect(findExif(filled)).toEqual({ offset: offset + 1, orientation: 6 })
})

it('the directory of EXIF data begins where its header says, in the byte order that it says', () => {
  for (const isLittle of [true, false]) {
    const tiff = tiffOf(8, isLittle)
    const moved = [...tiff.slice(0, 8), 9, 9, 9, 9, ...tiff.slice(8)]
    moved[isLittle ? 4 : 7] = 12
    const file = bytes('\x89PNG\r\n\x1a\n', [0, 0, 0, moved.length], 'eXIf', moved, [0, 0, 0, 0])
    expect(findExif(file)?.orientation).toBe(8)
    moved[isLittle ? 4 : 7] = 200
    const beyond = bytes('\x89PNG\r\n\x1a\n', [0, 0, 0, moved.length], 'eXIf', moved, Array(300).fill(1))
    expect(findExif(beyond)?.orientation).toBe(1)
  }
})

it('the orientation is in any entry of the directory, and from 1 to 8', () => {
  const withEntries = (count: number, value: number) => {
    const tiff = tiffOf(value, true)
    const other = [...tiff.slice(10, 22)]
    other[0] = 0x10
    const all = [...tiff.slice(0, 8), count, 0, ...other, ...tiff.slice(10)]
    return bytes('\x89PNG\r\n\x1a\n', [0, 0, 0, all.length], 'eXIf', all, [0, 0, 0, 0])
  }
  expect(findExif(withEntries(2, 8))?.orientation).toBe(8)
  expect(findExif(withEntries(1, 8))?.orientation).toBe(1)
  expect(findExif(withEntries(2, 0))?.orientation).toBe(1)
  expect(findExif(withEntries(2, 9))?.orientation).toBe(1)
})
