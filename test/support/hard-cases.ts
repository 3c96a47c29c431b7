// Attacks certified ranking: rows that only f32 can tell apart are ranked with and without a screen. The results must be
// equal in every case, scores and ties included.

import { createScorer, type FlatMultiVector, type RankReport, type ScoredDocument } from '../../src/index.js'
import { between, pick, type Random, random } from './random.js'

const sign = (next: Random) => (next() < 0.5 ? -1 : 1)

/** Numbers that are hard for fixed point, by the reason. */
export const DISTRIBUTIONS: Record<string, (next: Random) => () => number> = {
  'of all magnitudes in one row': next => () => sign(next) * 10 ** (45 * next() - 30),
  denormal: next => () => sign(next) * between(next, 0, 1000) * 2 ** -149,
  tied: next => () => between(next, -1, 1),
  'a rounding apart': next => () => Math.fround(0.7 + between(next, 0, 3) * 2 ** -24),
  'small but for one': next => () => (next() < 0.1 ? 1 : 1e-6 * next()),
  ordinary: next => () => next() + next() + next() - 1.5,
  'halves of a step apart': next => () => (between(next, -40, 40) + 0.5) * 2 ** -16,
}

export function hardRows(next: Random, value: () => number, rows: number, dim: number): FlatMultiVector {
  const data = Float32Array.from({ length: rows * dim }, value)
  // sometimes all rows of a multi-vector are equal, or differ in the last bit
  if (next() < 0.2)
    for (let i = dim; i < data.length; i++)
      data[i] = Math.fround(data[i - dim]! * (next() < 0.5 ? 1 : 1 + 2 ** -23))
  return { data, dim }
}

const sameRanking = (one: readonly ScoredDocument[], other: readonly ScoredDocument[]) =>
  one.length === other.length &&
  one.every(({ index, score }, rank) => other[rank]!.index === index && Object.is(other[rank]!.score, score))

/** The parts of the screened rankings that used the screens of a key, for example `i8 i16`. `f32` used none. */
export type ScreenParts = Readonly<Partial<Record<string, number>>>

/**
 * Compares `cases` screened rankings with those of plain f32 and returns the part of them that each row of screens made.
 *
 * @throws Error at the first ranking that differs, with the distribution, dim, metric and both rankings
 */
export async function attackCertifiedRanking(cases: number, seed: number): Promise<ScreenParts> {
  using scorer = await createScorer()
  const next = random(seed)
  const counts: Record<string, number> = {}
  let compared = 0
  const onReport = ({ screens }: RankReport) => {
    const key = screens.map(({ screen }) => screen).join(' ') || 'f32'
    counts[key] = (counts[key] ?? 0) + 1
  }
  while (compared < cases) {
    const name = pick(next, Object.keys(DISTRIBUTIONS))
    const value = DISTRIBUTIONS[name]!(next)
    const dim = pick(next, [1, 2, 3, 4, 5, 8, 15])
    const metric = pick(next, ['dot', 'cosine'] as const)
    const corpora = (['off', 'convert', 'i16', 'i8'] as const).map(screen =>
      scorer.corpus({ dim, metric, screen }),
    )
    const documents = Array.from({ length: between(next, 40, 90) }, () =>
      hardRows(next, value, between(next, 1, 3), dim),
    )
    for (const document of documents) for (const corpus of corpora) corpus.add(document)
    const queries = Array.from({ length: 20 }, () => hardRows(next, value, 12, dim))
    const weights = queries.map(() =>
      next() < 0.3 ? Float32Array.from({ length: 12 }, () => next() - 0.3) : undefined,
    )
    for (let i = 0; i < 5; i++) {
      const limit = between(next, 1, 10)
      const subset = next() < 0.3 ? [...documents.keys()].filter(() => next() < 0.95) : undefined
      const [plain, ...screened] = corpora.map(corpus =>
        corpus.rankBatch(queries, {
          limit,
          weights,
          subset,
          onReport: corpus.screen === 'off' ? undefined : onReport,
        }),
      )
      for (const rankings of screened) {
        for (const [q, ranking] of rankings.entries()) {
          compared++
          if (sameRanking(plain![q]!, ranking)) continue
          throw new Error(
            `ranking ${compared} of seed ${seed} differs (values ${name}, dim ${dim}, ${metric}, limit ${limit}): ` +
              `f32 ${JSON.stringify(plain![q])}, screened ${JSON.stringify(ranking)}`,
          )
        }
      }
    }
    for (const corpus of corpora) corpus.dispose()
  }
  return Object.fromEntries(Object.entries(counts).map(([key, count]) => [key, count / compared]))
}
