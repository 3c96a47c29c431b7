// Queries in the kernel's memory that are scored together: all queries of a batch, or consecutive ones of it.

import type { Kernel } from '../../kernel/kernel.js'
import { loadQueries, type QueryInput, type QueryMemory } from '../memory/query-memory.js'

/** Consecutive queries of a `QueryMemory`, which they share. */
export interface LoadedQueries extends QueryMemory {
  /** The position of the first query in the memory. */
  readonly from: number
  /** The number of queries. */
  readonly length: number
  /** The largest absolute value in them. */
  readonly largest: number
}

/** Loads queries into the kernel's memory, calls `use`, and frees them whatever happens. */
export function withQueries<T>(kernel: Kernel, input: QueryInput, use: (queries: LoadedQueries) => T): T {
  const memory = loadQueries(kernel, input)
  try {
    return use(queriesOf(memory, 0, memory.shapes.length))
  } finally {
    memory.free()
  }
}

/** `length` queries of `memory` from position `from` on. */
export function queriesOf(memory: QueryMemory, from: number, length: number): LoadedQueries {
  let largest = 0
  for (let i = from; i < from + length; i++) largest = Math.max(largest, memory.largestValues[i]!)
  return { ...memory, from, length, largest }
}

/** The same queries for documents in int8. Only if they were loaded for the screen `i8`. */
export function coarseQueries(queries: LoadedQueries): LoadedQueries {
  return { ...queries, ...queries.coarse! }
}

/** The `i`-th of the queries alone. */
export function queryAt(queries: LoadedQueries, i: number): LoadedQueries {
  // a copy takes as long as scoring a few rows
  return queries.length === 1 ? queries : queriesOf(queries, queries.from + i, 1)
}

/** The number of rows of the `i`-th query. */
export function rowsOf({ shapes, from }: LoadedQueries, i: number): number {
  return shapes[from + i]!.rows
}

/** The address of a block's scores for the `i`-th query, after a block of `count` documents was scored. */
export function scoresAddress({ addresses }: LoadedQueries, i: number, count: number): number {
  return addresses.scores + 4 * i * count
}

/** The scores of a block for the first query: a view that is valid until the memory grows. */
export function firstScores({ kernel, addresses }: LoadedQueries, count: number): Float32Array {
  return kernel.memory.f32(addresses.scores, count)
}
