// The reference kernel in plain TypeScript: every sum in f64, rounded once at the end. It is the oracle of the tests, a
// baseline of the benchmark, and the fallback where there is no WebAssembly SIMD. It is written to be read, not for
// speed.

// biome-ignore-all lint/complexity/useMaxParams: the functions mirror the kernel's WebAssembly exports

import { checksumOf } from './checksum.js'
import type { KernelFunctions } from './kernel.js'
import type { Pages } from './memory.js'
import { largestOf, lengthOf, nearest, queryScale } from './reference-numbers.js'
import { decodeRows, encodeRows, normalizeRows } from './reference-rows.js'
import { createReferenceScores, fixedStride, rowsIn } from './reference-scores.js'
import { createReferenceTopK } from './reference-top-k.js'

const PAGE = 65536

/** Creates pages that grow as `WebAssembly.Memory` does: into a new buffer. */
export function createReferencePages(): Pages {
  let buffer = new ArrayBuffer(PAGE)
  return {
    get buffer() {
      return buffer
    },
    grow(pages) {
      const before = buffer.byteLength / PAGE
      const grown = new ArrayBuffer(buffer.byteLength + pages * PAGE)
      new Uint8Array(grown).set(new Uint8Array(buffer))
      buffer = grown
      return before
    },
  }
}

/** Creates the kernel's functions. `memory` returns the pages at the time of the call. */
export function createReferenceFunctions(memory: () => Pages): KernelFunctions {
  const f32 = (address: number, length?: number) => new Float32Array(memory().buffer, address, length)

  return {
    ...createReferenceScores(memory),
    ...createReferenceTopK(memory),
    checksum: (address, bytes) => checksumOf(new Uint8Array(memory().buffer, address, bytes)) | 0,
    decode(dtype, address, rows, dim, scale, out) {
      f32(out).set(decodeRows({ buffer: memory().buffer, dtype, address, rows, dim, scale }))
    },
    encode(dtype, source, rows, dim, largest, out, figures) {
      const values = rowsIn(f32(source), rows, dim)
      f32(figures).set(encodeRows(values, dtype, largest, memory().buffer, out))
    },
    packFixed(dtype, query, rows, dim, packed, factors, lengths, errors) {
      const stride = fixedStride(dtype, dim)
      rowsIn(f32(query), rows, dim).forEach((row, i) => {
        const scale = queryScale(dtype, row)
        const whole = Array.from(row, value => nearest(value * scale))
        new Int16Array(memory().buffer, packed).set(whole, i * stride)
        new Float64Array(memory().buffer, factors)[i] = 1 / scale
        f32(lengths)[i] = lengthOf(row) * 1.000001
        f32(errors)[i] = lengthOf(whole.map((value, k) => value / scale - row[k]!)) * 1.000001
      })
    },
    fourProducts: (a, b) => 4 * a * b,
    twoProducts: (a, b) => 2 * a * b,
    largest(address, count) {
      const largest = largestOf(f32(address, count))
      return largest < Infinity ? largest : Infinity
    },
    normalize: (address, rows, dim) => normalizeRows(f32(address, rows * dim), dim),
    // this kernel reads query rows in their original layout
    pack: (query, rows, dim, packed) => f32(packed).set(f32(query, rows * dim)),
  }
}
