// What a kernel is: the exports of `assembly/index.ts`, typed and in the same order, over a memory that the library
// lays out. The WebAssembly binaries and the plain-TypeScript reference are interchangeable behind this interface.

import type { Memory } from './memory.js'

/** Which implementation scores: relaxed SIMD (fused multiply-add), SIMD128, or plain TypeScript in f64. */
export type KernelName = 'relaxed-simd' | 'simd' | 'reference'

/** A compiled module: `WebAssembly.Module`. */
export type KernelModule = WebAssembly.Module

/** What the two ways to score a block have in common. `best` and `scratch` are room to work in. */
export type BlockArguments = readonly [
  counts: number,
  queries: number,
  vectors: number,
  dim: number,
  table: number,
  count: number,
  best: number,
  scratch: number,
  scores: number,
]

/**
 * All addresses are bytes into the kernel's memory; rows are packed one after another; nothing is checked.
 *
 * A `table` has 16 bytes for each document: u32 address, u32 rows, f32 scale, and the document's length and error as
 * two halves of f32 (`src/core/memory/document-table.ts`). A query takes `vectors` x 4 rows, of which those that fill up a query's last
 * vector are zeros; `counts` has the rows of each of `queries` queries.
 */
export interface KernelFunctions {
  /** Lower and upper bounds of the f32 scores, from scores of stored or rounded rows: see `assembly/bounds.ts`. */
  bounds(
    table: number,
    count: number,
    a: number,
    b: number,
    c: number,
    scores: number,
    lower: number,
    upper: number,
  ): void
  /** The checksum of bytes, as `checksum.ts` has it; a signed i32. */
  checksum(address: number, bytes: number): number
  /** Stored rows as f32, up to 12 bytes more than they take. */
  decode(dtype: number, document: number, rows: number, dim: number, scale: number, out: number): void
  /** f32 rows as stored ones; three f32 figures: scale, length of the longest row, largest error of a row. */
  encode(
    dtype: number,
    source: number,
    rows: number,
    dim: number,
    largest: number,
    out: number,
    figures: number,
  ): void
  /** Lays query rows out for `maxsimFixed` of `dtype`; for each row f64 1 / scale, f32 length, f32 error. */
  packFixed(
    dtype: number,
    query: number,
    rows: number,
    dim: number,
    packed: number,
    factors: number,
    lengths: number,
    errors: number,
  ): void
  /** Scores `count` documents of f32 against all queries: `queries` x `count` f32. */
  maxsim(metric: number, query: number, weights: number, ...block: BlockArguments): void
  /** The same for documents of another dtype, by way of f32. */
  maxsimDecoded(metric: number, dtype: number, query: number, weights: number, ...block: BlockArguments): void
  /** The same for dot products in whole numbers. `factors`: for each query row, its weight / scale as f64. */
  maxsimFixed(dtype: number, query: number, factors: number, ...block: BlockArguments): void
  /** One query of `queryRows` rows as they came against f32 documents, with every sum in f64. */
  maxsimWide(
    metric: number,
    query: number,
    weights: number,
    queryRows: number,
    dim: number,
    table: number,
    count: number,
    scores: number,
  ): void
  /** What the engine makes of four products beyond what relaxed SIMD defines: see `quads.ts`. */
  fourProducts(a: number, b: number): number
  /** Every similarity of query rows as they came with one f32 document: `queryRows` x `rows` f32. `wide` is 0 or 1. */
  similarities(
    metric: number,
    wide: number,
    query: number,
    queryRows: number,
    dim: number,
    document: number,
    rows: number,
    out: number,
  ): void
  /** The largest absolute value among `count` f32; Infinity if one is infinite or NaN. */
  largest(values: number, count: number): number
  /** Divides rows by their length, in place, by Qdrant's rule for Cosine. */
  normalize(values: number, rows: number, dim: number): void
  /** Lays query rows out for `maxsim`. */
  pack(query: number, rows: number, dim: number, packed: number): void
  /** Sorts a heap of (f32 score, u32 index) pairs, best first. `ascending` is 0 or 1. */
  ranked(heap: number, size: number, ascending: number): void
  /** Offers scores to a heap of at most `limit` pairs; returns its size. */
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
  /** Read it for every call: a memory that was given back comes with new functions. */
  readonly functions: KernelFunctions
}

/** The binaries' exports: the functions, their memory, and which binary it is. */
export interface KernelExports extends KernelFunctions {
  readonly memory: WebAssembly.Memory
  readonly relaxed: WebAssembly.Global
}
