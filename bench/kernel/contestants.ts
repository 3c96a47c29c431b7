// Who is measured: the kernels that this engine runs, plain JavaScript, and maxsim-web where there is a checkout of it.
// Each holds the documents in its own way before the clock starts, and answers a query whole: the ten best of all.

import { availableKernels, createScorer, type KernelName, type Screen } from '../../src/index.js'
import { best, type Contestant } from '../shared/contestant.js'
import type { Rows } from '../shared/workload-rows.js'
import { createMaxsimWeb } from './maxsim-web.js'
import { createTiledScores, scoreSimply } from './plain-javascript.js'

const LIMIT = 10

/** Kernels first, fastest first. `kernels`: those to measure; left out: the SIMD ones that this engine runs. */
export async function createContestants(
  rows: Rows,
  kernels: readonly KernelName[] = availableKernels().filter(name => name !== 'reference'),
): Promise<Contestant[]> {
  const contestants: Contestant[] = []
  for (const kernel of kernels) {
    for (const screen of ['off', 'convert', 'copy'] as const)
      contestants.push(await onKernel(kernel, screen, rows))
  }
  const checkout = process.env.MAXSIM_WEB
  if (checkout && rows.weights === undefined) {
    contestants.push(fromScores('maxsim-web', createMaxsimWeb(checkout, rows)))
  }
  contestants.push(fromScores('javascript-tiled', createTiledScores(rows)))
  contestants.push(fromScores('javascript', () => scoreSimply(rows)))
  return contestants
}

/** How a contestant is called: every document in f32; screened in int16 on the way; by an int16 copy that is kept. */
const SUFFIX: Readonly<Record<Screen, string>> = { off: '', convert: ' certified', copy: ' certified-copy' }

async function onKernel(
  kernel: KernelName,
  screen: Screen,
  { query, weights, documents }: Rows,
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

function fromScores(name: string, scores: () => Float32Array): Contestant {
  return { name, scores, rank: () => best(scores(), LIMIT), dispose() {} }
}
