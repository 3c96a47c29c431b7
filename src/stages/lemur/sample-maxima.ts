// The best similarity of each sample row with any row of a document: the heavy part of a document's vector, samples x
// rows x dim multiply-adds. The samples are queries of one row each, rounded to int16 and packed once; the document is
// rounded to int16 too. Products are whole numbers, so every kernel computes the same values.

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

/** Packs sample rows, `dim` elements each, in the memory of a kernel. */
export function packSamples(
  kernel: Kernel,
  samples: Float32Array,
  dim: number,
  metric: Metric,
): SampleMaxima {
  const { memory } = kernel
  const { code, rowBytes, queryRowBytes } = DTYPES.i16
  const count = samples.length / dim
  // each query takes a whole vector of four rows
  const packedBytes = 4 * queryRowBytes(dim)
  const { addresses, free } = allocateRegions(memory, {
    row: 4 * dim,
    packed: packedBytes * count,
    factors: 32 * count,
    lengths: 16 * count,
    errors: 16 * count,
    counts: 4 * count,
    best: 256 * count,
    scratch: PIECE_ROWS * Math.max(4 * dim, queryRowBytes(dim)) + 768,
    table: 16,
    maxima: 4 * count,
  })
  const { row, packed, factors, lengths, errors, counts, best, scratch, table, maxima } = addresses
  for (let i = 0; i < count; i++) {
    memory.f32(row, dim).set(samples.subarray(i * dim, (i + 1) * dim))
    kernel.functions.packFixed(
      code,
      row,
      1,
      dim,
      packed + packedBytes * i,
      factors + 32 * i,
      lengths + 16 * i,
      errors + 16 * i,
    )
  }
  memory.u32(counts, count).fill(1)
  const format = { kernel, dim, dtype: 'i16', isMeasured: false } as const
  const entry = new Uint32Array(4)
  const of = (document: MultiVector, path: string) => {
    const { rows } = shapeOf(document, path, dim)
    const space = allocateRegions(memory, { source: 4 * rows * dim + 64, target: rows * rowBytes(dim) + 64 })
    try {
      const { source, target } = space.addresses
      const largest = writeDocument({ kernel, metric, dim }, document, rows, path, source)
      checkStorable('i16', largest, path)
      storeRows(format, { source, target, rows, largest }, entry, 0)
      memory.u32(table, 4).set(entry)
      kernel.functions.maxsimFixed(code, packed, factors, counts, count, dim, table, 1, best, scratch, maxima)
      return memory.f32(maxima, count).slice()
    } finally {
      space.free()
    }
  }
  return { of, dispose: free }
}
