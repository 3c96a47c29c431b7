// The contestants: the kernels that this engine runs, plain JavaScript, and maxsim-web if a checkout is named. Each loads
// the documents in its own way before it is timed. A timed query returns the ten best of all documents.

import { availableKernels, createScorer, type KernelName, type Screen } from '../../src/index.js'
import { type Contestant, topK } from '../shared/contestant.js'
import type { WorkloadRows } from '../shared/workload-rows.js'
import { createMaxsimWeb } from './maxsim-web.js'
import { createTiledScores, scoreSimple } from './plain-javascript.js'

/** Results per query. */
const LIMIT = 10

/**
 * Creates the contestants: kernels first, fastest first.
 *
 * @param kernels the kernels to measure. Default: the SIMD kernels that this engine runs
 */
export async function createContestants(
  rows: WorkloadRows,
  kernels: readonly KernelName[] = availableKernels().filter(name => name !== 'reference'),
): Promise<Contestant[]> {
  const contestants: Contestant[] = []
  for (const kernel of kernels) {
    for (const screen of ['off', 'convert', 'copy'] as const)
      contestants.push(await kernelContestant(kernel, screen, rows))
  }
  const checkout = process.env.MAXSIM_WEB
  if (checkout && rows.weights === undefined) {
    contestants.push(contestantOf('maxsim-web', createMaxsimWeb(checkout, rows)))
  }
  contestants.push(contestantOf('javascript-tiled', createTiledScores(rows)))
  contestants.push(contestantOf('javascript', () => scoreSimple(rows)))
  return contestants
}

/** The end of a contestant's name: all documents scored in f32; screened in int16, converted or from a stored copy. */
const SUFFIX: Readonly<Record<Screen, string>> = { off: '', convert: ' certified', copy: ' certified-copy' }

async function kernelContestant(
  kernel: KernelName,
  screen: Screen,
  { query, weights, documents }: WorkloadRows,
): Promise<Contestant> {
  const scorer = await createScorer({ kernel })
  const corpus = scorer.corpus({ dim: query.dim, screen })
  for (const document of documents) corpus.add(document)
  const limit = Math.min(LIMIT, corpus.length)
  return {
    name: kernel + SUFFIX[screen],
    scores: () => corpus.scores(query, { weights }),
    rank: () => corpus.rank(query, { weights, limit }),
    dispose: () => scorer.dispose(),
  }
}

function contestantOf(name: string, scores: () => Float32Array): Contestant {
  return { name, scores, rank: () => topK(scores(), LIMIT), dispose() {} }
}
