// Scores in whole numbers: every number of query rows, which the tiles split in different ways, has the same scores as in the
// plain kernel. Queries in one limb, which screen int8 documents, are scored on an engine that adds four products with one
// instruction and on one that needs several.

import { expect, it } from 'vitest'
import { I8, I16, LIMB, OFFSET_ROWS, QUAD_TILE_ROWS } from '../../src/kernel/constants.generated.js'
import type { Kernel } from '../../src/kernel/kernel.js'
import { chooseKernel, startKernel } from '../../src/kernel/load-kernel.js'
import { bitsOf } from '../support/floats.js'
import { between, random, randomRows } from '../support/random.js'
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

/** The bits of the scores of documents with `DOCUMENT_ROWS` for queries with these numbers of rows. */
function scoresOf(
  { name, memory, functions }: Kernel,
  dtype: typeof LIMB | typeof I16,
  dim: number,
  counts: readonly number[],
): number[] {
  const next = random(76)
  // the plain kernel packs int16 in place of limbs
  const hasLimbs = dtype === LIMB && name !== 'reference'
  const rowBytes = hasLimbs ? 4 * Math.ceil(dim / 4) + 4 : 16 * Math.ceil(dim / 8)
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
    memory.f32(at, count * dim).set(randomRows(next, count, dim).data)
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
    memory.f32(source, count * dim).set(randomRows(next, count, dim).data)
    functions.encode(dtype === LIMB ? I8 : I16, source, count, dim, largest, target, table + 16 * i + 4)
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

it('every number of query rows in one limb has the scores of the plain kernel', async () => {
  const [reference, one, several] = await Promise.all([
    plain(),
    relaxed('one instruction'),
    relaxed('several instructions'),
  ])
  expect([one.functions, several.functions].map(({ fourProducts }) => fourProducts(127, 255))).toEqual([
    129540, 65534,
  ])
  for (const dim of DIMS) {
    for (const counts of COUNTS) {
      const what = `dim ${dim}, ${counts} query rows`
      const scores = scoresOf(reference, LIMB, dim, counts)
      expect(scoresOf(one, LIMB, dim, counts), `one instruction, ${what}`).toEqual(scores)
      expect(scoresOf(several, LIMB, dim, counts), `several instructions, ${what}`).toEqual(scores)
    }
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
