// The scenes of `node test/core/soak.mjs`, a few of them, and that a wrong ranking is found.

import { describe, expect, it } from 'vitest'
import { SCREENS } from '../../src/core/screen.js'
import { createScorer, type ScoredDocument } from '../../src/index.js'
import {
  Counterexample,
  type Counts,
  compareScreens,
  type RankingCorpus,
  type RankingScorer,
} from '../support/compare-screens.js'
import { random } from '../support/random.js'
import { createScene, SCENE_KINDS } from '../support/ranking-scenes.js'

const scenes = Array.from({ length: 40 }, (_, seed) => createScene(seed))

describe('a scene', () => {
  it('depends on its seed only', () => {
    expect(createScene(7)).toEqual(scenes[7])
    expect(createScene(8)).not.toEqual(scenes[7])
  })

  it('has finite rows of one dim, and limits and subsets of its documents', () => {
    for (const [seed, { dim, documents, calls }] of scenes.entries()) {
      const all = [...documents, ...calls.map(({ query }) => query)]
      const isWhole = all.every(({ data }) => data.length > 0 && data.length % dim === 0)
      const areFinite = all.every(({ data }) => (data as Float32Array).every(Number.isFinite))
      expect([isWhole, areFinite], `scene ${seed}`).toEqual([true, true])
      for (const { limit, subset = [], weights, query } of calls) {
        expect(limit, `scene ${seed}`).toBeLessThanOrEqual(Math.max(10, documents.length))
        expect(Math.max(-1, ...subset), `scene ${seed}`).toBeLessThan(documents.length)
        expect((weights?.length ?? query.data.length / dim) * dim, `scene ${seed}`).toBe(query.data.length)
      }
    }
  })

  it('is of every kind sooner or later, of one dim and of a thousand, with copies and without', () => {
    const some = Array.from({ length: 200 }, (_, seed) => createScene(seed))
    expect(new Set(some.map(({ kind }) => kind))).toEqual(new Set(SCENE_KINDS))
    expect(Math.min(...some.map(({ dim }) => dim))).toBe(1)
    expect(Math.max(...some.map(({ dim }) => dim))).toBeGreaterThan(1000)
    expect(new Set(some.map(({ dtype, metric }) => `${dtype} ${metric}`)).size).toBe(8)
  })
})

it('every screen and every dtype with originals ranks the scenes as f32 does', async () => {
  using scorer = await createScorer()
  const counts: Counts = new Map()
  for (const [seed, scene] of scenes.entries()) {
    await compareScreens(scorer, scorer, scene, counts).catch((error: Error) => {
      throw new Error(`scene ${seed}: ${error.message}`)
    })
  }
  const compared = [...counts.keys()].map(key => key.split(':')[0])
  for (const screen of SCREENS) if (screen !== 'off') expect(compared).toContain(screen)
})

it.each(['i16', 'i8'] as const)(
  'a ranking of %s from originals has sums in f64 where f32 has them, although the originals are small',
  async dtype => {
    const next = random(1)
    const rows = (length: number) => ({
      dim: 3,
      data: Float32Array.from({ length: 6 }, () => length * (0.1 + next())),
    })
    const calls = Array.from({ length: 8 }, () => ({
      query: rows(2 ** 62),
      weights: undefined,
      limit: 5,
      subset: undefined,
    }))
    // only the last document, which is the worst, could exceed f32 with such a query
    const documents = [...Array.from({ length: 30 }, () => rows(1)), rows(-(2 ** 63))]
    const scene = { kind: 'large', dim: 3, metric: 'dot', dtype, documents, calls } as const
    using single = await createScorer()
    const threaded = await createScorer({ threads: 2 })
    const counts: Counts = new Map()
    await compareScreens(single, single, scene, counts)
    await compareScreens(single, threaded, scene, counts)
    expect(counts.get(`${dtype} with originals: certified`)).toBe(32)
    await threaded.dispose()
  },
)

describe('the comparison of screens', () => {
  /** A scorer whose corpora return other rankings with a screen. */
  const changed = (
    scorer: RankingScorer,
    change: (ranking: readonly ScoredDocument[]) => readonly ScoredDocument[],
  ): RankingScorer => ({
    corpus(config) {
      const corpus = scorer.corpus(config)
      if (config.screen === 'off') return corpus
      const wrong: RankingCorpus = {
        ...corpus,
        rank: async (query, options) => change(await corpus.rank(query, options)),
      }
      return wrong
    },
  })

  it.each<[what: string, change: (ranking: readonly ScoredDocument[]) => readonly ScoredDocument[]]>([
    ['the last document is missing', ranking => ranking.slice(0, -1)],
    ['an index differs', ranking => ranking.map(hit => ({ ...hit, index: hit.index + 1 }))],
    [
      'a score differs in its last bit',
      ranking => ranking.map(hit => ({ ...hit, score: hit.score * (1 + 2 ** -23) })),
    ],
    [
      'a screen throws',
      () => {
        throw new Error('no ranking')
      },
    ],
  ])('names the screen and the call if %s', async (_, change) => {
    using scorer = await createScorer()
    const scene = scenes.find(({ kind }) => kind === 'ordinary')!
    const compare = compareScreens(scorer, changed(scorer, change), scene, new Map())
    await expect(compare).rejects.toThrow(Counterexample)
    await expect(compare).rejects.toThrow(new RegExp(`^${SCREENS[0]}, call 0: expected \\[\\{"index":`))
  })
})
