// Every kernel has the same results, call by call: stored rows, scores in whole numbers, rankings and sums that are exact, bit for
// bit, also of zeros, of denormal and of very large numbers. The other kernels are compared with the plain one.

import { beforeAll, describe, expect, it } from 'vitest'
import { DTYPES, type Dtype } from '../../src/core/dtype.js'
import { METRICS } from '../../src/core/metric.js'
import { availableKernels, type FlatMultiVector } from '../../src/index.js'
import { PIECE_ROWS, UNIT } from '../../src/kernel/constants.generated.js'
import type { Kernel } from '../../src/kernel/kernel.js'
import { chooseKernel, startKernel } from '../../src/kernel/load-kernel.js'
import { DTYPE_NAMES, METRIC_NAMES } from '../support/names.js'
import { between, pick, type Random, random } from '../support/random.js'

let kernels: readonly Kernel[]
beforeAll(async () => {
  const start = async (name: Kernel['name']) =>
    startKernel((await chooseKernel(name, undefined)).module, undefined)
  kernels = await Promise.all(availableKernels().map(start))
})

/** Expects every kernel to return what the plain one returns. */
function expectSame<T>(run: (kernel: Kernel) => T, what: string): void {
  const expected = run(kernels.at(-1)!)
  for (const kernel of kernels.slice(0, -1)) expect(run(kernel), `${kernel.name}, ${what}`).toEqual(expected)
}

/** Numbers of rows, by what is special about them. */
const NUMBERS: Readonly<Record<string, (next: Random) => number>> = {
  zeros: next => pick(next, [0, -0]),
  'whole numbers': next => between(next, -9, 9),
  fractions: next => 4 * next() - 2,
  'numbers around a byte': next => between(next, -200, 600) / 2,
  'denormal numbers': next => between(next, -9, 9) * 2 ** -149,
  'numbers of all magnitudes': next => (next() - 0.5) * 10 ** between(next, -30, 29),
  'the largest numbers': next => pick(next, [2 ** 99, -(2 ** 98)]),
}
const DIMS = [1, 7, 33]

/** Rows of numbers. The last of several rows is one of zeros. */
function makeRows(next: Random, kind: string, rows: number, dim: number): FlatMultiVector {
  const numbers = rows > 1 ? (rows - 1) * dim : dim
  const data = Float32Array.from({ length: rows * dim }, (_, i) => (i < numbers ? NUMBERS[kind]!(next) : 0))
  return { data, dim }
}

const largestOf = (values: ArrayLike<number>) =>
  Array.from(values).reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)

/** Bits of f32, in which the zeros differ. */
const bitsOf = (values: Float32Array) => [...new Uint32Array(values.slice().buffer)]

/** Calls `use` with the addresses of regions whose bytes are not zero, and frees them. */
function withRegions<T>({ memory }: Kernel, sizes: readonly number[], use: (...addresses: number[]) => T): T {
  const addresses = sizes.map(bytes => {
    const address = memory.allocate(bytes + 64)
    memory.u32(address, (bytes + 64) >> 2).fill(0x3f3f3f3f)
    return address
  })
  try {
    return use(...addresses)
  } finally {
    for (const address of addresses) memory.free(address)
  }
}

/** A document as a kernel stores it. */
interface Stored {
  readonly bytes: number[]
  readonly decoded: number[]
  /** Its length and error. Kernels add numbers in different orders. */
  readonly figures: readonly string[]
  /** The first three words of its entry in a table. */
  readonly entry: readonly number[]
}

/** Stores a document at `address`. f32 rows stay as they are. */
function store(kernel: Kernel, dtype: Dtype, { data, dim }: FlatMultiVector, address: number): Stored {
  const { memory, functions } = kernel
  const { code, rowBytes } = DTYPES[dtype]
  const rows = data.length / dim
  return withRegions(
    kernel,
    [4 * data.length, 12, 4 * data.length + 16],
    (source = 0, figures = 0, decoded = 0) => {
      memory.f32(source, data.length).set(data)
      if (dtype === 'f32') memory.f32(address, data.length).set(data)
      functions.encode(code, source, rows, dim, largestOf(data), address, figures)
      const [scale = 0, length = 0, error = 0] = memory.f32(figures, 3)
      if (dtype !== 'f32') functions.decode(code, address, rows, dim, scale, decoded)
      const bytes = [...new Uint8Array(memory.f32(0, 0).buffer, address, rows * rowBytes(dim))]
      const values = dtype === 'f32' ? [] : bitsOf(memory.f32(decoded, data.length))
      return {
        bytes,
        decoded: values,
        figures: [length, error].map(figure => figure.toPrecision(5)),
        entry: [rows, memory.u32(figures, 1)[0]!],
      }
    },
  )
}

const WEIGHTS = [1, -2, 0.5, 0] as const

/** The scores of documents for queries in whole numbers, after `packFixed` of each query. */
function scoreFixed(
  kernel: Kernel,
  dtype: Dtype,
  queries: readonly FlatMultiVector[],
  documents: readonly FlatMultiVector[],
) {
  const { memory, functions } = kernel
  const { dim } = queries[0]!
  const { code, rowBytes, queryRowBytes } = DTYPES[dtype]
  const counts = queries.map(({ data }) => data.length / dim)
  const slots = counts.reduce((sum, rows) => sum + 4 * Math.ceil(rows / 4), 0)
  const scores = queries.length * documents.length
  const sizes = documents.map(({ data }) => (data.length / dim) * rowBytes(dim))
  return withRegions(
    kernel,
    [4 * slots * dim, slots * queryRowBytes(dim), 8 * slots, 4 * slots, 4 * slots, 4 * counts.length]
      .concat([
        16 * documents.length,
        64 * slots,
        PIECE_ROWS * Math.max(4 * dim, 16 * Math.ceil(dim / 8)) + 768,
      ])
      .concat(4 * scores, sizes),
    (rows = 0, packed = 0, factors = 0, lengths = 0, errors = 0, countsAt = 0, ...others) => {
      const [table = 0, best = 0, scratch = 0, out = 0, ...addresses] = others
      const figures: number[][] = []
      let slot = 0
      memory.f32(rows, slots * dim).fill(0)
      for (const [q, { data }] of queries.entries()) {
        const from = rows + 4 * slot * dim
        memory.f32(from, data.length).set(data)
        const at = [packed + slot * queryRowBytes(dim), factors + 8 * slot] as const
        functions.packFixed(code, from, counts[q]!, dim, ...at, lengths + 4 * slot, errors + 4 * slot)
        figures.push(...[lengths, errors].map(each => bitsOf(memory.f32(each + 4 * slot, counts[q]!))))
        const weighted = memory.f64(factors + 8 * slot, counts[q]!)
        weighted.set(weighted.map((factor, i) => factor * WEIGHTS[i % 4]!))
        slot += 4 * Math.ceil(counts[q]! / 4)
      }
      memory.u32(countsAt, counts.length).set(counts)
      const stored = documents.map((document, i) => {
        const { entry, ...rest } = store(kernel, dtype, document, addresses[i]!)
        memory.u32(table + 16 * i, 4).set([addresses[i]!, ...entry, 0])
        return { entry, ...rest }
      })
      const block = [countsAt, counts.length, dim, table, documents.length, best, scratch, out] as const
      // f16 rows are scored in f32
      if (dtype !== 'f16') functions.maxsimFixed(code, packed, factors, ...block)
      return { figures, stored, scores: dtype === 'f16' ? [] : bitsOf(memory.f32(out, scores)) }
    },
  )
}

const isHalf = (kind: string) => !/largest|magnitudes/.test(kind)
const kindsOf = (dtype: Dtype) => Object.keys(NUMBERS).filter(kind => dtype !== 'f16' || isHalf(kind))

describe.each(DTYPE_NAMES)('rows of %s', dtype => {
  it.each(kindsOf(dtype))('have the same bytes and scores on every kernel: %s', kind => {
    const next = random(71)
    for (const dim of DIMS) {
      const query = (rows: number) => {
        const made = makeRows(next, kind, rows, dim)
        // queries for u8 hold bytes
        return dtype === 'u8' ? { ...made, data: Float32Array.from(Uint8ClampedArray.from(made.data)) } : made
      }
      const documents = [1, 2, 5].map(rows => makeRows(next, kind, rows, dim))
      for (const counts of [[1], [6], [5, 1, 8]]) {
        const queries = counts.map(query)
        expectSame(
          kernel => scoreFixed(kernel, dtype, queries, documents),
          `dim ${dim}, queries of ${counts} rows`,
        )
      }
    }
  })
})

it('rows have the same bits after they are divided by their lengths, also those of bytes as they are read', () => {
  const next = random(72)
  for (const kind of Object.keys(NUMBERS)) {
    for (const dim of DIMS) {
      const { data } = makeRows(next, kind, 4, dim)
      const rows = dim * 4
      // of these lengths some count as 1 and some as 0
      const near = [1, 1 + 4e-7, 1 - 3e-7, 1 + 6e-7, 1e-4, 3e-4, 4e-4].map(length => Math.fround(length))
      const bytes = Uint8ClampedArray.from(data)
      expectSame(
        ({ memory, functions, ...kernel }) =>
          withRegions({ memory, functions, ...kernel }, [4 * rows, 28, rows, 4 * rows + 16], (...at) => {
            const [values = 0, lengths = 0, stored = 0, out = 0] = at
            memory.f32(values, rows).set(data)
            memory.f32(lengths, near.length).set(near)
            new Uint8Array(memory.f32(0, 0).buffer, stored, rows).set(bytes)
            functions.normalize(values, 4, dim)
            functions.normalize(lengths, near.length, 1)
            functions.decode(UNIT, stored, 4, dim, 1, out)
            return [values, out]
              .map(address => bitsOf(memory.f32(address, rows)))
              .concat([bitsOf(memory.f32(lengths, near.length))])
          }),
        `${kind}, dim ${dim}`,
      )
    }
  }
})

it.each(METRIC_NAMES)('whole numbers have the same sums with %s, in f32 and in f64', metric => {
  const next = random(73)
  const { code } = METRICS[metric]
  for (const dim of DIMS) {
    const [query, document] = [3, 5].map(rows => makeRows(next, 'whole numbers', rows, dim).data) as [
      Float32Array,
      Float32Array,
    ]
    expectSame(
      kernel =>
        withRegions(kernel, [12 * dim, 20 * dim, 12, 60, 60, 4], (...at) => {
          const { memory, functions } = kernel
          const [rows = 0, others = 0, weights = 0, narrow = 0, wide = 0, score = 0] = at
          memory.f32(rows, query.length).set(query)
          memory.f32(others, document.length).set(document)
          memory.f32(weights, 3).set([2, 1, 0.5])
          functions.similarities(code, 0, rows, 3, dim, others, 5, narrow)
          functions.similarities(code, 1, rows, 3, dim, others, 5, wide)
          functions.maxsimWide(code, rows, weights, 3, dim, others, 5, score)
          return [memory.f32(narrow, 15), memory.f32(wide, 15), memory.f32(score, 1)].map(bitsOf)
        }),
      `dim ${dim}`,
    )
  }
})

it.each([
  ['largest', 0],
  ['smallest', 1],
])('the %s scores are kept from block to block, of equal ones the first', (_, ascending) => {
  const next = random(74)
  const blocks = [5, 1, 30, 0, 64, 3].map(count =>
    Float32Array.from({ length: count }, () => between(next, -4, 4)),
  )
  for (const limit of [1, 2, 7, 40, 200]) {
    expectSame(
      kernel =>
        withRegions(kernel, [256, 8 * limit, 16], (scores = 0, heap = 0) => {
          const { memory, functions } = kernel
          const sizes: number[] = []
          let first = 100
          for (const block of blocks) {
            memory.f32(scores, block.length).set(block)
            sizes.push(
              functions.select(scores, block.length, first, ascending, heap, limit, sizes.at(-1) ?? 0),
            )
            first += block.length
          }
          const size = sizes.at(-1)!
          functions.ranked(heap, size, ascending)
          // nothing is written after the heap
          return [
            sizes,
            [...memory.u32(heap, 2 * limit + 4)].slice(0, 2 * size),
            memory.u32(heap + 8 * limit, 4)[3],
          ]
        }),
      `the best ${limit}`,
    )
  }
})
