// The workloads. Real rows, from texts (real-rows/, dictionary.ts):
//
//   definitions 10,000 definitions of WordNet as rows of MiniLM, queries of 32 rows
//   short       the same documents, queries of 4 or 5 rows
//   nq          4,874 passages of about 125 rows, made of MiniLM's rows, queries of 13 rows
//   dictionary  the reverse dictionary of `npm run demo`: every definition of WordNet as word vectors
//
// Random rows, Gaussian and of unit length, in shapes from the literature and from the benchmarks of other libraries.
// They are the hardest case for a screen, because all documents are nearly alike:
//
//   W0          ColBERT reranking: 32 query tokens, 400 passages
//   colpali     ColPali reranking: 100 pages of 1,030 patches
//   answerai    answerai-colbert-small: W0 at dim 96
//   even        60 documents of nearly equal length, which maxsim-web cuts to the shortest one; optional
//   single      one query row and 100,000 documents of one row, as in a first stage; optional
//   large       the largest shape for which maxsim-web publishes figures; optional
//
// All are seeded, so they are the same on every machine.

import { between, random } from '../../test/support/random.js'
import { loadDictionary } from './dictionary.js'
import { loadDefinitions, loadShortQueries } from './real-rows/definitions.js'
import { MissingModelError } from './real-rows/minilm.js'
import { loadPassages } from './real-rows/passages.js'
import { unitRows } from './unit-rows.js'
import type { WorkloadRows } from './workload-rows.js'

/** A workload by name. */
export interface Workload {
  readonly name: string
  /** Query rows x documents x rows of each document x dim. */
  readonly shape: string
  /** Whether it runs only if it is named on the command line. */
  readonly optional?: boolean
  /**
   * @param log reports the progress of a workload that is built from texts
   * @throws MissingModelError if rows have to be encoded and the model cannot be installed
   */
  load(log: (line: string) => void): WorkloadRows | Promise<WorkloadRows>
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
  { name: 'definitions', shape: '32 x 10,000 definitions in MiniLM x 384', load: loadDefinitions },
  { name: 'short', shape: '4 or 5 x 10,000 definitions in MiniLM x 384', load: loadShortQueries },
  { name: 'nq', shape: '13 x 4,874 passages x U(60,190) x 128', load: loadPassages },
  { name: 'dictionary', shape: '8 words x all definitions of WordNet x 100', load: loadDictionary },
  { name: 'W0', shape: '32 x 400 x U(64,192) x 128', load: () => seeded(32, 400, [64, 192], 128) },
  { name: 'colpali', shape: '32 x 100 x 1,030 x 128', load: () => seeded(32, 100, [1030, 1030], 128) },
  { name: 'answerai', shape: '32 x 400 x U(64,192) x 96', load: () => seeded(32, 400, [64, 192], 96) },
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

/** Loads a workload. Returns undefined, with a message, if its model cannot be installed. */
export async function loadWorkload(
  { name, load }: Workload,
  log: (line: string) => void,
): Promise<WorkloadRows | undefined> {
  try {
    return await load(log)
  } catch (error) {
    if (!(error instanceof MissingModelError)) throw error
    log(`${name} is skipped: ${error.message}`)
    return undefined
  }
}
