// Measures how the rate depends on the number of threads, with documents in the shape of W0. The rankings are compared
// with those of one thread first.

import { deepStrictEqual } from 'node:assert'
import { availableParallelism } from 'node:os'
import { createScorer } from '../../src/index.js'
import { random } from '../../test/support/random.js'
import { summarize } from '../shared/timing.js'
import { unitRows } from '../shared/unit-rows.js'

const ROUNDS = 8
const [QUERY_ROWS, DOCUMENTS, ROWS, DIM] = [32, 400, 128, 128] as const

/** 1, 2, 4 and so on, up to the number of cores, but at least to 2. */
export function threadCounts(): number[] {
  const max = Math.max(2, availableParallelism())
  const counts = [1]
  while (2 * counts.at(-1)! <= max) counts.push(2 * counts.at(-1)!)
  return counts
}

/** GF/s of a corpus of each config on `threads` threads: the first quartile of interleaved runs. */
export async function measureThreads(
  threads: number,
  configs: readonly object[],
  milliseconds: number,
): Promise<number[]> {
  await using scorer = await createScorer({ threads })
  using single = await createScorer()
  const next = random(20_26)
  const query = unitRows(next, QUERY_ROWS, DIM)
  const documents = Array.from({ length: DOCUMENTS }, () => unitRows(next, ROWS, DIM))
  const corpora = []
  for (const config of configs) {
    const corpus = scorer.corpus({ dim: DIM, ...config })
    await Promise.all(documents.map(document => corpus.add(document)))
    using reference = single.corpus({ dim: DIM, ...config })
    for (const document of documents) reference.add(document)
    deepStrictEqual(
      await corpus.rank(query),
      reference.rank(query),
      'the rankings on several threads and on one differ',
    )
    corpora.push({ corpus, samples: [] as number[] })
  }
  for (let round = 0; round < ROUNDS; round++) {
    for (const { corpus, samples } of corpora) {
      const start = performance.now()
      for (let now = start; now - start < milliseconds / ROUNDS; ) {
        await corpus.rank(query)
        const end = performance.now()
        samples.push(end - now)
        now = end
      }
    }
  }
  const operations = 2 * QUERY_ROWS * DOCUMENTS * ROWS * DIM
  return corpora.map(({ samples }) => operations / summarize(samples).p25 / 1e6)
}
