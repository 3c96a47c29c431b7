// Who is measured: the kernels that this engine runs, plain JavaScript, and maxsim-web where there is a checkout of it.
// Each holds the documents in its own way before the clock starts, and answers a query whole: the ten best of all.

import {
  availableKernels,
  createScorer,
  type KernelName,
  type ScoredDocument,
  type Screen,
} from '../src/index.js'
import { createMaxsimWeb } from './maxsim-web.js'
import { createTiledScores, scoreSimply } from './plain.js'
import type { Rows } from './rows.js'

export interface Contestant {
  readonly name: string
  /** The score of every document. */
  scores(): Float32Array
  /** What is timed: the ten best, from the query as it came. */
  rank(): readonly ScoredDocument[]
  dispose(): void
}

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

/** The best of `scores`, best first, equal ones by index: one pass, and a short list kept in order. */
export function best(scores: Float32Array, limit: number): ScoredDocument[] {
  const ranked: ScoredDocument[] = []
  let bar = -Infinity
  for (let index = 0; index < scores.length; index++) {
    const score = scores[index]!
    if (ranked.length === limit && score <= bar) continue
    let place = ranked.length
    while (place > 0 && ranked[place - 1]!.score < score) place--
    ranked.splice(place, 0, { index, score })
    if (ranked.length > limit) ranked.pop()
    bar = ranked.at(-1)!.score
  }
  return ranked
}
