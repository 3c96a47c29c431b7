// Compares the encoders of pages with FastEmbed on tiny models of both kinds: resizing and decoding with Pillow bit for bit,
// prompts and tokens by their ids, rows to within 1e-5.

import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { decodeImage } from '../../../src/encode/images/decode-image.js'
import { turnImage } from '../../../src/encode/images/exif.js'
import { createEncoder } from '../../../src/encode/index.js'
import { parseEncoderOptions } from '../../../src/encode/model/model-options.js'
import { loadTransformers } from '../../../src/encode/model/transformers.js'
import { loadPageModel } from '../../../src/encode/pages/load-page-model.js'
import { loadPixelKernel } from '../../../src/kernel/pixels/pixel-kernel.js'
import { resizeImage } from '../../support/resize-image.js'
import {
  hashOf,
  hasPython,
  makePageFixtures,
  pageModels,
  pageShapes,
  pictures,
  readItems,
  readPageRows,
  readPictures,
  readResizes,
  unitFixtures,
} from './pages/page-fixtures.js'

const DECODING = { orient: false, maxPixels: 1e8 }
const pathOf = (file: string) => join(pictures, 'files', file)

describe.runIf(hasPython)('pages, compared with FastEmbed and Pillow', () => {
  beforeAll(makePageFixtures, 120_000)

  it('are resized as by Pillow 13, bit for bit, for 500 sizes and all filters', async () => {
    const kernel = await loadPixelKernel()
    const { pillow, cases, bytes } = readResizes()
    let at = 0
    const differing: string[] = []
    for (const [filter, width, height, newWidth, newHeight] of cases) {
      const end = at + width * height * 3
      const data = bytes.subarray(at, end)
      at = end + newWidth * newHeight * 3
      const expected = bytes.subarray(end, at)
      const resized = resizeImage(kernel, { data, width, height }, [newWidth, newHeight], filter)
      if (Buffer.compare(Buffer.from(resized.data), expected) !== 0)
        differing.push([filter, width, height, newWidth, newHeight].join())
    }
    expect([pillow.split('.')[0], cases.length, at]).toEqual(['13', 500, bytes.length])
    expect(differing).toEqual([])
  })

  it('are decoded as by Pillow, bit for bit, whatever the file has', async () => {
    const differing: string[] = []
    const all = readPictures()
    for (const { file, width, height, hash } of all) {
      const image = await decodeImage(pathOf(file), DECODING)
      if (image.width !== width || image.height !== height || hashOf(image.data) !== hash)
        differing.push(file)
    }
    expect(differing).toEqual([])
    expect(all.length).toBe(60)
  })

  it('are turned by their EXIF data if that is wanted', async () => {
    for (let orientation = 1; orientation <= 8; orientation++) {
      const file = pathOf(`orientation-${orientation}.jpg`)
      const stored = await decodeImage(file, DECODING)
      const turned = await decodeImage(file, { ...DECODING, orient: true })
      expect(hashOf(turned.data), `orientation ${orientation}`).toBe(
        hashOf(turnImage(stored, orientation).data),
      )
      const isUpright = orientation < 5
      expect([turned.width, turned.height]).toEqual(isUpright ? [161, 228] : [228, 161])
    }
  })

  it('are what the fixtures of the unit suite were made of, byte for byte', () => {
    const committed = 'test/encode/pages/fixtures'
    const files = (folder: string) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter(file => file.endsWith('.json'))
        .sort()
    expect(files(committed)).toEqual(files(unitFixtures))
    for (const file of files(committed)) {
      expect(readFileSync(join(committed, file)).equals(readFileSync(join(unitFixtures, file))), file).toBe(
        true,
      )
    }
  })

  describe.each(pageShapes)('a model of the shape %s', shape => {
    const model = join(pageModels, shape)

    it('gets the ids and the numbers that FastEmbed passes, bit for bit', async () => {
      const kind = shape === 'colpali' ? 'colpali' : 'colmodernvbert'
      const { pages, session } = await loadPageModel(
        model,
        kind,
        await loadTransformers(),
        parseEncoderOptions({ model }),
      )
      for (const { file, query, ids, pixels, hash } of readItems(shape)) {
        const name = file ?? JSON.stringify(query)
        const input = file
          ? pages.image(await decodeImage(pathOf(file), DECODING))
          : { ...pages.text(query!), pixels: pages.noImage }
        expect([...input.ids], name).toEqual(ids)
        const { data, dims } = input.pixels
        expect([dims, hashOf(data)], name).toEqual([pixels, hash])
      }
      await session.dispose()
    })

    it('returns FastEmbed’s rows for pictures and texts, to within 1e-5', async () => {
      const encoder = await createEncoder({ model, emptyText: 'encode' })
      expect([encoder.takesImages, encoder.type, encoder.dim]).toEqual([true, 'colbert', 128])
      const [items, expected] = [readItems(shape), readPageRows(shape)]
      let [offset, largest] = [0, 0]
      for (const { file, query, rows } of items) {
        const encoded = file ? (await encoder.images([pathOf(file)]))[0]! : await encoder.query(query!)
        const labels = 'rows' in encoded ? encoded.rows : encoded.tokens
        expect([labels.length, encoded.data.length], file ?? query!).toEqual([rows, rows * 128])
        for (const value of encoded.data) {
          const difference = Math.abs(value - expected[offset++]!)
          if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference
        }
      }
      expect(offset).toBe(expected.length)
      console.log(
        `${shape}: ${items.length} items, ${offset / 128} rows, largest difference ${largest.toExponential(1)}`,
      )
      expect(largest).toBeLessThan(1e-5)
      await encoder.dispose()
    })

    it('has rows whose patches cover the page, each place by as many as its tiles', async () => {
      const encoder = await createEncoder({ model })
      const [{ rows, layout }] = (await encoder.images([pathOf('size-161x228.png')])) as [
        Awaited<ReturnType<typeof encoder.images>>[0],
      ]
      const patches = rows.filter(row => row.type === 'patch')
      const areaOf = (tile: (number: number) => boolean) =>
        patches
          .filter(row => tile(row.tile))
          .reduce((sum, { rectangle: { width, height } }) => sum + width * height, 0)
      const whole = layout.starts.length - 1
      expect(areaOf(tile => tile === whole)).toBeCloseTo(161 * 228, 3)
      expect(areaOf(tile => tile < whole)).toBeCloseTo(whole === 0 ? 0 : 161 * 228, 3)
      expect(patches.length).toBe(layout.starts.length * layout.side ** 2)
      expect(layout.tiles).toEqual(shape === 'colpali' ? { rows: 0, columns: 0 } : { rows: 4, columns: 3 })
      await encoder.dispose()
    })
  })

  it('move only the rows of the patches that a square was painted on', async () => {
    for (const shape of ['colpali', 'colmodernvbert-small'] as const) {
      const encoder = await createEncoder({ model: join(pageModels, shape) })
      const [width, height] = [300, 400]
      const white = new Uint8Array(width * height * 3).fill(255)
      const painted = white.slice()
      const square = { x: 180, y: 60, width: 40, height: 30 }
      for (let y = square.y; y < square.y + square.height; y++) {
        painted.fill(0, (y * width + square.x) * 3, (y * width + square.x + square.width) * 3)
      }
      const [before, after] = await encoder.images([
        { data: white, width, height },
        { data: painted, width, height },
      ])
      const margin = 12
      for (const [i, row] of before!.rows.entries()) {
        const moved = before!.data
          .subarray(i * 128, (i + 1) * 128)
          .some((value, k) => value !== after!.data[i * 128 + k])
        if (row.type === 'text') {
          expect(moved, `text row ${i}`).toBe(false)
          continue
        }
        const { x, y, width, height } = row.rectangle
        const overlaps = (grow: number) =>
          x < square.x + square.width + grow &&
          x + width > square.x - grow &&
          y < square.y + square.height + grow &&
          y + height > square.y - grow
        if (moved) expect(overlaps(margin), `${shape}: row ${i}`).toBe(true)
        if (overlaps(-3)) expect(moved, `${shape}: row ${i}`).toBe(true)
      }
      await encoder.dispose()
    }
  })

  it('come as paths, URLs, bytes, Blobs and pixels with the same rows', async () => {
    const encoder = await createEncoder({ model: join(pageModels, 'colmodernvbert-small') })
    const path = pathOf('size-37x23.png')
    const bytes = readFileSync(path)
    const { data, width, height } = await decodeImage(path, DECODING)
    const rgba = new Uint8ClampedArray(width * height * 4).map((_, i) =>
      i % 4 === 3 ? 77 : data[(i >> 2) * 3 + (i % 4)]!,
    )
    const inputs = [
      path,
      new URL(`file://${path}`),
      bytes,
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length),
      new Blob([bytes]),
      { data, width, height },
      { data: rgba, width, height },
    ]
    const progress: string[] = []
    const encoded = await encoder.images(inputs, {
      onProgress: (done, total) => progress.push(`${done}/${total}`),
    })
    for (const { data, layout } of encoded) {
      expect([hashOf(data), layout]).toEqual([hashOf(encoded[0]!.data), encoded[0]!.layout])
    }
    expect(progress.at(-1)).toBe('7/7')
    await encoder.dispose()
  })

  it('are refused by name if they are no images, are missing, or are too large', async () => {
    const encoder = await createEncoder({ model: join(pageModels, 'colpali') })
    const refusal = (image: Parameters<typeof encoder.images>[0][0], options = {}) =>
      encoder.images(['unused' as never].slice(1).concat([image as never]), options).then(
        () => 'encoded',
        (error: Error & { reason?: string }) => `${error.name} ${error.reason ?? ''}: ${error.message}`,
      )
    expect(await refusal(new TextEncoder().encode('no image'))).toBe(
      'ImageError format: "images[0]" is not an image that can be decoded (Input buffer contains unsupported image format); ' +
        'pass a PNG, JPEG, WebP, GIF or TIFF file, or pixels',
    )
    expect(
      await refusal(
        new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
      ),
    ).toBe(
      'ImageError format: "images[0]" is not an image that can be decoded (its format is svg); ' +
        'pass a PNG, JPEG, WebP, GIF or TIFF file, or pixels',
    )
    expect(await refusal('no/such.png')).toMatch(
      /^ImageError missing: "images\[0\]" \(no\/such\.png\) cannot be read \(ENOENT: .*\); check the path$/,
    )
    const file = pathOf('size-161x228.png')
    expect(await refusal(file, { maxPixels: 36_000 })).toBe(
      `ImageError pixels: "images[0]" (${file}) has 161 x 228 pixels, more than 36000; scale it down, or raise "maxPixels"`,
    )
    expect(await refusal(readFileSync(file).subarray(0, 300))).toMatch(
      /^ImageError format: "images\[0\]" is not an image that can be decoded \(/,
    )
    expect(await refusal(7 as never)).toBe(
      'TypeError : "images[0]" expected a path, bytes, a Blob or pixels as { data, width, height }, got number',
    )
    expect(await refusal({ data: new Uint8Array(5), width: 2, height: 1 })).toBe(
      'RangeError : "images[0]" expected 6 or 8 bytes for 2 x 1 pixels, got 5',
    )
    await encoder.dispose()
    expect(await refusal(file)).toBe(
      'DisposedError : "encoder" was disposed; create a new one with createEncoder()',
    )
  })
})
