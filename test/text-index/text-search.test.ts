// Search of a store by text, and reranking of texts.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSampleSearch, SAMPLES } from '../../src/cli/samples.js'
import { createStaticEncoder } from '../../src/encode/index.js'
import { createScorer, type Scorer } from '../../src/index.js'
import { createStore } from '../../src/store/index.js'
import { countWords, createCatalog } from '../../src/text-index/catalog.js'
import { createTextSearch, openTextIndex, rerankTexts } from '../../src/text-index/index.js'
import { createRowSearch } from '../../src/text-index/text-search.js'

const encoder = createStaticEncoder(readFileSync('data/words.bin'))

/** A store with the sample sentences, and the counts of their words. */
async function weightedSamples() {
  const counts = createCatalog('', true)
  const documents = encoder.documents(SAMPLES)
  for (const document of documents) countWords(counts, document, 1)
  const store = await createStore({ vectors: { text: { size: encoder.dim, distance: 'Dot' } } })
  const points = documents.map(({ data, dim }, id) => ({
    id,
    vector: { text: { data, dim } },
    payload: { text: SAMPLES[id] },
  }))
  await store.upsert(points)
  return { store, wordCounts: counts }
}

describe('createTextSearch', () => {
  // without a word of the question, but for "fear"
  it.each([
    ['hospital medicine and sickness', ['hospitals for cancer', 'Doctors wash', 'The dentist']],
    ['fear of spiders', ['A spider in the bathtub', 'fear of wasps', 'afraid of snakes']],
    ['musical instrument lessons', ['flutes, guitars and drums', 'pianist', 'violin']],
  ])('finds three sample sentences that fit the question "%s"', async (question, parts) => {
    const samples = await createSampleSearch(encoder, true)
    const { hits } = await samples.search(question, 3)
    samples.dispose()
    const found = hits.map(({ text }) => parts.find(part => text.includes(part)) ?? text)
    expect(found.sort()).toEqual([...parts].sort())
  })

  it('finds a sample sentence for obvious questions', async () => {
    const samples = await createSampleSearch(encoder, true)
    const answers: Record<string, string> = {
      'cheap flights': 'The airline',
      'fear of spiders': 'A spider',
      'how do reptiles eat': 'Lizards',
      'apartment contract': 'Before you rent',
      toothache: 'The dentist',
      'football match': 'The goalkeeper',
      'car repair': 'The mechanic',
      gardening: 'Our grandmother',
      'bread for breakfast': 'The baker',
      'how to save money': 'When the bank failed',
      'planets and stars': 'The astronaut',
    }
    for (const [question, start] of Object.entries(answers)) {
      const { hits } = await samples.search(question, 1)
      expect(hits[0]!.text.slice(0, start.length), question).toBe(start)
    }
    samples.dispose()
  })

  it('searches a store of other points, without texts', async () => {
    const store = await createStore({ vectors: { v: { size: encoder.dim, distance: 'Dot' } } })
    await store.upsert([{ id: 7, vector: { v: encoder.query('spider') } }])
    const { hits } = await createTextSearch(store, { encoder, using: 'v' }).search('insects')
    expect(hits).toMatchObject([{ id: 7, text: '', file: undefined, line: undefined, matches: [] }])
    await store.close()
  })

  it('passes its options to the query of the collection', async () => {
    const calls: unknown[] = []
    const collection = {
      config: { vectors: { v: { size: encoder.dim, distance: 'Dot' as const } } },
      query: async (_: unknown, options: object) => {
        calls.push(options)
        return []
      },
    }
    const { search } = createTextSearch(collection, { encoder })
    const [{ signal }, filter] = [new AbortController(), { must: [{ has_id: [1] }] }]
    await search('spider', { signal, filter })
    await search('spider', { limit: 3, explain: false })
    expect(await search('xyzzyq')).toEqual({ hits: [], unknown: ['xyzzyq'] })
    expect(calls).toMatchObject([
      { using: 'v', limit: 10, filter, signal, with_payload: true, with_matches: true },
      { using: 'v', limit: 3, with_payload: true, with_matches: false, with_vector: false },
    ])
    expect(calls).toHaveLength(2)
  })

  it('refuses what only a text index has', async () => {
    const store = await createStore({ vectors: { v: { size: encoder.dim, distance: 'Dot' } } })
    for (const only of ['words', 'letters'])
      await expect(
        createTextSearch(store, { encoder }).search('spider', { only: only as 'words' }),
      ).rejects.toThrow(
        `"only" expected "meaning", got "${only}"; only a text index has words (openTextIndex)`,
      )
    await store.close()
  })

  it('does not ask the encoder for the tokens of points without a text, or whose tokens are known', async () => {
    const asked: (readonly string[])[] = []
    const watched = {
      ...encoder,
      documentTokens: (texts: readonly string[]) => {
        asked.push(texts)
        return encoder.documentTokens!(texts)
      },
    }
    const store = await createStore({ vectors: { v: { size: encoder.dim, distance: 'Dot' } } })
    const v = encoder.query('spider')
    await store.upsert([
      { id: 1, vector: { v } },
      { id: 2, vector: { v }, payload: { text: 'spider' } },
    ])
    const search = createTextSearch(store, { encoder: watched })
    const { hits } = await search.search('spider')
    expect(asked).toEqual([['spider']])
    expect(hits.map(({ matches }) => matches.length).sort()).toEqual([0, 1])
    await store.delete([2])
    asked.length = 0
    await search.search('spider')
    expect(asked).toEqual([])
    await store.close()
  })

  it('explains the matches of the vector that is searched, of several', async () => {
    const vectors = {
      w: { size: encoder.dim, distance: 'Dot' },
      v: { size: encoder.dim, distance: 'Dot' },
    } as const
    const store = await createStore({ vectors })
    const rows = (text: string) => encoder.query(text)
    await store.upsert([
      { id: 7, vector: { v: rows('a spider'), w: rows('the bank') }, payload: { text: 'a spider' } },
    ])
    const { hits } = await createTextSearch(store, { encoder, using: 'v' }).search('spider')
    expect(hits[0]!.matches[0]).toMatchObject({ query: 'spider', document: 'spider', start: 2, end: 8 })
    expect(hits[0]!.matches[0]!.contribution).toBeCloseTo(1, 5)
    await store.close()
  })

  it('labels rows of a cut text with the tokens of its beginning in a text index, and pooled rows not at all', async () => {
    const row = (at: number) => Array.from({ length: 4 }, (_, i) => (i === at ? 1 : 0))
    const special = (text: string) => ({ text, start: 0, end: 0, special: true as const })
    // the encoder of the search does not cut: [CLS] a b c [SEP]
    const words = ['a', 'b', 'c'].map((text, i) => ({ text, start: 2 * i, end: 2 * i + 1 }))
    const query = { text: 'q', start: 0, end: 1 }
    const whole = {
      dim: 4,
      query: () => ({
        data: Float32Array.from([row(1), row(3)].flat()),
        dim: 4,
        tokens: [query, query],
        unknown: [],
      }),
      documents: () => [],
      documentTokens: (texts: readonly string[]) =>
        texts.map(() => [special('[CLS]'), ...words, special('[SEP]')]),
    }
    const store = await createStore({ vectors: { v: { size: 4, distance: 'Dot' } } })
    // [CLS] a b [SEP], with the rows of [SEP] and `a` found by the query
    const cut = { id: 1, vector: { v: [row(0), row(1), row(2), row(3)] }, payload: { text: 'a b c' } }
    // more rows than tokens: the rows are not those of the text
    const other = { id: 2, vector: { v: Array(6).fill(row(1)) }, payload: { text: 'a b c' } }
    await store.upsert([cut, other])
    const { hits } = await createRowSearch(store, { encoder: whole }, true).search('q')
    expect(hits.map(({ rows }) => rows.map(({ token }) => token?.text))).toEqual([
      ['a', '[SEP]'],
      [undefined, undefined],
    ])
    expect(hits[0]!.matches.map(({ document }) => document)).toEqual(['a'])
    // the rows of a point of any collection may be pooled
    const pooled = await createTextSearch(store, { encoder: whole }).search('q')
    expect(pooled.hits.flatMap(({ rows }) => rows.map(({ token }) => token))).toEqual(
      Array(4).fill(undefined),
    )
    expect(pooled.hits.flatMap(({ matches }) => matches)).toEqual([])
    await store.close()
  })

  it('leaves special tokens out of the matches', async () => {
    const special = { text: '[CLS]', start: 0, end: 0, special: true as const }
    const word = (text: string) => ({ text, start: 0, end: text.length })
    // the word of the query matches the special token of the document, and the other way round
    const model = {
      dim: 2,
      query: () => ({ data: Float32Array.of(1, 0, 0, 1), dim: 2, tokens: [special, word('q')], unknown: [] }),
      documents: (texts: readonly string[]) =>
        texts.map(text => ({
          data: Float32Array.of(0, 1, 1, 0),
          dim: 2,
          tokens: [special, word(text)],
          unknown: [],
        })),
    }
    const store = await createStore({ vectors: { v: { size: 2, distance: 'Dot' } } })
    await store.upsert([{ id: 1, vector: { v: [[0, 1], [1, 0]] }, payload: { text: 'd' } }]) // biome-ignore format: rows
    const { hits } = await createTextSearch(store, { encoder: model }).search('q')
    expect(hits).toMatchObject([{ score: 2, matches: [] }])
    await store.close()
  })

  it('does not name the words of a text that has fewer tokens than the passage has rows', async () => {
    const store = await createStore({ vectors: { v: { size: encoder.dim, distance: 'Dot' } } })
    const [spider, bank] = ['spider', 'bank'].map(word => [...encoder.query(word).data])
    await store.upsert([{ id: 1, vector: { v: [spider!, bank!] }, payload: { text: 'spider' } }])
    const { hits } = await createTextSearch(store, { encoder }).search('bank spider')
    expect(hits[0]!.rows.map(({ row, token }) => [row, token])).toEqual([
      [1, undefined],
      [0, undefined],
    ])
    expect(hits[0]!.matches).toEqual([])
    await store.close()
  })

  it('scores a passage with all words of the question at most 1 if rare words count more', async () => {
    const { store, wordCounts } = await weightedSamples()
    const { hits } = await createTextSearch(store, { encoder, wordCounts }).search('the volcano and the town')
    expect(hits[0]!.text).toContain('The volcano had been quiet')
    expect(hits[0]!.score).toBeCloseTo(1, 2)
    // contributions add up to the score, the rarer word first
    expect(hits[0]!.matches.reduce((sum, match) => sum + match.contribution, 0)).toBeCloseTo(
      hits[0]!.score,
      5,
    )
    // function words have no rows
    expect(hits[0]!.matches.map(({ query }) => query).sort()).toEqual(['town', 'volcano'])
    await store.close()
  })

  it('returns the similarity of each pair of rows and the weight of each word, whose product adds to the score', async () => {
    const { store, wordCounts } = await weightedSamples()
    const { hits } = await createTextSearch(store, { encoder, wordCounts }).search('fear of spiders')
    await store.close()
    const { data, dim } = encoder.query('fear spiders')
    for (const { text, rows } of hits) {
      const document = encoder.documents([text])[0]!.data
      for (const [queryRow, { row, similarity, weight, contribution }] of rows.entries()) {
        const words = [data.subarray(queryRow * dim), document.subarray(row * dim)] as const
        let cosine = 0
        for (let i = 0; i < dim; i++) cosine += words[0][i]! * words[1][i]!
        expect(similarity, `row ${queryRow} of "${text}"`).toBeCloseTo(cosine, 5)
        expect(contribution, `row ${queryRow} of "${text}"`).toBeCloseTo(cosine * weight!, 5)
      }
      expect(rows.reduce((sum, { weight }) => sum + weight!, 0)).toBeCloseTo(1, 5)
    }
  })

  it.each(['Dot', 'Cosine'] as const)(
    'has weights only with counts and the distance Dot: %s',
    async distance => {
      const store = await createStore({ vectors: { text: { size: encoder.dim, distance } } })
      const { data, dim } = encoder.query('a spider')
      await store.upsert([{ id: 1, vector: { text: { data, dim } }, payload: { text: 'a spider' } }])
      const rowsWith = async (wordCounts?: { passages: number; words: Record<string, number> }) => {
        const { hits } = await createTextSearch(store, { encoder, wordCounts }).search('spider fear')
        return hits[0]!.rows
      }
      expect((await rowsWith())[0]).not.toHaveProperty('weight')
      const [spider, fear] = await rowsWith({ passages: 9, words: { spider: 1, fear: 8 } })
      await store.close()
      expect(spider!.similarity).toBeCloseTo(1, 5)
      expect(spider!.weight !== undefined).toBe(distance === 'Dot')
      if (distance === 'Dot') expect(spider!.weight).toBeGreaterThan(fear!.weight!)
      else expect(spider!.contribution).toBeCloseTo(1, 5)
    },
  )

  it('refuses a vector of another dim, an unknown vector and an unknown option', async () => {
    const store = await createStore({ vectors: { v: { size: 2, distance: 'Dot' } } })
    expect(() => createTextSearch(store, { encoder })).toThrow(
      new RangeError(
        '"encoder" expected an encoder of dim 2, as the collection has, got dim 100; use the encoder that made the vectors',
      ),
    )
    expect(() => createTextSearch(store, { encoder, using: 'w' })).toThrow(/"using" expected .*, got "w"/)
    expect(() => createTextSearch(store, { encoder, vector: 'v' } as never)).toThrow(
      new RangeError(
        'unknown option "options.vector"; valid options of createTextSearch: encoder, using, wordCounts',
      ),
    )
    await store.close()
  })
})

describe('rerankTexts', () => {
  let scorer: Scorer
  beforeAll(async () => {
    scorer = await createScorer()
  })
  afterAll(() => scorer.dispose())

  const candidates = ['xyzzyq', 'the bank and the money', 'a spider and a fly'].map((text, id) => ({
    id,
    text,
  }))
  const options = { encoder, weighted: true }

  it('sorts candidates by how well they answer, those without a match last, in their order', async () => {
    const ranked = await rerankTexts(scorer, 'fear of insects', candidates, options)
    expect(ranked.map(({ index }) => index)).toEqual([2, 0, 1])
    expect(ranked[0]!.candidate).toBe(candidates[2])
    expect(ranked[0]!.matches[0]).toMatchObject({ query: 'insects', document: 'spider', start: 2, end: 8 })
    expect(ranked[0]!.marks).toMatchObject([{ start: 2, end: 8, query: 'insects' }])
    for (const other of ranked.slice(1)) expect(other).toMatchObject({ score: 0, matches: [], marks: [] })
  })

  it('ranks as a text index does: the same scores, and of equal ones the shorter text first', async () => {
    const texts = [
      'Headers, and a header.',
      'FetchContent and more and more.',
      'fetch it',
      'Content: fetch it',
    ]
    const folder = mkdtempSync(join(tmpdir(), 'maxsimd-rerank-'))
    writeFileSync(join(folder, 'notes.md'), texts.join('\n\n'))
    const index = await openTextIndex(join(folder, '.index'), { ...options, encoderName: 'static' })
    await index.update([folder])
    for (const question of ['fetchcontent header', 'fetch it', 'retrieve the title', 'the and it']) {
      for (const only of [undefined, 'words'] as const) {
        const { hits } = await index.search(question, { only })
        const ranked = await rerankTexts(scorer, question, texts.map(text => ({ text })), { ...options, only }) // biome-ignore format: one call
        const found = ranked.filter(({ score }) => score > 0)
        expect(found.map(({ candidate, score }) => [candidate.text, score])).toEqual(
          hits.map(({ text, score }) => [text, score]),
        )
        expect(found.map(({ matches, marks }) => [matches, marks])).toEqual(
          hits.map(({ matches, marks }) => [matches, marks]),
        )
      }
    }
    await index.close()
    rmSync(folder, { recursive: true })
  })

  it('fuses words and rows of a model, or uses one of them', async () => {
    // a row for each word: words that begin alike are equal
    const rowsOf = (text: string) => {
      const tokens = [...text.matchAll(/[a-z]+/g)].map(({ 0: word, index }) => ({
        text: word,
        start: index,
        end: index + word.length,
      }))
      const data = new Float32Array(26 * tokens.length)
      for (const [row, { text: word }] of tokens.entries()) data[26 * row + word.charCodeAt(0) - 97] = 1
      return { data, dim: 26, tokens, unknown: [] }
    }
    const model = { dim: 26, query: rowsOf, documents: (texts: readonly string[]) => texts.map(rowsOf) }
    const texts = ['4000', 'quilt zoo', 'a quick zebra', 'none'].map(text => ({ text }))
    const rank = async (question: string, only?: 'words' | 'meaning') =>
      (await rerankTexts(scorer, question, texts, { encoder: model, only })).map(
        ({ candidate: { text }, score, matches }) => [text, score, matches.map(({ document }) => document)],
      )
    expect(await rank('quick zebra')).toEqual([
      ['a quick zebra', 1, ['quick', 'zebra']],
      ['quilt zoo', 0.5, ['quilt', 'zoo']],
      ['none', 0, expect.any(Array)],
      ['4000', 0, []],
    ])
    const scoresOf = (ranked: unknown[][]) => ranked.map(([text, score]) => [text, score])
    expect(scoresOf(await rank('quick zebra', 'meaning'))).toEqual([
      ['quilt zoo', 2],
      ['a quick zebra', 2],
      ['none', 0],
      ['4000', 0],
    ])
    expect(await rank('4000 zebra', 'words')).toMatchObject([
      ['4000', expect.any(Number), ['4000']],
      ['a quick zebra', expect.any(Number), ['zebra']],
      ['quilt zoo', 0, []],
      ['none', 0, []],
    ])
  })

  it('fuses words with rows of which even the worst have most of the score of the best', async () => {
    // rows of one dim: the best text has 1, the worst 0.8; by words, only two texts have a word of the question
    const texts = Array.from({ length: 60 }, (_, i) => ({ text: `text ${i}` }))
    texts[1] = { text: 'quick 1' }
    texts[59] = { text: 'quick zebra 59' }
    const rowOf = (value: number) => ({
      data: Float32Array.of(value),
      dim: 1,
      tokens: [{ text: 'x', start: 0, end: 1 }],
      unknown: [],
    })
    const model = {
      dim: 1,
      query: () => rowOf(1),
      documents: (texts: readonly string[]) =>
        texts.map(text => rowOf(1 - 0.2 * (Number(text.split(' ').at(-1)) / 59))),
    }
    const ranked = await rerankTexts(scorer, 'quick zebra', texts, { encoder: model })
    // a good text by both counts more than the best by words that is the worst by rows
    expect(ranked.slice(0, 2).map(({ index }) => index)).toEqual([1, 59])
    expect(ranked[1]!.score).toBeCloseTo((1 + (1 - Math.log(60) / Math.log(100))) / 2)
  })

  it('keeps the order if the question has no known word', async () => {
    const ranked = await rerankTexts(scorer, 'xyzzyq', candidates, options)
    expect(ranked.map(({ index }) => index)).toEqual([0, 1, 2])
  })

  it('by meaning, keeps the order of texts without rows, and of all if the question has no row', async () => {
    const rank = async (question: string, texts: readonly string[]) =>
      (await rerankTexts(scorer, question, texts.map(text => ({ text })), { ...options, only: 'meaning' })).map(({ index, score, matches, marks }) => [index, score, matches, marks]) // biome-ignore format: one call
    expect(await rank('insects', ['xyzzyq', 'qwxz'])).toEqual([
      [0, 0, [], []],
      [1, 0, [], []],
    ])
    expect(await rank('xyzzyq', ['a spider', 'the bank'])).toEqual([
      [0, 0, [], []],
      [1, 0, [], []],
    ])
    const [[, , matches, marks] = []] = await rank('spiders', ['a spider'])
    expect(matches).toMatchObject([{ query: 'spiders', document: 'spider', start: 2, end: 8 }])
    expect(marks).toEqual(matches)
  })

  it('leaves the memory of the scorer as it was, with rows and without, and after an error', async () => {
    const wrong = {
      ...encoder,
      documents: (texts: readonly string[]) =>
        encoder
          .documents(texts)
          .map((row, i) => (i === 2 ? { ...row, data: row.data.map(() => Number.NaN) } : row)),
    }
    const run = async () => {
      await rerankTexts(scorer, 'fear of insects', candidates, options)
      await rerankTexts(scorer, 'fear of insects', candidates, { ...options, only: 'meaning' })
      const refused = rerankTexts(scorer, 'insects', candidates, { encoder: wrong, only: 'meaning' })
      await expect(refused).rejects.toThrow('NaN')
    }
    await run()
    const before = scorer.memoryBytes
    for (let round = 0; round < 100; round++) await run()
    expect(scorer.memoryBytes).toBe(before)
  })

  it('returns nothing for no candidates', async () => {
    expect(await rerankTexts(scorer, 'insects', [], options)).toEqual([])
  })

  it.each<[string, object, string]>([
    ['weights', { weighted: 1 }, '"weighted" expected'],
    ['another ranking', { only: 'letters' }, '"only" expected one of words, meaning, got "letters"'],
    ['no encoder', { encoder: undefined }, '"encoder" is required'],
    [
      'an encoder without query()',
      { encoder: { dim: 1 } },
      '"encoder" expected an encoder of maxsimd/encode',
    ],
  ])('refuses %s', async (_, change, message) => {
    // also if there is nothing to rank
    await expect(rerankTexts(scorer, 'insects', [], { ...options, ...change } as never)).rejects.toThrow(
      message,
    )
  })

  it('refuses an unknown option', async () => {
    await expect(rerankTexts(scorer, 'insects', candidates, { encoder, limit: 3 } as never)).rejects.toThrow(
      new RangeError(
        'unknown option "options.limit"; valid options of rerankTexts: encoder, weighted, only, signal',
      ),
    )
  })
})
