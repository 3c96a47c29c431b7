// The kernel in plain TypeScript: every sum in f64, one rounding at the end. It is the oracle of the tests, the
// yardstick of the benchmark, and what runs where there is no WebAssembly SIMD. Written to be read, not to be fast.

import type { KernelFunctions } from './kernel.js'
import type { Pages } from './memory.js'

const PAGE = 65536
const DOT = 0
const EUCLID = 1
/** Qdrant's rule for Cosine: f32's epsilon, and how near to 1 a squared length counts as 1. */
const EPSILON = 2 ** -23
const NEAR_ONE = 1e-6

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
  const f32 = () => new Float32Array(memory().buffer)
  const u32 = () => new Uint32Array(memory().buffer)

  /** `q` and `d` are indices of f32, not bytes. */
  function similarity(values: Float32Array, metric: number, q: number, d: number, dim: number): number {
    let sum = 0
    for (let k = 0; k < dim; k++) {
      const a = values[q + k]!
      const b = values[d + k]!
      sum += metric === DOT ? a * b : metric === EUCLID ? (a - b) ** 2 : Math.abs(a - b)
    }
    return sum
  }

  const maxsimWide: KernelFunctions['maxsimWide'] = (
    metric,
    query,
    weights,
    queryRows,
    dim,
    table,
    count,
    scores,
  ) => {
    const values = f32()
    const words = u32()
    for (let i = 0; i < count; i++) {
      const document = words[table / 4 + 2 * i]! / 4
      const rows = words[table / 4 + 2 * i + 1]!
      let sum = 0
      for (let q = 0; q < queryRows; q++) {
        let best = metric === DOT ? -Infinity : Infinity
        for (let d = 0; d < rows; d++) {
          const value = similarity(values, metric, query / 4 + q * dim, document + d * dim, dim)
          if (metric === DOT ? value > best : value < best) best = value
        }
        sum += values[weights / 4 + q]! * best
      }
      values[scores / 4 + i] = metric === EUCLID ? Math.sqrt(sum) : sum
    }
  }

  return {
    // its packed query is the rows as they came, and zeros up to the last vector's end
    maxsim: (metric, query, weights, vectors, dim, table, count, scores) =>
      maxsimWide(metric, query, weights, 4 * vectors, dim, table, count, scores),
    maxsimWide,
    similarities(metric, _wide, query, queryRows, dim, document, rows, out) {
      const values = f32()
      for (let i = 0; i < queryRows; i++) {
        for (let j = 0; j < rows; j++) {
          values[out / 4 + i * rows + j] = similarity(
            values,
            metric,
            query / 4 + i * dim,
            document / 4 + j * dim,
            dim,
          )
        }
      }
    },
    largest(address, count) {
      let most = 0
      for (const value of f32().subarray(address / 4, address / 4 + count)) {
        if (!(Math.abs(value) < Infinity)) return Infinity
        most = Math.max(most, Math.abs(value))
      }
      return most
    },
    normalize(address, rows, dim) {
      const values = f32()
      for (let row = 0, first = address / 4; row < rows; row++, first += dim) {
        let sum = 0
        for (let k = 0; k < dim; k++) sum += values[first + k]! ** 2
        const square = Math.fround(sum)
        if (square < EPSILON || Math.abs(square - 1) <= NEAR_ONE) continue
        const length = Math.sqrt(sum)
        for (let k = 0; k < dim; k++) values[first + k] = values[first + k]! / length
      }
    },
    pack(query, rows, dim, packed) {
      const values = f32()
      values.copyWithin(packed / 4, query / 4, query / 4 + rows * dim)
      values.fill(0, packed / 4 + rows * dim, packed / 4 + 4 * Math.ceil(rows / 4) * dim)
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
    const values = f32()
    const words = u32()
    return Array.from({ length: size }, (_, i) => ({
      score: values[heap / 4 + 2 * i]!,
      index: words[heap / 4 + 2 * i + 1]!,
    }))
  }

  function writePairs(heap: number, pairs: readonly Pair[]): void {
    const values = f32()
    const words = u32()
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
