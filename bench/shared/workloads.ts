// The workloads: shapes from the literature and from the benchmarks of other libraries. They are seeded, so they are the
// same on every machine. Rows are Gaussian and have unit length, as those of a late-interaction model.
//
//   W0         ColBERT reranking: 32 query tokens, 400 passages
//   colpali    ColPali reranking: 100 pages of 1,030 patches
//   answerai   answerai-colbert-small: W0 at dim 96
//   dictionary the reverse dictionary of `npm run demo`: every definition of WordNet (dictionary.ts)
//   even       60 documents of nearly equal length, which maxsim-web cuts to the shortest one; optional
//   single     one query row and 100,000 documents of one row, as in a first stage; optional
//   large      the largest shape for which maxsim-web publishes figures; optional

import type { FlatMultiVector } from '../../src/index.js'
import { between, type Random, random } from '../../test/support/random.js'
import { loadDictionary } from './dictionary.js'
import type { WorkloadRows } from './workload-rows.js'

/** A workload by name. */
export interface Workload {
  readonly name: string
  /** Query rows x documents x rows of each document x dim. */
  readonly shape: string
  /** Whether it runs only if it is named on the command line. */
  readonly optional?: boolean
  load(): WorkloadRows
}

/** A standard normal number, by the method of Box and Muller. */
function gaussian(next: Random): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
}

/** Random rows of unit length. */
export function unitRows(next: Random, rows: number, dim: number): FlatMultiVector {
  const data = Float32Array.from({ length: rows * dim }, () => gaussian(next))
  for (let first = 0; first < data.length; first += dim) {
    const row = data.subarray(first, first + dim)
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0))
    for (let k = 0; k < dim; k++) row[k] = row[k]! / length
  }
  return { data, dim }
}

/** Random unit rows. The documents have from `low` to `high` rows, uniformly distributed. */
function seeded(
  queryRows: number,
  documents: number,
  [low, high]: [number, number],
  dim: number,
): WorkloadRows {
  const next = random(20_26)
  return {
    query: unitRows(next, queryRows, dim),
    documents: Array.from({ length: documents }, () => unitRows(next, between(next, low, high), dim)),
  }
}

export const workloads: readonly Workload[] = [
  { name: 'W0', shape: '32 x 400 x U(64,192) x 128', load: () => seeded(32, 400, [64, 192], 128) },
  { name: 'colpali', shape: '32 x 100 x 1,030 x 128', load: () => seeded(32, 100, [1030, 1030], 128) },
  { name: 'answerai', shape: '32 x 400 x U(64,192) x 96', load: () => seeded(32, 400, [64, 192], 96) },
  { name: 'dictionary', shape: '8 words x all definitions of WordNet x 100', load: loadDictionary },
  {
    name: 'even',
    shape: '32 x 60 x U(100,117) x 128',
    optional: true,
    load: () => seeded(32, 60, [100, 117], 128),
  },
  {
    name: 'single',
    shape: '1 x 100,000 x 1 x 384',
    optional: true,
    load: () => seeded(1, 100_000, [1, 1], 384),
  },
  {
    name: 'large',
    shape: '32 x 1,000 x U(200,400) x 256',
    optional: true,
    load: () => seeded(32, 1000, [200, 400], 256),
  },
]
