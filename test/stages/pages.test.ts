// Rows of the size of a page's: 1,030 x 128, as ColPali has them (1,024 patches and six tokens). Whoever encodes images
// elsewhere gives such rows to everything here.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createScorer, type Scorer } from '../../src/index.js'
import { createStore } from '../../src/store/index.js'
import { oracle } from '../support/oracle.js'
import { random, randomRows } from '../support/random.js'

const next = random(1030)
const pages = Array.from({ length: 6 }, () => randomRows(next, 1030, 128, 0.1))
const query = randomRows(next, 20, 128, 0.1)
/** What a user has around a model of pages: rows by the name of a file. */
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

it('are scored and ranked', () => {
  expect(scorer.rank(query, pages).map(({ index }) => index)).toEqual(order)
  const corpus = scorer.corpus({ dim: 128 })
  for (const page of pages) corpus.add(page)
  expect(corpus.rank(query, { limit: 6 }).map(({ index }) => index)).toEqual(order)
  expect(corpus.explain(query, 0).matches).toHaveLength(20)
  corpus.dispose()
})

describe.each(['memory', 'disk'])('in a store in %s', place => {
  it('are stored from names by an encoder, found, explained and read back', async () => {
    const store = await createStore({
      vectors: { pages: { size: 128, distance: 'Dot', on_disk: place === 'disk' } },
      path: place === 'disk' ? join(folder, 'store') : undefined,
      encoder,
    })
    await store.upsert(pages.map((_, id) => ({ id, vector: { pages: { text: `${id}.png` } } })))
    const hits = await store.query({ text: 'a chart of sales' }, { limit: 6 })
    expect(hits.map(({ id }) => id)).toEqual(order)
    expect((await store.explain({ text: 'a chart of sales' }, 0)).matches).toHaveLength(20)
    const [first] = await store.retrieve([0], { with_vector: true })
    expect(first!.vector!.pages).toEqual(pages[0])
    await store.close()
  })
})
