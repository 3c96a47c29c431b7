// The points and queries of the store's benchmark. Documents are created before they are measured. The large ones are the
// passages of the workload `nq`: how much a query reads depends on what its screen excludes, and random rows hide that.

import type { FlatMultiVector } from '../../src/index.js'
import { between, random } from '../../test/support/random.js'
import { unitRows } from '../shared/unit-rows.js'
import { queriesOf, type WorkloadRows } from '../shared/workload-rows.js'

/** Dim of the large documents. */
export const DIM = 128
/** Dim of the short documents. */
export const SHORT_DIM = 32
/** Runs of each measurement. */
export const ROUNDS = 7

/** Queries of a measurement. */
const QUERIES = 2 * ROUNDS + 1

const next = random(1)

/** Large documents, and queries for them. */
export interface LargeData {
  readonly documents: readonly FlatMultiVector[]
  readonly queries: readonly FlatMultiVector[]
}

/** The large documents of a workload: `count` of them, from the first one again if there are fewer. */
export function createLargeData(rows: WorkloadRows, count = rows.documents.length): LargeData {
  const queries = queriesOf(rows)
  const repeated = <T>(items: readonly T[], length: number) =>
    Array.from({ length }, (_, i) => items[i % items.length]!)
  return { documents: repeated(rows.documents, count), queries: repeated(queries, QUERIES) }
}

/** Random large documents, for a machine without the model. */
export const createRandomRows = (): WorkloadRows => ({
  query: unitRows(next, 13, DIM),
  documents: Array.from({ length: 2000 }, () => unitRows(next, between(next, 60, 190), DIM)),
})

const shortPool = Array.from({ length: 64 }, () => unitRows(next, between(next, 2, 10), SHORT_DIM))

/** Points with large documents. */
export function* largePoints({ documents }: LargeData) {
  for (const [id, document] of documents.entries()) {
    yield {
      id,
      vector: { colbert: document },
      payload: { title: `document ${id}`, year: 1900 + (id % 120) },
    }
  }
}

/** Points with documents of a few rows, for measurements that depend on the number of points and not on their size. */
export function* shortPoints(count: number) {
  for (let id = 0; id < count; id++) {
    const payload = { word: `word ${id}`, kind: ['noun', 'verb', 'adjective'][id % 3], rank: id }
    yield { id, vector: { colbert: shortPool[id % shortPool.length]! }, payload }
  }
}
