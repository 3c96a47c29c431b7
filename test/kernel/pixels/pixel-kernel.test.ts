// The kernel of pictures against plain TypeScript: every size around the 16 lines and the 64 pixels that it computes together, weights
// of any value, and the numbers of squares.

import { expect, it, vi } from 'vitest'
import { type FilterNumber, weightsOf } from '../../../src/encode/images/resize-filter.js'
import { BLOCK_LINES, BLOCK_PIXELS } from '../../../src/kernel/constants.generated.js'
import { loadPixelKernel, type Pixels, type Weights } from '../../../src/kernel/pixels/pixel-kernel.js'
import { random } from '../../support/random.js'
import { resizeImage } from '../../support/resize-image.js'
import { resizeColumnsPlainly, resizeLinesPlainly, resizePlainly } from '../../support/resize-reference.js'

const kernel = await loadPixelKernel()

function makePixels(width: number, height: number, next: () => number): Pixels {
  const data = Uint8Array.from({ length: width * height * 3 }, () => next() * 256)
  // the extremes are frequent
  for (let i = 0; i < data.length; i++) if (next() < 0.3) data[i] = next() < 0.5 ? 0 : 255
  return { data, width, height }
}

const expectSame = (found: Pixels, expected: Pixels, name: string) => {
  expect([found.width, found.height], name).toEqual([expected.width, expected.height])
  expect(Buffer.compare(Buffer.from(found.data), Buffer.from(expected.data)), name).toBe(0)
}

/** Sizes at which the code takes another path: one byte, a vector, a block of lines, a block of pixels, and beside them. */
const EDGES = [1, 2, 3, 5, 6, BLOCK_LINES - 1, BLOCK_LINES, BLOCK_LINES + 1, 2 * BLOCK_LINES, BLOCK_PIXELS - 1, BLOCK_PIXELS, BLOCK_PIXELS + 1, 2 * BLOCK_PIXELS + 3] // biome-ignore format: a list of numbers

it('resizes to and from every size around its blocks as plain code does', () => {
  const next = random(21)
  const filters = [1, 2, 3, 4, 5] as const
  let cases = 0
  for (const from of EDGES) {
    for (const to of EDGES) {
      const other = EDGES[cases % EDGES.length]!
      const filter: FilterNumber = filters[cases++ % filters.length]!
      const name = `${from} to ${to} by ${filter}, beside ${other}`
      const weights = weightsOf(from, to, filter)
      const wide = makePixels(from, other, next)
      expectSame(
        kernel.read(kernel.resizeLines(kernel.load(wide), weights)),
        resizeLinesPlainly(wide, weights),
        `width ${name}`,
      )
      const tall = makePixels(other, from, next)
      expectSame(
        kernel.read(kernel.resizeColumns(kernel.load(tall), weights)),
        resizeColumnsPlainly(tall, weights),
        `height ${name}`,
      )
    }
  }
  expect(cases).toBe(EDGES.length ** 2)
})

it('resizes wide lines to whole blocks of pixels in the memory that these need', async () => {
  const wide = makePixels(4000, BLOCK_LINES, random(27))
  for (const width of [BLOCK_PIXELS, 7 * BLOCK_PIXELS]) {
    const fresh = await loadPixelKernel()
    const weights = weightsOf(wide.width, width, 3)
    expectSame(
      fresh.read(fresh.resizeLines(fresh.load(wide), weights)),
      resizeLinesPlainly(wide, weights),
      `width ${width}`,
    )
  }
})

it('resizes pictures of random sizes in Pillow’s order of the two passes', () => {
  const next = random(22)
  const side = () => 1 + Math.floor(next() ** 2 * 200)
  for (let i = 0; i < 30; i++) {
    const image = makePixels(side(), side(), next)
    const size = [side(), side()] as const
    const filter = (1 + Math.floor(next() * 5)) as FilterNumber
    const name = `${image.width} x ${image.height} to ${size.join(' x ')} by ${filter}`
    expectSame(resizeImage(kernel, image, size, filter), resizePlainly(image, size, filter), name)
  }
})

/** Weights in odd and even numbers, as no filter has them. Those of a pixel are the largest of which the sum fits i32. */
function makeWeights(from: number, to: number, next: () => number): Weights {
  const stride = 9
  const starts = Int32Array.from({ length: to }, (_, i) => Math.floor((i * Math.max(1, from - stride)) / to))
  let end = 0
  const counts = starts.map(start => {
    // no pixel reaches farther than the next, as with every filter
    end = Math.max(end, Math.min(from, start + 1 + Math.floor(next() * stride)))
    return end - start
  })
  const weights = Int32Array.from({ length: to * stride }, (_, i) => {
    const most = (2 ** 31 - 2 ** 21) / 255 / counts[Math.floor(i / stride)]!
    return (next() * 2 - 1) * most
  })
  return { stride, starts, counts, weights }
}

it('multiplies weights of any size and sign, and clips at 0 and 255', () => {
  const next = random(23)
  const seen = new Set<number>()
  for (const [from, to] of [
    [70, 131],
    [131, 70],
    [9, 300],
    [1, 17],
  ] as const) {
    const weights = makeWeights(from, to, next)
    const wide = makePixels(from, 18, next)
    const lines = kernel.read(kernel.resizeLines(kernel.load(wide), weights))
    expectSame(lines, resizeLinesPlainly(wide, weights), `width ${from} to ${to}`)
    const tall = makePixels(18, from, next)
    const columns = kernel.read(kernel.resizeColumns(kernel.load(tall), weights))
    expectSame(columns, resizeColumnsPlainly(tall, weights), `height ${from} to ${to}`)
    for (const byte of lines.data) seen.add(byte)
  }
  expect([seen.has(0), seen.has(255), seen.size > 200]).toEqual([true, true, true])
})

it('writes the numbers of squares by the tables of their channels', () => {
  const next = random(24)
  const pixels = makePixels(37, 29, next)
  const tables = [1, 2, 3].map(channel =>
    Float32Array.from({ length: 256 }, (_, byte) => byte / channel - 0.5),
  )
  for (const side of [1, 7, 16]) {
    const picture = kernel.load(pixels)
    const squares = [
      [0, 0],
      [37 - side, 0],
      [3, 29 - side],
    ] as const
    const numbers = kernel.numbers(
      squares.map(([left, top]) => ({ picture, left, top })),
      side,
      tables,
    )
    const expected = squares.flatMap(([left, top]) =>
      tables.flatMap((table, channel) =>
        Array.from({ length: side * side }, (_, i) => {
          const [x, y] = [left + (i % side), top + Math.floor(i / side)]
          return table[pixels.data[(y * 37 + x) * 3 + channel]!]!
        }),
      ),
    )
    expect(numbers).toEqual(Float32Array.from(expected))
  }
})

it('frees a large memory after the numbers, and works in the new one', () => {
  const next = random(25)
  const tables = [0, 1, 2].map(() => new Float32Array(256).fill(0.5))
  // 69 MB, more than the 64 MiB that are kept
  const large = { data: new Uint8Array(23e6 * 3), width: 23_000, height: 1000 }
  const { Instance } = WebAssembly
  const instances = vi.spyOn(WebAssembly, 'Instance').mockImplementation(function start(module) {
    return new Instance(module)
  })
  const picture = kernel.load(large)
  expect(kernel.numbers([{ picture, left: 0, top: 0 }], 4, tables)).toEqual(new Float32Array(48).fill(0.5))
  expect(instances, 'a new memory').toHaveBeenCalledTimes(1)
  const small = makePixels(90, 40, next)
  expectSame(
    resizeImage(kernel, small, [50, 60], 1),
    resizePlainly(small, [50, 60], 1),
    'after a large picture',
  )
  expect(instances, 'a small memory is kept').toHaveBeenCalledTimes(1)
  instances.mockRestore()
})

it('takes memory for the results of passes only, not for their weights', async () => {
  const memories: WebAssembly.Memory[] = []
  const { Instance } = WebAssembly
  const instances = vi.spyOn(WebAssembly, 'Instance').mockImplementation(function start(module) {
    const instance = new Instance(module)
    memories.push(instance.exports.memory as WebAssembly.Memory)
    return instance
  })
  const fresh = await loadPixelKernel()
  instances.mockRestore()
  const picture = fresh.load(makePixels(64, 16, random(26)))
  const weights = weightsOf(64, 64, 1)
  const columns = weightsOf(16, 16, 1)
  const bytes = () => memories[0]!.buffer.byteLength
  const before = bytes()
  for (let i = 0; i < 100; i++) {
    fresh.resizeLines(picture, weights)
    fresh.resizeColumns(picture, columns)
  }
  expect(memories).toHaveLength(1)
  expect(bytes() - before).toBeLessThan(200 * 64 * 16 * 3 + 65_536)
})

it('refuses a picture that no memory of WebAssembly holds', () => {
  const endless = { data: new Uint8Array(3), width: 89_478_485, height: 1 }
  expect(() => kernel.load(endless)).toThrow(
    'the image needs more memory than WebAssembly has; scale it down',
  )
})
