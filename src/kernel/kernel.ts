// What a kernel is: the exports of `assembly/index.ts`, typed and in the same order, over a memory that the library
// lays out. The WebAssembly binaries and the plain-TypeScript reference are interchangeable behind this interface.

import type { Memory } from './memory.js'

/** Which implementation scores: relaxed SIMD (fused multiply-add), SIMD128, or plain TypeScript in f64. */
export type KernelName = 'relaxed-simd' | 'simd' | 'reference'

/** A compiled module: `WebAssembly.Module`. */
export type KernelModule = WebAssembly.Module

/** All addresses are bytes into the kernel's memory; f32 rows are packed one after another; counts are not checked. */
export interface KernelFunctions {
  /** Scores `count` documents of `table` (pairs of u32: address, rows) against a packed query: one f32 each. */
  maxsim(
    metric: number,
    query: number,
    weights: number,
    vectors: number,
    dim: number,
    table: number,
    count: number,
    scores: number,
  ): void
  /** The same from query rows as they came, with every sum in f64. */
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
  /** Every similarity of query rows as they came with one document: `queryRows` x `rows` f32. `wide` is 0 or 1. */
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
  /** Lays query rows out for `maxsim`: ceil(rows / 4) x 16 x dim bytes. */
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
