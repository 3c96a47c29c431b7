// How a store with a first stage grows to a million documents, as a user would make it: points are inserted, `addFirstStage`
// fits LEMUR to the first ten thousand, and all later ones get their vectors as they are inserted. No new fit.
//
//   document i   at most eight rows: the first four word vectors of one definition of WordNet, and of another one, which are
//                drawn by a generator with the seed i
//   queries      those of the reverse dictionary
//
// The store is kept in build/retrieval, so that an interrupted run continues.

import { existsSync, rmSync } from 'node:fs'
import type { FlatMultiVector } from '../../src/index.js'
import { addFirstStage, type StagedStore, withFirstStage } from '../../src/stages/index.js'
import { createStore, openStore } from '../../src/store/index.js'
import { random } from '../../test/support/random.js'
import { processor } from '../shared/machine.js'
import { summarize } from '../shared/timing.js'
import type { Dataset } from './dataset.js'
import { LIMIT } from './quality.js'

/** The store with one number of documents. The field names are those of bench/results/retrieval.json. */
export interface GrowthResult {
  /** The processor it was measured on. */
  readonly processor: string
  readonly documents: number
  readonly rows: number
  /** Numbers of LEMUR's vector. */
  readonly size: number
  readonly candidates: number
  /** Documents that were inserted each second since the number before, with their vectors. */
  readonly addedPerSecond: number
  /** Bytes of all files. */
  readonly bytes: number
  /** Bytes of vectors in memory. */
  readonly resident: number
  /** Bytes of the process. */
  readonly processBytes: number
  /** Median per query, in two stages and exactly. */
  readonly milliseconds: number
  readonly exactMilliseconds: number
  /** Recall@10 of exact search, over `queries` queries. */
  readonly recall: number
  readonly queries: number
}

export const GROWTH_SIZES = [10_000, 32_000, 100_000, 320_000, 1_000_000] as const
const LEMUR_SIZE = 512
const CANDIDATES = 1000
const MEMORY = '3 GB'
const ROWS_OF_EACH = 4
const QUERIES = 50
/** Points of one call. */
const BATCH = 20_000

/** The numbers of documents of a run with at most `limit`. */
export function growthSizes(limit: number): readonly number[] {
  const sizes = GROWTH_SIZES.filter(size => size <= limit)
  return sizes.length > 0 ? sizes : [limit]
}

/** What a run measures and reports. */
interface GrowthRun {
  readonly sizes: readonly number[]
  onResult(result: GrowthResult): void
  /** Called before each step. */
  onStep(step: string): void
}

/** Grows the store to each number of documents that has no result yet. Calls `onResult` with each new result. */
export async function measureGrowth(
  data: Dataset,
  folder: string,
  earlier: readonly GrowthResult[],
  { sizes, onResult, onStep }: GrowthRun,
): Promise<void> {
  if (earlier.length === 0) rmSync(folder, { recursive: true, force: true })
  if (!existsSync(folder)) {
    onStep('the first documents')
    await createFirst(data, folder, sizes[0]!)
  }
  const store = await withFirstStage(await openStore(folder, { memory: MEMORY }))
  try {
    for (const documents of sizes) {
      if (earlier.some(result => result.documents === documents)) continue
      onStep(`building ${documents} documents`)
      const addedPerSecond = await growTo(store, data, documents)
      onStep(`measuring ${documents} documents`)
      onResult(await measureStore(store, data, documents, addedPerSecond))
    }
  } finally {
    await store.close()
  }
}

/** Creates the store with its first documents and its first stage. */
async function createFirst(data: Dataset, folder: string, first: number): Promise<void> {
  const store = await createStore({
    path: folder,
    vectors: { full: { size: data.dim, distance: 'Dot', datatype: 'float16' } },
  })
  await store.upsert(pointsOf(data, 0, first))
  await store.close()
  await addFirstStage(folder, { size: LEMUR_SIZE, candidates: CANDIDATES })
}

/** Inserts documents. Returns how many it has inserted a second; 0 if there were enough. */
async function growTo(store: StagedStore, data: Dataset, documents: number): Promise<number> {
  const before = await store.count()
  const started = performance.now()
  for (let from = before; from < documents; from += BATCH) {
    await store.upsert(pointsOf(data, from, Math.min(documents, from + BATCH)))
  }
  const seconds = (performance.now() - started) / 1000
  return before < documents ? (documents - before) / seconds : 0
}

async function measureStore(
  store: StagedStore,
  data: Dataset,
  documents: number,
  addedPerSecond: number,
): Promise<GrowthResult> {
  const count = Math.min(QUERIES, data.queries.length)
  const queries = Array.from(
    { length: count },
    (_, i) => data.queries[Math.floor((i * data.queries.length) / count)]!.rows,
  )
  // documents become resident with the second query that reads them
  for (let i = 0; i < 3; i++) await store.query(queries[i]!, { limit: LIMIT })
  const staged = await timedQueries(store, queries, false)
  const exact = await timedQueries(store, queries, true)
  const shares = exact.results.map((best, i) => {
    const found = new Set(staged.results[i])
    return best.filter(id => found.has(id)).length / best.length
  })
  const info = await store.info()
  return {
    documents,
    rows: info.vectors.full!.rows,
    size: LEMUR_SIZE,
    candidates: CANDIDATES,
    processor: processor(),
    addedPerSecond,
    bytes: info.bytes,
    resident: info.memory.resident,
    processBytes: process.memoryUsage().rss,
    milliseconds: staged.milliseconds,
    exactMilliseconds: exact.milliseconds,
    recall: shares.reduce((sum, share) => sum + share, 0) / shares.length,
    queries: count,
  }
}

/** Searches in two stages or exactly. */
async function timedQueries(store: StagedStore, queries: readonly FlatMultiVector[], exact: boolean) {
  const times: number[] = []
  const results: unknown[][] = []
  for (const query of queries) {
    const started = performance.now()
    const hits = await store.query(query, { limit: LIMIT, params: { exact } })
    times.push(performance.now() - started)
    results.push(hits.map(({ id }) => id))
  }
  return { milliseconds: summarize(times).median, results }
}

/** The documents from `first` to `end`. */
function* pointsOf({ documents, dim }: Dataset, first: number, end: number) {
  for (let id = first; id < end; id++) {
    const next = random(id + 1)
    const parts = [next(), next()].map(draw => {
      const { data } = documents[Math.floor(draw * documents.length)]!
      return data.slice(0, ROWS_OF_EACH * dim)
    })
    const [a = new Float32Array(0), b = new Float32Array(0)] = parts as Float32Array[]
    const rows = new Float32Array(a.length + b.length)
    rows.set(a)
    rows.set(b, a.length)
    yield { id, vector: { full: { data: rows, dim } } }
  }
}
