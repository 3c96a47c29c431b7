// The best similarity of each sample row with any row of a document: the heavy part of a document's vector, samples x
// rows x dim multiply-adds. The samples are the rows of one query, rounded to int16 and packed once; the document is
// rounded to int16 too. The kernel leaves the best similarity of each query row, a whole number, in its working memory. Products
// are whole numbers, so every kernel computes the same values. The plain kernel leaves none: there each sample is a query.

import { checkStorable, DTYPES } from '../../core/dtype.js'
import { storeRows } from '../../core/memory/directory-entry.js'
import { allocateRegions } from '../../core/memory/regions.js'
import { writeDocument } from '../../core/memory/write-document.js'
import type { Metric } from '../../core/metric.js'
import { type MultiVector, shapeOf } from '../../core/multivector.js'
import { PIECE_ROWS } from '../../kernel/constants.generated.js'
import type { Kernel } from '../../kernel/kernel.js'

/** Sample rows in the kernel's memory. */
export interface SampleMaxima {
  /** Returns the best similarity of each sample row with the rows of a document, called `path` in errors. A new array. */
  of(document: MultiVector, path: string): Float32Array
  dispose(): void
}

/** Bytes of working memory for each query row. */
const BEST_BYTES = 64

/** Packs sample rows, `dim` elements each, in the memory of a kernel. */
export function packSamples(
  kernel: Kernel,
  samples: Float32Array,
  dim: number,
  metric: Metric,
): SampleMaxima {
  const { memory, functions } = kernel
  const { code, rowBytes } = DTYPES.i16
  const packed = packRows(kernel, samples, dim)
  const { count, queries, addresses } = packed
  const format = { kernel, dim, dtype: 'i16', isMeasured: false } as const
  const entry = new Uint32Array(4)
  const scale = new Float32Array(entry.buffer, 8, 1)
  const readMaxima = () => {
    if (queries > 1) return memory.f32(addresses.scores, count).slice()
    const whole = new Int32Array(memory.u32(addresses.best, count).buffer, addresses.best, count)
    const inverses = memory.f64(addresses.factors, count)
    // a loop takes a tenth of the time of Float32Array.from
    const maxima = new Float32Array(count)
    for (let i = 0; i < count; i++) maxima[i] = (whole[i]! * inverses[i]!) / scale[0]!
    return maxima
  }
  const of = (document: MultiVector, path: string) => {
    const { rows } = shapeOf(document, path, dim)
    const space = allocateRegions(memory, { source: 4 * rows * dim + 64, target: rows * rowBytes(dim) + 64 })
    try {
      const { source, target } = space.addresses
      const largest = writeDocument({ kernel, metric, dim }, document, rows, path, source)
      checkStorable('i16', largest, path)
      storeRows(format, { source, target, rows, largest }, entry, 0)
      const { factors, counts, table, best, scratch, scores } = addresses
      memory.u32(table, 4).set(entry)
      const block = [counts, queries, dim, table, 1, best, scratch, scores] as const
      functions.maxsimFixed(code, addresses.packed, factors, ...block)
      return readMaxima()
    } finally {
      space.free()
    }
  }
  return { of, dispose: packed.free }
}

/** Packs the rows as one query; for the plain kernel as a query each. */
function packRows(kernel: Kernel, samples: Float32Array, dim: number) {
  const { memory, functions } = kernel
  const { code, queryRowBytes } = DTYPES.i16
  const count = samples.length / dim
  const queries = kernel.name === 'reference' ? count : 1
  // a query takes whole vectors of four rows
  const slots = 4 * (queries > 1 ? count : Math.ceil(count / 4))
  const { addresses, free } = allocateRegions(memory, {
    packed: queryRowBytes(dim) * slots,
    factors: 8 * slots,
    lengths: 4 * slots,
    errors: 4 * slots,
    counts: 4 * queries,
    best: BEST_BYTES * slots,
    scratch: PIECE_ROWS * Math.max(4 * dim, queryRowBytes(dim)) + 768,
    table: 16,
    scores: 4 * count,
  })
  const { packed, factors, lengths, errors, counts } = addresses
  const rowsOfEach = count / queries
  memory.u32(counts, queries).fill(rowsOfEach)
  const values = 4 * dim * Math.ceil(rowsOfEach / 4)
  const source = memory.allocate(4 * values)
  for (let i = 0; i < queries; i++) {
    const rows = memory.f32(source, values)
    rows.fill(0)
    rows.set(samples.subarray(i * rowsOfEach * dim, (i + 1) * rowsOfEach * dim))
    const slot = 4 * i
    const at = [packed + queryRowBytes(dim) * slot, factors + 8 * slot] as const
    functions.packFixed(code, source, rowsOfEach, dim, ...at, lengths + 4 * slot, errors + 4 * slot)
  }
  memory.free(source)
  return { count, queries, addresses, free }
}
