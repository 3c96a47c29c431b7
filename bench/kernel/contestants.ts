// The contestants: every screen on the kernels that are measured, plain JavaScript, and maxsim-web if a checkout is named.
// Each loads the documents in its own way before it is timed. A timed query returns the ten best of all documents.

import { parseScreen, SCREENS } from '../../src/core/screen.js'
import {
  availableKernels,
  createScorer,
  type FlatMultiVector,
  type KernelName,
  type RankReport,
  type Screen,
} from '../../src/index.js'
import { type Contestant, type CorpusContestant, topK } from '../shared/contestant.js'
import { queriesOf, type WorkloadRows } from '../shared/workload-rows.js'
import { createMaxsimWeb } from './maxsim-web.js'
import { createTiledScores, scoreSimple } from './plain-javascript.js'

/** Results per query. */
const LIMIT = 10

/** The screen of a corpus without options. */
export const DEFAULT_SCREEN = parseScreen(undefined, 'dot', 'f32')

/** `off` first. */
const MEASURED: readonly Screen[] = ['off', ...SCREENS.filter(screen => screen !== 'off')]

/** What is compared: this library first, and the others. */
export interface Contestants {
  /** Fastest kernel first, and `off` first. */
  readonly own: readonly CorpusContestant[]
  readonly others: readonly Contestant[]
}

/**
 * Creates the contestants.
 *
 * @param kernels the kernels to measure. Default: the fastest one that this engine runs
 */
export async function createContestants(
  rows: WorkloadRows,
  kernels: readonly KernelName[] = availableKernels().slice(0, 1),
): Promise<Contestants> {
  const own: CorpusContestant[] = []
  for (const kernel of kernels) {
    for (const screen of MEASURED) own.push(await createCorpusContestant(kernel, screen, rows))
  }
  const others: Contestant[] = []
  const checkout = process.env.MAXSIM_WEB
  if (checkout && rows.weights === undefined && rows.others === undefined) {
    others.push(contestantOf('maxsim-web', rows, createMaxsimWeb(checkout, rows)))
  }
  others.push(contestantOf('javascript-tiled', rows, createTiledScores(rows)))
  others.push(contestantOf('javascript', rows, query => scoreSimple({ ...rows, query })))
  return { own, others }
}

async function createCorpusContestant(
  kernel: KernelName,
  screen: Screen,
  rows: WorkloadRows,
): Promise<CorpusContestant> {
  const scorer = await createScorer({ kernel })
  const { weights } = rows
  const queries = queriesOf(rows)
  const corpus = scorer.corpus({ dim: rows.query.dim, screen })
  for (const document of rows.documents) corpus.add(document)
  const limit = Math.min(LIMIT, corpus.length)
  const rank = (q = 0) => corpus.rank(queries[q]!, { weights, limit })
  const report = (q: number) => {
    let reported: RankReport | undefined
    const onReport = (found: RankReport) => {
      reported = found
    }
    corpus.rank(queries[q]!, { weights, limit, onReport })
    return reported!
  }
  return {
    name: `${kernel} ${screen}`,
    kernel,
    screen,
    queries: queries.length,
    scores: () => corpus.scores(queries[0]!, { weights }),
    rank,
    report,
    dispose: () => scorer.dispose(),
  }
}

function contestantOf(
  name: string,
  rows: WorkloadRows,
  scores: (query: FlatMultiVector) => Float32Array,
): Contestant {
  const queries = queriesOf(rows)
  return {
    name,
    queries: queries.length,
    scores: () => scores(rows.query),
    rank: (q = 0) => topK(scores(queries[q]!), LIMIT),
    dispose() {},
  }
}
