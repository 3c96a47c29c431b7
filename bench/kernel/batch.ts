// Many queries at once: `rankBatch` of sixteen against one after another, on one corpus, with the same answers.

import { deepStrictEqual } from 'node:assert'
import { createScorer, type KernelName } from '../../src/index.js'
import { random } from '../../test/support/random.js'
import type { Contestant } from '../shared/contestant.js'
import { measure } from '../shared/timing.js'
import type { Rows } from '../shared/workload-rows.js'
import { unitRows } from '../shared/workloads.js'

export interface BatchResult {
  readonly kernel: KernelName
  /** How the corpus is stored or screened. */
  readonly corpus: string
  readonly queries: number
  /** Milliseconds of a query. */
  readonly oneByOne: number
  readonly batch: number
}

const QUERIES = 16

const corpora = {
  f32: { screen: 'off' },
  certified: { screen: 'convert' },
  i8: { dtype: 'i8' },
} as const

/**
 * Measures the best kernel that this engine runs.
 *
 * @throws AssertionError where the two rankings differ
 */
export async function measureBatch(rows: Rows, milliseconds: number): Promise<BatchResult[]> {
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
      deepStrictEqual(batch(), oneByOne(), `${name}: a batch's rankings are not those of its queries`)
      const timed = Object.entries({ oneByOne, batch }).map(
        ([name, rank]): Contestant => ({
          name,
          scores: () => corpus.scores(query),
          rank: () => rank()[0]!,
          dispose() {},
        }),
      )
      const [one, many] = measure(timed, milliseconds).map(({ median }) => median / QUERIES)
      return { kernel: scorer.kernel, corpus: name, queries: QUERIES, oneByOne: one!, batch: many! }
    })
  } finally {
    scorer.dispose()
  }
}
