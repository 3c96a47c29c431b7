// The interface of a kernel: the exports of `assembly/index.ts`, typed, over a memory whose layout the library decides.
// The WebAssembly binaries and the reference kernel in TypeScript both implement it.

import type { DtypeCode, MetricCode } from './constants.generated.js'
import type { Memory, Pages } from './memory.js'

/**
 * The implementation that computes scores, fastest first: `relaxed-simd` (WebAssembly with fused multiply-add), `simd`
 * (WebAssembly SIMD128) or `reference` (TypeScript, sums in f64).
 */
export type KernelName = 'relaxed-simd' | 'simd' | 'reference'

/**
 * A compiled `maxsimd/relaxed-simd.wasm` or `maxsimd/simd.wasm`: a `WebAssembly.Module`. That interface has no members,
 * and programs without lib dom do not have it.
 */
export type KernelModule = object

/** The parameters that `maxsim` and `maxsimFixed` share. */
export type BlockArguments = readonly [
  /** Address of i32 rows of each query. */
  counts: number,
  queries: number,
  dim: number,
  /** Address of the entries of `count` documents. */
  table: number,
  count: number,
  /** Address of working memory: 256 bytes for every four rows of each query. */
  best: number,
  /** Address of working memory: see `assembly/maxsim.ts`. */
  scratch: number,
  /** Address of the results: `queries` x `count` f32. */
  scores: number,
]

/**
 * The functions of a kernel. Addresses are bytes into the kernel's memory, rows are contiguous, and arguments are not
 * checked.
 *
 * A `table` has 16 bytes for each document: u32 address, u32 rows, f32 scale, and the document's length and error as
 * upper halves of f32 (`assembly/table.ts`). Query rows take whole vectors of four rows; zeros fill the last one.
 */
export interface KernelFunctions {
  /**
   * Writes lower and upper bounds of f32 scores, from the scores of stored or rounded rows: see `assembly/bounds.ts`.
   */
  bounds(
    table: number,
    count: number,
    errorTerm: number,
    lengthTerm: number,
    underflowTerm: number,
    scores: number,
    lower: number,
    upper: number,
  ): void
  /** Returns the checksum of bytes as a signed i32: see `checksum.ts`. */
  checksum(address: number, bytes: number): number
  /** Writes stored rows as f32, and up to 12 bytes after them. */
  decode(dtype: DtypeCode, document: number, rows: number, dim: number, scale: number, out: number): void
  /**
   * Stores f32 rows, whose largest absolute value is `largest`. Writes three f32 to `figures`: the scale, the length of
   * the longest row, and the largest error of a row.
   */
  encode(
    dtype: DtypeCode,
    source: number,
    rows: number,
    dim: number,
    largest: number,
    out: number,
    figures: number,
  ): void
  /**
   * Lays query rows out for `maxsimFixed` of `dtype`. For each row it writes f64 1 / scale to `factors`, and f32 length
   * and f32 rounding error to `lengths` and `errors`.
   */
  packFixed(
    dtype: DtypeCode,
    query: number,
    rows: number,
    dim: number,
    packed: number,
    factors: number,
    lengths: number,
    errors: number,
  ): void
  /** Scores documents in f32. `weights`: f32 for each query row. */
  maxsim(metric: MetricCode, dtype: DtypeCode, query: number, weights: number, ...block: BlockArguments): void
  /** Scores documents by dot products in whole numbers. `factors`: f64 weight / scale for each query row. */
  maxsimFixed(dtype: DtypeCode, query: number, factors: number, ...block: BlockArguments): void
  /** Scores one f32 document against one query of unpacked rows, with every sum in f64. */
  maxsimWide(
    metric: MetricCode,
    query: number,
    weights: number,
    queryRows: number,
    dim: number,
    document: number,
    rows: number,
    score: number,
  ): void
  /**
   * Returns the sum of four products of int8 as the engine computes it beyond its definition: see `int8-products.ts`.
   */
  fourProducts(a: number, b: number): number
  /** The same for two products. */
  twoProducts(a: number, b: number): number
  /** Writes all similarities of unpacked query rows with one f32 document: `queryRows` x `rows` f32. `wide`: 0 or 1. */
  similarities(
    metric: MetricCode,
    wide: number,
    query: number,
    queryRows: number,
    dim: number,
    document: number,
    rows: number,
    out: number,
  ): void
  /** Returns the largest absolute value of `count` f32, or Infinity if one of them is infinite or NaN. */
  largest(values: number, count: number): number
  /** Divides rows by their length in place, as Qdrant does for Cosine. */
  normalize(values: number, rows: number, dim: number): void
  /** Lays query rows out for `maxsim`. */
  pack(query: number, rows: number, dim: number, packed: number): void
  /** Sorts a heap of (f32 score, u32 index) pairs, best first. `ascending`: 0 or 1. */
  ranked(heap: number, size: number, ascending: number): void
  /** Offers scores to a heap with `size` of at most `limit` pairs, and returns its new size. */
  select(
    scores: number,
    count: number,
    first: number,
    ascending: number,
    heap: number,
    limit: number,
    size: number,
  ): number
}

/** A kernel with its memory. */
export interface Kernel {
  readonly name: KernelName
  readonly memory: Memory
  /** Read this for every call: a memory that restarts (see `Memory`) comes with new functions. */
  readonly functions: KernelFunctions
}

/** The exports of a binary. */
export interface KernelExports extends KernelFunctions {
  readonly memory: Pages
  /** 1 in the relaxed-SIMD binary, else 0. */
  readonly relaxed: { readonly value: number }
}
