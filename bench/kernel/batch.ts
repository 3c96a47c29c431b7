// Compares `rankBatch` of sixteen queries with sixteen calls of `rank`, on the same corpus.

import { deepStrictEqual } from 'node:assert'
import { createScorer, type KernelName } from '../../src/index.js'
import { random } from '../../test/support/random.js'
import type { Contestant } from '../shared/contestant.js'
import { measureInRounds } from '../shared/timing.js'
import { unitRows } from '../shared/unit-rows.js'
import type { WorkloadRows } from '../shared/workload-rows.js'

/** The times of one corpus. */
export interface BatchResult {
  readonly kernel: KernelName
  /** The corpus's storage or screen: f32, certified or i8. */
  readonly corpus: string
  readonly queries: number
  /** Milliseconds per query in calls of `rank`. */
  readonly oneByOne: number
  /** Milliseconds per query in a call of `rankBatch`. */
  readonly batch: number
}

const QUERIES = 16

const corpora = {
  f32: { screen: 'off' },
  certified: {},
  i8: { dtype: 'i8' },
} as const

/**
 * Measures the fastest kernel that this engine runs.
 *
 * @throws AssertionError if the rankings differ
 */
export async function measureBatch(rows: WorkloadRows, milliseconds: number): Promise<BatchResult[]> {
  const scorer = await createScorer()
  const { query, documents } = rows
  const next = random(16)
  const queries = Array.from({ length: QUERIES }, () =>
    unitRows(next, query.data.length / query.dim, query.dim),
  )
  try {
    return Object.entries(corpora).map(([name, config]) => {
      using corpus = scorer.corpus({ dim: query.dim, ...config })
      for (const document of documents) corpus.add(document)
      const oneByOne = () => queries.map(query => corpus.rank(query))
      const batch = () => corpus.rankBatch(queries)
      deepStrictEqual(batch(), oneByOne(), `${name}: rankBatch and rank return different rankings`)
      const timed = Object.entries({ oneByOne, batch }).map(
        ([name, rank]): Contestant => ({
          name,
          scores: () => corpus.scores(query),
          rank: () => rank()[0]!,
          dispose() {},
        }),
      )
      const [one, many] = measureInRounds(timed, milliseconds).map(({ median }) => median / QUERIES)
      return { kernel: scorer.kernel, corpus: name, queries: QUERIES, oneByOne: one!, batch: many! }
    })
  } finally {
    scorer.dispose()
  }
}
