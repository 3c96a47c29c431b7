// The kernel in plain TypeScript: every sum in f64, one rounding at the end. It is the oracle of the tests, the
// yardstick of the benchmark, and what runs where there is no WebAssembly SIMD. Written to be read, not to be fast.

import { checksumOf } from './checksum.js'
import type { KernelFunctions } from './kernel.js'
import type { Pages } from './memory.js'
import {
  BITS,
  bitsScale,
  decodeRows,
  encodeRows,
  fixedScale,
  I8,
  LONGEST_QUERY,
  nearest,
  normalizeRows,
  quadScale,
} from './reference-rows.js'
import { createReferenceScores, fixedStride } from './reference-scores.js'

const PAGE = 65536
/** A memory that grows as `WebAssembly.Memory` does: into a new buffer. */
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

/** The kernel's functions over whatever buffer `memory` holds at the time of the call. */
export function createReferenceFunctions(memory: () => Pages): KernelFunctions {
  const buffer = () => memory().buffer
  const f32 = () => new Float32Array(buffer())
  const u32 = () => new Uint32Array(buffer())

  return {
    bounds(table, count, a, b, c, scores, lower, upper) {
      const values = f32()
      for (let i = 0; i < count; i++) {
        const halves = u32()[table / 4 + 4 * i + 3]!
        const [length = 0, error = 0] = new Float32Array(
          Uint32Array.of(halves & 0xffff0000, halves << 16).buffer,
        )
        const value = values[scores / 4 + i]!
        const width = (error * a + length * b + Math.abs(value) * 2.4e-7 + c) * 1.000001
        values[lower / 4 + i] = value - width
        values[upper / 4 + i] = value + width
      }
    },
    checksum: (address, bytes) => checksumOf(new Uint8Array(buffer(), address, bytes)) | 0,
    decode(dtype, document, rows, dim, scale, out) {
      f32().set(decodeRows(buffer(), dtype, document, rows, dim, scale), out / 4)
    },
    encode(dtype, source, rows, dim, largest, out, figures) {
      f32().set(encodeRows(buffer(), dtype, source, rows, dim, largest, out), figures / 4)
    },
    packFixed(dtype, query, rows, dim, packed, factors, lengths, errors) {
      const values = f32()
      const stride = fixedStride(dtype, dim)
      for (let row = 0; row < rows; row++) {
        const numbers = values.subarray(query / 4 + row * dim, query / 4 + (row + 1) * dim)
        const length = Math.sqrt(numbers.reduce((sum, value) => sum + value * value, 0))
        const largest = numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
        let scale = fixedScale(largest, length, LONGEST_QUERY)
        if (dtype === BITS) scale = bitsScale(numbers)
        else if (dtype === I8) scale = quadScale(largest, length)
        const whole = Array.from(numbers, value => nearest(value * scale))
        new Int16Array(buffer()).set(whole, packed / 2 + row * stride)
        new Float64Array(buffer())[factors / 8 + row] = 1 / scale
        values[lengths / 4 + row] = length * 1.000001
        values[errors / 4 + row] =
          Math.hypot(...whole.map((value, k) => value / scale - numbers[k]!)) * 1.000001
      }
    },
    ...createReferenceScores(memory),
    fourProducts: (a, b) => 4 * a * b,
    largest(address, count) {
      let most = 0
      for (const value of f32().subarray(address / 4, address / 4 + count)) {
        if (!(Math.abs(value) < Infinity)) return Infinity
        most = Math.max(most, Math.abs(value))
      }
      return most
    },
    normalize(address, rows, dim) {
      normalizeRows(f32().subarray(address / 4, address / 4 + rows * dim), dim)
    },
    // its packed query is the rows as they came
    pack(query, rows, dim, packed) {
      f32().copyWithin(packed / 4, query / 4, query / 4 + rows * dim)
    },
    ranked(heap, size, ascending) {
      writePairs(heap, readPairs(heap, size).sort(bestFirst(ascending)))
    },
    select(scores, count, first, ascending, heap, limit, size) {
      const pairs = readPairs(heap, size)
      const values = f32()
      for (let i = 0; i < count; i++) pairs.push({ score: values[scores / 4 + i]!, index: first + i })
      const kept = pairs.sort(bestFirst(ascending)).slice(0, limit)
      writePairs(heap, kept)
      return kept.length
    },
  }

  function readPairs(heap: number, size: number): Pair[] {
    const [values, words] = [f32(), u32()]
    return Array.from({ length: size }, (_, i) => ({
      score: values[heap / 4 + 2 * i]!,
      index: words[heap / 4 + 2 * i + 1]!,
    }))
  }

  function writePairs(heap: number, pairs: readonly Pair[]): void {
    const [values, words] = [f32(), u32()]
    for (const [i, { score, index }] of pairs.entries()) {
      values[heap / 4 + 2 * i] = score
      words[heap / 4 + 2 * i + 1] = index
    }
  }
}

const bestFirst = (ascending: number) => (a: Pair, b: Pair) =>
  (ascending ? a.score - b.score : b.score - a.score) || a.index - b.index

interface Pair {
  readonly score: number
  readonly index: number
}
