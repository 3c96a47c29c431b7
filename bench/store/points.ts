// The points and queries of the store's benchmark. A small pool of documents is created once and written again and again,
// so that creating documents is not part of the measurement.

import type { FlatMultiVector } from '../../src/index.js'
import { between, random } from '../../test/support/random.js'
import { unitRows } from '../shared/unit-rows.js'

/** Dim of the large documents. */
export const DIM = 128
/** Dim of the short documents. */
export const SHORT_DIM = 32
/** Runs of each measurement. */
export const ROUNDS = 7

const next = random(1)
const pool = Array.from({ length: 256 }, () => unitRows(next, between(next, 64, 192), DIM))

/** Queries for the large documents. */
export const queries = Array.from({ length: 2 * ROUNDS + 1 }, () => unitRows(next, 32, DIM))

const shortPool = Array.from({ length: 64 }, () => unitRows(next, between(next, 2, 10), SHORT_DIM))

/** The large document of a point. */
export const documentOf = (id: number): FlatMultiVector => pool[(id * 7) % pool.length]!

/** Points with large documents. */
export function* largePoints(count: number) {
  for (let id = 0; id < count; id++) {
    yield {
      id,
      vector: { colbert: documentOf(id) },
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
