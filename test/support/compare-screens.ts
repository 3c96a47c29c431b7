// Compares every screen, and a dtype with originals, with the ranking in f32, bit for bit.

import { SCREENS } from '../../src/core/screen.js'
import type { Dtype, MultiVector, RankOptions, RankReport, ScoredDocument, Screen } from '../../src/index.js'
import type { Scene, SceneCall } from './ranking-scenes.js'

/** The number of reported rankings, by the way in which they were made, for example `i8: i8 i16`. */
export type Counts = Map<string, number>

/** A ranking that differs from that in f32, or an error that only one of both throws. */
export class Counterexample extends Error {
  override readonly name = 'Counterexample'
}

type Awaitable<T> = T | Promise<T>

/** What a corpus on one thread and one on several have in common. */
export interface RankingCorpus {
  add(document: MultiVector): Awaitable<number>
  rank(query: MultiVector, options: RankOptions): Awaitable<readonly ScoredDocument[]>
  rankBatch(
    queries: readonly MultiVector[],
    options: Omit<RankOptions, 'weights'> & { weights: readonly (Float32Array | undefined)[] },
  ): Awaitable<readonly (readonly ScoredDocument[])[]>
  dispose(): unknown
}

/** A scorer on one thread or on several. */
export interface RankingScorer {
  corpus(config: Pick<Scene, 'dim' | 'metric'> & { screen?: Screen; dtype?: Dtype }): RankingCorpus
}

/** f16 holds no larger values. */
const MAX_F16 = 65_504

/** A ranking, or the message of an error. */
type Outcome = readonly ScoredDocument[] | string

async function outcomeOf(rank: () => Awaitable<readonly ScoredDocument[]>): Promise<Outcome> {
  try {
    return await rank()
  } catch (error) {
    return (error as Error).message
  }
}

/**
 * Compares all rankings of a scene, alone and in a batch.
 *
 * @param plainScorer ranks in f32
 * @param scorer ranks with every screen; the same one, or one with threads
 * @throws Counterexample that names the screen, the call, and both rankings
 */
export async function compareScreens(
  plainScorer: RankingScorer,
  scorer: RankingScorer,
  scene: Scene,
  counts: Counts,
): Promise<void> {
  const { dim, metric, documents, calls, dtype } = scene
  const corpora: RankingCorpus[] = []
  const open = async (from: RankingScorer, config: { screen?: Screen; dtype?: Dtype }) => {
    const corpus = from.corpus({ dim, metric, ...config })
    corpora.push(corpus)
    await Promise.all(documents.map(document => corpus.add(document)))
    return corpus
  }
  try {
    const plain = await open(plainScorer, { screen: 'off' })
    const expected: Outcome[] = []
    for (const call of calls) expected.push(await outcomeOf(() => rankAlone(plain, call, {})))
    for (const screen of SCREENS) {
      if (screen === 'off') continue
      await compareCorpus(screen, await open(scorer, { screen }), {}, { scene, expected, counts })
    }
    if (dtype === 'f16' && largestOf(scene) > MAX_F16) return
    const originals = (index: number) => documents[index]!
    const stored = await open(scorer, { dtype })
    await compareCorpus(`${dtype} with originals`, stored, { originals }, { scene, expected, counts })
  } finally {
    for (const corpus of corpora) corpus.dispose()
  }
}

const largestOf = ({ documents, calls }: Scene): number =>
  [...documents, ...calls.map(({ query }) => query)].reduce(
    (largest, { data }) =>
      (data as Float32Array).reduce((most, value) => Math.max(most, Math.abs(value)), largest),
    0,
  )

const rankAlone = (
  corpus: RankingCorpus,
  { query, weights, limit, subset }: SceneCall,
  more: Pick<RankOptions, 'originals' | 'onReport'>,
) => corpus.rank(query, { weights, limit, subset, ...more })

/** Compares the rankings of a corpus, alone with `expected`, and in a batch with the same rankings alone. */
async function compareCorpus(
  name: string,
  corpus: RankingCorpus,
  originals: Pick<RankOptions, 'originals'>,
  { scene: { calls }, expected, counts }: { scene: Scene; expected: readonly Outcome[]; counts: Counts },
): Promise<void> {
  const onReport = ({ method, screens }: RankReport) => {
    const key = `${name}: ${screens?.map(({ screen }) => screen).join(' ') || method}`
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const more = { onReport, ...originals }
  for (const [i, call] of calls.entries()) {
    check(`${name}, call ${i}`, expected[i]!, await outcomeOf(() => rankAlone(corpus, call, more)))
  }
  const [{ limit, subset }] = calls as readonly [SceneCall]
  const single: Outcome[] = []
  for (const call of calls) {
    single.push(await outcomeOf(() => rankAlone(corpus, { ...call, limit, subset }, originals)))
  }
  // an error of one query is the error of its batch
  if (single.some(outcome => typeof outcome === 'string')) return
  const rankings = await corpus.rankBatch(
    calls.map(({ query }) => query),
    { limit, subset, weights: calls.map(({ weights }) => weights), ...more },
  )
  for (const [i, ranking] of rankings.entries()) check(`${name}, batch, query ${i}`, single[i]!, ranking)
}

/** What a stored row can exceed, if it is rounded up or holds only signs. */
const BEYOND_F32 = 'beyond f32'

/** Two errors count as equal: their texts name a document by its place in a corpus, or among the originals. */
function check(what: string, expected: Outcome, actual: Outcome): void {
  if (what.includes('originals') && typeof actual === 'string' && actual.includes(BEYOND_F32)) return
  const isEqual =
    typeof expected === 'string' || typeof actual === 'string'
      ? typeof expected === typeof actual
      : expected.length === actual.length &&
        expected.every(
          ({ index, score }, rank) => actual[rank]!.index === index && Object.is(actual[rank]!.score, score),
        )
  if (isEqual) return
  throw new Counterexample(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`)
}
