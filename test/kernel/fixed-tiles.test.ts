// Scores in whole numbers: every number of query rows, which the tiles split in different ways, has the same scores as in the
// plain kernel. Queries that screen int8 documents are in one limb on an engine that adds four products with one instruction, and
// signed bytes on one that needs several.

import { expect, it } from 'vitest'
import { BYTES, I8, I16, LIMB, OFFSET_ROWS, QUAD_TILE_ROWS } from '../../src/kernel/constants.generated.js'
import { hasByteProducts } from '../../src/kernel/int8-products.js'
import type { Kernel } from '../../src/kernel/kernel.js'
import { chooseKernel, startKernel } from '../../src/kernel/load-kernel.js'
import { bitsOf } from '../support/floats.js'
import { between, type Random, random, randomRows } from '../support/random.js'
import { relaxedBinaryForEveryEngine } from '../support/relaxed-binary.js'

const relaxed = (products: Parameters<typeof relaxedBinaryForEveryEngine>[0]) =>
  startKernel(new WebAssembly.Module(relaxedBinaryForEveryEngine(products)), undefined)
const plain = async () => startKernel((await chooseKernel('reference', undefined)).module, undefined)

/** Document rows around one and two tiles, and around the rows whose offsets are computed at a time. */
const DOCUMENT_ROWS = [
  1,
  2,
  3,
  5,
  QUAD_TILE_ROWS + 1,
  2 * QUAD_TILE_ROWS + 1,
  OFFSET_ROWS - 1,
  OFFSET_ROWS + 3,
]

/** The bytes of a packed query row. The plain kernel packs int16 whatever the code. */
const ROW_BYTES = {
  [I16]: (dim: number) => 16 * Math.ceil(dim / 8),
  [LIMB]: (dim: number) => 4 * Math.ceil(dim / 4),
  [BYTES]: (dim: number) => 16 * Math.ceil(dim / 16) + 4,
}

type MakeRows = (next: Random, rows: number, dim: number) => { readonly data: ArrayLike<number> }

/** The bits of the scores of documents with `DOCUMENT_ROWS` for queries with these numbers of rows. */
function scoresOf(
  { name, memory, functions }: Kernel,
  dtype: typeof LIMB | typeof BYTES | typeof I16,
  dim: number,
  counts: readonly number[],
  makeQueryRows: MakeRows = randomRows,
  makeDocumentRows: MakeRows = randomRows,
): number[] {
  const next = random(76)
  const rowBytes = ROW_BYTES[name === 'reference' ? I16 : dtype](dim)
  const slots = counts.map(rows => 4 * Math.ceil(rows / 4))
  const total = slots.reduce((sum, each) => sum + each, 0)
  const scores = counts.length * DOCUMENT_ROWS.length
  const [rows, packed, factors, lengths, errors] = [4 * dim, rowBytes, 8, 4, 4].map(bytes =>
    memory.allocate(bytes * total + 64),
  ) as [number, number, number, number, number]
  const [countsAt, table, best, scratch, out] = [
    4 * counts.length,
    256,
    64 * total,
    64 * dim + 768,
    4 * scores,
  ].map(bytes => memory.allocate(bytes)) as [number, number, number, number, number]
  let slot = 0
  for (const [i, count] of counts.entries()) {
    const at = rows + 4 * slot * dim
    memory.f32(at, slots[i]! * dim).fill(0)
    memory.f32(at, count * dim).set(makeQueryRows(next, count, dim).data)
    const target = packed + slot * rowBytes
    functions.packFixed(
      dtype,
      at,
      count,
      dim,
      target,
      factors + 8 * slot,
      lengths + 4 * slot,
      errors + 4 * slot,
    )
    slot += slots[i]!
  }
  memory.u32(countsAt, counts.length).set(counts)
  for (const [i, count] of DOCUMENT_ROWS.entries()) {
    const source = memory.allocate(4 * count * dim)
    const target = memory.allocate(2 * count * (dim + 1) + 16)
    const largest = between(next, 1, 4)
    memory.f32(source, count * dim).set(makeDocumentRows(next, count, dim).data)
    functions.encode(dtype === I16 ? I16 : I8, source, count, dim, largest, target, table + 16 * i + 4)
    const scale = memory.u32(table + 16 * i + 4, 1)[0]!
    memory.u32(table + 16 * i, 4).set([target, count, scale, 0])
  }
  functions.maxsimFixed(
    dtype,
    packed,
    factors,
    countsAt,
    counts.length,
    dim,
    table,
    DOCUMENT_ROWS.length,
    best,
    scratch,
    out,
  )
  return [...bitsOf(memory.f32(out, scores))]
}

const DIMS = [1, 4, 7, 37, 128]
const COUNTS = [...Array.from({ length: 41 }, (_, rows) => [rows + 1]), [20, 3, 16]]

it('the engines multiply int8 in two ways', async () => {
  const engines = await Promise.all([relaxed('one instruction'), relaxed('several instructions')])
  expect(engines.map(({ functions }) => functions.fourProducts(127, 255))).toEqual([129540, 65534])
  expect(engines.map(hasByteProducts)).toEqual([false, true])
  expect(hasByteProducts(await plain())).toBe(false)
})

it.each([
  ['one limb', LIMB, 'one instruction'],
  ['one limb', LIMB, 'several instructions'],
  ['signed bytes', BYTES, 'several instructions'],
] as const)(
  'every number of query rows in %s has the scores of the plain kernel: code %i, %s',
  async (_name, dtype, products) => {
    const [reference, emulated] = await Promise.all([plain(), relaxed(products)])
    for (const dim of DIMS) {
      for (const counts of COUNTS) {
        const scores = scoresOf(reference, dtype, dim, counts)
        expect(scoresOf(emulated, dtype, dim, counts), `dim ${dim}, ${counts} query rows`).toEqual(scores)
      }
    }
  },
)

const sign = (next: Random) => (next() < 0.5 ? -1 : 1)

/** Makes rows of elements of one sign. */
const rowsOf =
  (element: (next: Random, k: number, place: number) => number): MakeRows =>
  (next, rows, dim) => {
    const data = Array.from({ length: rows }, () => {
      const [direction, place] = [sign(next), between(next, 0, dim - 1)]
      return Array.from({ length: dim }, (_, k) => direction * element(next, k, place))
    })
    return { data: data.flat() }
  }

// a document's elements are the largest of int8, so that the sums are the largest too
it.each<[name: string, makeRows: MakeRows]>([
  ['equal elements', rowsOf(() => 1)],
  ['nearly equal elements, many of which are rounded up', rowsOf(next => 0.8 + 0.4 * next())],
  [
    'elements that would all be rounded up if the sum could be 126',
    rowsOf((_next, k) => (k === 5 ? 17.5 : k < 16 ? 15.5 : 0)),
  ],
  [
    'elements in one lane',
    rowsOf((_next, k, place) => Number(k >> 4 === place >> 4 && ((k ^ place) & 2) === 0)),
  ],
  ['one element', rowsOf((_next, k, place) => Number(k === place))],
])('sums of signed bytes do not saturate with %s', async (_name, makeRows) => {
  const [reference, emulated] = await Promise.all([plain(), relaxed('several instructions')])
  for (const dim of [1, 16, 37, 128]) {
    const of = (kernel: Kernel) =>
      scoresOf(
        kernel,
        BYTES,
        dim,
        [40],
        makeRows,
        rowsOf(() => 1),
      )
    expect(of(emulated), `dim ${dim}`).toEqual(of(reference))
  }
})

it('every number of query rows in int16 has the scores of the plain kernel', async () => {
  const simd = await startKernel((await chooseKernel('simd', undefined)).module, undefined)
  const [reference, emulated] = await Promise.all([plain(), relaxed('one instruction')])
  for (const dim of DIMS) {
    for (const counts of COUNTS) {
      const what = `dim ${dim}, ${counts} query rows`
      const scores = scoresOf(reference, I16, dim, counts)
      expect(scoresOf(simd, I16, dim, counts), `simd, ${what}`).toEqual(scores)
      expect(scoresOf(emulated, I16, dim, counts), `relaxed-simd, ${what}`).toEqual(scores)
    }
  }
})
