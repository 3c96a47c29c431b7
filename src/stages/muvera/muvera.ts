// MUVERA: a multi-vector as one vector, whose dot product with a query's approximates MaxSim (Dhulipala et al. 2024), in
// the numbers of FastEmbed's `Muvera`, so that either side may have written what the other searches.
//
//   for each of r_reps repetitions
//     k_sim random planes    a row's signs are its partition, one of 2^k_sim
//     a partition's centre   query: the sum of its rows. Document: their mean; where empty, the first row of the
//                            partition that differs in the fewest signs, of equal ones the first
//     dim_proj columns of ±1 a centre's products with them, over √dim_proj; left out where dim_proj = dim
//   [repetition][partition][dim_proj]
//
// Sums are f64, rounded once to f32. It must not know what stores the vectors.

import { wholeNumber } from '../../base/check-options.js'
import { checkDim, copyRows, type MultiVector } from '../../core/multivector.js'
import { checkOptions } from '../../core/options.js'
import { createNormal } from './normal.js'
import { createPcg64 } from './pcg64.js'

/** FastEmbed's parameters, by its names. */
export interface MuveraConfig {
  /** Numbers in a row. */
  readonly dim: number
  /** Planes a repetition, 1 to 16: 2^k_sim partitions. Left out: 5. */
  readonly k_sim?: number | undefined
  /** Numbers that stay of a partition's centre, 1 to dim. Left out: 16. */
  readonly dim_proj?: number | undefined
  /** Repetitions, each with planes of its own. Left out: 20. */
  readonly r_reps?: number | undefined
  /** Encodings of different seeds have nothing to do with each other. Left out: 42. */
  readonly random_seed?: number | undefined
}

/** One vector for a multi-vector, to be compared by dot product. */
export interface Muvera {
  /** Numbers in an encoding: r_reps x 2^k_sim x dim_proj, 10,240 if all is left out. */
  readonly size: number
  /** What to search with. A fresh array. */
  query(rows: MultiVector): Float32Array
  /** What to store. A fresh array. */
  document(rows: MultiVector): Float32Array
}

interface Partition {
  /** How many rows it has, and the first of them. */
  readonly count: number
  readonly first: number
}

/**
 * Makes encodings that equal FastEmbed's `process_query` and `process_document`: the planes and signs are NumPy's, drawn
 * from `default_rng(random_seed)`, and a number is within (rows + dim) · 2⁻⁵² of the sum of its terms' sizes, then f32.
 *
 * Holds planes and signs in r_reps x dim x (k_sim + dim_proj) numbers of 8 bytes, drawn when it is made (20 ms).
 *
 * @throws TypeError or RangeError that names the parameter
 * @example
 * const muvera = createMuvera({ dim: 128 })
 * muvera.document(rows) // Float32Array of 10,240
 */
export function createMuvera(config: MuveraConfig): Muvera {
  checkOptions(config)
  const dim = checkDim(config.dim, 'dim')
  const planeCount = wholeNumber(config.k_sim ?? 5, 'k_sim', 1, 16)
  const kept = wholeNumber(config.dim_proj ?? 16, 'dim_proj', 1, dim)
  const repetitions = wholeNumber(config.r_reps ?? 20, 'r_reps', 1, 1_000)
  const seed = wholeNumber(config.random_seed ?? 42, 'random_seed', 0, Number.MAX_SAFE_INTEGER)
  const { planes, signs } = draw(seed, dim, planeCount, kept, repetitions)
  const partitionCount = 2 ** planeCount
  const size = repetitions * partitionCount * kept
  const scale = 1 / Math.sqrt(kept)
  const centre = new Float64Array(dim)

  /** The partition of each row in each repetition: `[row][repetition]`. */
  function assign(rows: Float32Array): Uint16Array {
    const width = repetitions * planeCount
    const products = new Float64Array(width)
    const partitions = new Uint16Array((rows.length / dim) * repetitions)
    for (let start = 0, at = 0; start < rows.length; start += dim) {
      products.fill(0)
      for (let d = 0; d < dim; d++) {
        const value = rows[start + d]!
        for (let j = 0, from = d * width; j < width; j++) products[j]! += value * planes[from + j]!
      }
      for (let j = 0; j < width; at++) {
        let id = 0
        for (let bit = 0; bit < planeCount; bit++, j++) if (products[j]! > 0) id |= 1 << bit
        partitions[at] = id
      }
    }
    return partitions
  }

  /** Writes what stays of `centre` in a repetition. */
  function project(repetition: number, target: Float32Array, at: number): void {
    if (kept === dim) {
      target.set(centre, at)
      return
    }
    const from = repetition * dim * kept
    for (let k = 0; k < kept; k++) {
      let sum = 0
      for (let d = 0, s = from + k; d < dim; d++, s += kept) sum += centre[d]! * signs[s]!
      target[at + k] = sum * scale
    }
  }

  function encode(rows: Float32Array, isDocument: boolean): Float32Array {
    const count = rows.length / dim
    const encoding = new Float32Array(size)
    const assigned = assign(rows)
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const partitions = new Map<number, Partition>()
      for (let row = 0; row < count; row++) {
        const id = assigned[row * repetitions + repetition]!
        const found = partitions.get(id)
        partitions.set(id, { count: (found?.count ?? 0) + 1, first: found?.first ?? row })
      }
      const base = repetition * partitionCount * kept
      for (const [id, partition] of partitions) {
        centre.fill(0)
        for (let row = partition.first; row < count; row++) {
          if (assigned[row * repetitions + repetition] !== id) continue
          for (let d = 0, from = row * dim; d < dim; d++) centre[d]! += rows[from + d]!
        }
        if (isDocument) for (let d = 0; d < dim; d++) centre[d]! /= partition.count
        project(repetition, encoding, base + id * kept)
      }
      if (isDocument) fill(rows, repetition, partitions, encoding, base)
    }
    return encoding
  }

  /** Empty partitions of a document: each gets a row of its nearest neighbour. */
  function fill(
    rows: Float32Array,
    repetition: number,
    partitions: ReadonlyMap<number, Partition>,
    encoding: Float32Array,
    base: number,
  ): void {
    const known = [...partitions.keys()].sort((a, b) => a - b)
    const written = new Map<number, number>()
    for (let id = 0; id < partitionCount; id++) {
      if (partitions.has(id)) continue
      let nearest = known[0]!
      for (const other of known) if (bits(id ^ other) < bits(id ^ nearest)) nearest = other
      const at = base + id * kept
      const { count, first } = partitions.get(nearest)!
      // the same row again, or the only one, whose mean it is
      const source = written.get(nearest) ?? (count === 1 ? base + nearest * kept : undefined)
      if (source === undefined) {
        for (let d = 0; d < dim; d++) centre[d] = rows[first * dim + d]!
        project(repetition, encoding, at)
      } else encoding.copyWithin(at, source, source + kept)
      written.set(nearest, at)
    }
  }

  return {
    size,
    query: rows => encode(copyRows(rows, 'query', dim).data, false),
    document: rows => encode(copyRows(rows, 'document', dim).data, true),
  }
}

/** How many bits are set, of 16. */
function bits(value: number): number {
  let count = 0
  for (let rest = value; rest !== 0; rest &= rest - 1) count++
  return count
}

/**
 * What FastEmbed draws, in its order: the planes of every repetition `[dim][k_sim]`, then all signs
 * `[repetition][dim][dim_proj]`. Planes are returned as `[dim][repetition][k_sim]`.
 */
function draw(seed: number, dim: number, planeCount: number, kept: number, repetitions: number) {
  const generator = createPcg64(seed)
  const normal = createNormal(generator)
  const planes = new Float64Array(dim * repetitions * planeCount)
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (let d = 0; d < dim; d++) {
      const at = (d * repetitions + repetition) * planeCount
      for (let k = 0; k < planeCount; k++) planes[at + k] = normal()
    }
  }
  // choice([-1, 1]) takes the top bit of 32 (Lemire's method, which rejects nothing for two)
  const signs = Float64Array.from({ length: repetitions * dim * kept }, () =>
    generator.next32() >>> 31 ? 1 : -1,
  )
  return { planes, signs }
}
