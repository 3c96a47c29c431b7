// Multi-vectors of the size of a page: 1,030 rows of 128, as ColPali makes them (1,024 patches and 6 tokens). Users who
// encode images elsewhere pass such rows to the scorer and the store.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createScorer, type Scorer } from '../../src/index.js'
import { createStore } from '../../src/store/index.js'
import { oracle } from '../support/oracle.js'
import { random, randomRows } from '../support/random.js'

const next = random(1030)
const pages = Array.from({ length: 6 }, () => randomRows(next, 1030, 128, 0.1))
const query = randomRows(next, 20, 128, 0.1)
/** An encoder as a user writes it for a model of pages: rows by the name of a file. */
const encoder = {
  query: () => query,
  documents: (names: readonly string[]) => names.map(name => pages[Number.parseInt(name, 10)]!),
}

let scorer: Scorer
beforeAll(async () => {
  scorer = await createScorer()
})
const folder = mkdtempSync(join(tmpdir(), 'maxsimd-pages-'))
afterAll(() => {
  scorer.dispose()
  rmSync(folder, { recursive: true, force: true })
})

const order = pages
  .map((page, index) => ({ index, score: oracle('dot', query, page).score }))
  .sort((a, b) => b.score - a.score)
  .map(({ index }) => index)

it('a scorer and a corpus rank pages', () => {
  expect(scorer.rank(query, pages).map(({ index }) => index)).toEqual(order)
  const corpus = scorer.corpus({ dim: 128 })
  for (const page of pages) corpus.add(page)
  expect(corpus.rank(query, { limit: 6 }).map(({ index }) => index)).toEqual(order)
  expect(corpus.explain(query, 0).matches).toHaveLength(20)
  corpus.dispose()
})

it.each(['memory', 'disk'])(
  'a store in %s takes pages from an encoder, finds, explains and returns them',
  async storage => {
    const store = await createStore({
      vectors: { pages: { size: 128, distance: 'Dot', on_disk: storage === 'disk' } },
      path: storage === 'disk' ? join(folder, 'store') : undefined,
      encoder,
    })
    await store.upsert(pages.map((_, id) => ({ id, vector: { pages: { text: `${id}.png` } } })))
    const hits = await store.query({ text: 'a chart of sales' }, { limit: 6 })
    expect(hits.map(({ id }) => id)).toEqual(order)
    expect((await store.explain({ text: 'a chart of sales' }, 0)).matches).toHaveLength(20)
    const [first] = await store.retrieve([0], { with_vector: true })
    expect(first!.vector!.pages).toEqual(pages[0])
    await store.close()
  },
)
