// A search beside changes of the index, what it calls the encoder for, and how many equal hits it reads.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createStaticEncoder, type TokenEncoder } from '../../src/encode/index.js'
import { openTextIndex, type TextIndex, type TextIndexOptions } from '../../src/text-index/index.js'
import { createIndexSearch, type IndexEncoder } from '../../src/text-index/index-search.js'

const root = mkdtempSync(join(tmpdir(), 'maxsimd-search-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const words = createStaticEncoder(readFileSync('data/words.bin'))
let folders = 0

/** An index of files of paragraphs, open for `run`. */
async function withIndex(
  files: Readonly<Record<string, readonly string[]>>,
  run: (index: TextIndex, folder: string) => Promise<void>,
  options: Partial<TextIndexOptions> = {},
): Promise<void> {
  const folder = mkdtempSync(join(root, `${folders++}-`))
  for (const [name, passages] of Object.entries(files))
    writeFileSync(join(folder, name), passages.join('\n\n'))
  const index = await openTextIndex(join(folder, '.index'), {
    ...{ encoder: words, encoderName: 'a', weighted: true },
    ...options,
  })
  try {
    await index.update([folder])
    await run(index, folder)
  } finally {
    await index.close()
  }
}

/** The search of an index as another program opens it. */
const searchOf = ({ path, store, catalog }: TextIndex, loadEncoder: () => Promise<IndexEncoder>, more = {}) =>
  createIndexSearch({ path, store, catalog, using: 'text', loadEncoder, ...more }).search

/** An encoder that counts its calls. */
function counting(encoder: TokenEncoder) {
  const calls: string[] = []
  const { documentTokens: _, ...rest } = encoder
  const counted: TokenEncoder = {
    ...rest,
    query(...call) {
      calls.push('query')
      return encoder.query(...call)
    },
    documents(...call) {
      calls.push('documents')
      return encoder.documents(...call)
    },
  }
  return { encoder: counted, calls }
}

/** A model of one dim: the row of a text is the number at its end, that of a question is 1. */
const numbers: TokenEncoder = (() => {
  const rowOf = (text: string) => ({
    data: Float32Array.of(Number(/[\d.]+$/.exec(text)?.[0] ?? 1)),
    dim: 1,
    tokens: [{ text, start: 0, end: text.length }],
    unknown: [],
  })
  return { dim: 1, query: () => rowOf(''), documents: (texts: readonly string[]) => texts.map(rowOf) }
})()
const ofNumbers = { encoder: numbers, weighted: false, datatype: 'float32' } as const

describe('a search beside changes', () => {
  it.each([true, false])(
    'leaves out passages that are removed meanwhile (word vectors: %s)',
    async weighted => {
      const files = { 'a.md': ['A spider sat.', 'A spider and a wolf.'] }
      const run = async (index: TextIndex) => {
        const search = searchOf(index, async () => ({ encoder: words, weighted }))
        const [first, second] = (await search('spider')).hits
        await index.store.delete([first!.id])
        expect((await search('spider')).hits).toEqual([{ ...second, score: expect.any(Number) }])
      }
      await withIndex(files, run, { weighted })
    },
  )

  it('compares the words that it has read with their own rows', async () => {
    await withIndex({ 'a.md': ['Spider.'], 'b.md': ['Bank.'] }, async (index, folder) => {
      const search = searchOf(index, async () => ({ encoder: words, weighted: true }))
      const found = async () => (await search('insects')).hits.map(({ text }) => text)
      // reads the words, and not their rows
      await search('spider', { only: 'words' })
      // another word in place of the first: each word has another number
      writeFileSync(join(folder, 'b.md'), 'Wolf.')
      await index.update([folder])
      expect(await found()).toEqual(['Spider.'])
    })
  })
})

describe('the encoder', () => {
  it('is not loaded for the question of an index without passages', async () => {
    const run = async (index: TextIndex) => {
      const search = searchOf(index, () => Promise.reject(new Error('no model')))
      expect(await search('spider')).toEqual({ hits: [], unknown: ['spider'], suggestions: [] })
    }
    await withIndex({}, run, { weighted: false })
  })

  it('is loaded for each search by meaning if that checks it, and not for words', async () => {
    await withIndex({ 'a.md': ['A spider sat.'] }, async index => {
      const load = () => Promise.reject(new Error('another encoder'))
      const unchecked = searchOf(index, load)
      expect((await unchecked('spider')).hits).toHaveLength(1)
      const checked = searchOf(index, load, { isChecked: true })
      await expect(checked('spider')).rejects.toThrow('another encoder')
      expect((await checked('spider', { only: 'words' })).hits).toHaveLength(1)
    })
  })

  it('encodes a question by meaning once, unless the last hit equals the next one', async () => {
    const passages = ['spider 1', 'spider 2', 'spider 3', 'spider 3.']
    const { encoder, calls } = counting(numbers)
    const run = async (index: TextIndex) => {
      const search = searchOf(index, async () => ({ encoder, weighted: false }))
      const callsFor = async (limit: number, explain = true) => {
        calls.length = 0
        const { hits } = await search('spider', { only: 'meaning', limit, explain })
        expect(hits).toHaveLength(Math.min(4, limit))
        return calls.join(' ')
      }
      for (const limit of [2, 3, 4, 10]) expect(await callsFor(limit), `${limit}`).toBe('query documents')
      expect(await callsFor(10, false)).toBe('query')
      expect(await callsFor(1)).toBe('query documents query query documents')
      expect(await callsFor(1, false)).toBe('query query')
    }
    await withIndex({ 'a.md': passages }, run, ofNumbers)
  })
})

describe('hits by meaning', () => {
  it('with equal scores are the shortest, of a hundred beyond the limit', async () => {
    const passages = Array.from({ length: 101 }, (_, i) => `${'x '.repeat(101 - i)}1`)
    const run = async (index: TextIndex) => {
      const { hits } = await index.search('spider', { only: 'meaning', limit: 1 })
      expect(hits.map(({ text }) => text)).toEqual(['x 1'])
    }
    await withIndex({ 'a.md': passages }, run, ofNumbers)
  })

  it('of a cut text have the words of its beginning', async () => {
    const encoder: TokenEncoder = {
      ...words,
      documents: texts =>
        words.documents(texts).map(row => ({ ...row, data: row.data.subarray(0, 2 * row.dim) })),
      documentTokens: texts => words.documents(texts).map(({ tokens }) => tokens),
    }
    const run = async (index: TextIndex) => {
      const { hits } = await index.search('wolf', { only: 'meaning' })
      expect(hits[0]!.rows.map(({ token }) => token?.text)).toEqual(['wolf'])
    }
    await withIndex({ 'a.md': ['spider wolf bank doctor'] }, run, { encoder, weighted: false })
  })
})

describe('fused hits', () => {
  it('have the score of their own rows, also beyond the hundredth by rows', async () => {
    const passages = Array.from(
      { length: 150 },
      (_, i) => `${i === 149 ? 'zebra' : 'text'} ${(1000 - i) / 1000}`,
    )
    const run = async (index: TextIndex) => {
      const { hits } = await index.search('zebra', { limit: 100 })
      const zebra = hits.find(({ text }) => text.startsWith('zebra'))
      // the best has 1, and the hundredth 0.901
      const byRows = (0.851 - 0.901) / (1 - 0.901)
      expect(zebra!.score).toBeCloseTo((1 + byRows) / 2, 3)
    }
    await withIndex({ 'a.md': passages }, run, ofNumbers)
  })

  it('have no matches and rows without an explanation, and the encoder reads no passage for none', async () => {
    const { encoder, calls } = counting(words)
    const run = async (index: TextIndex) => {
      const search = searchOf(index, async () => ({ encoder, weighted: false }))
      const { hits } = await search('spider', { explain: false })
      expect(hits).toMatchObject([{ matches: [], rows: [] }])
      expect(hits[0]).not.toHaveProperty('marks')
      expect((await search('spider')).hits[0]!.rows).toHaveLength(1)
      calls.length = 0
      const filter = { must: [{ key: 'line', match: { value: 7 } }] }
      expect((await search('spider', { filter })).hits).toEqual([])
      expect(calls).toEqual(['query'])
    }
    await withIndex({ 'a.md': ['A spider sat.'] }, run, { weighted: false })
  })
})

it('the limit is a whole number of at least 1', async () => {
  await withIndex({ 'a.md': ['A spider sat.'] }, async index => {
    for (const limit of [0, 1.5, -1])
      for (const only of ['words', 'meaning'] as const)
        await expect(index.search('spider', { limit, only }), `${limit}`).rejects.toThrow('"limit" expected')
  })
})

it('of equally near words, the suggestion is the one of most passages', async () => {
  const passages = ['a warning', 'darning', 'darning', 'darning', 'earning', 'earning']
  await withIndex({ 'a.md': passages }, async index => {
    const { suggestions } = await index.search('varning')
    expect(suggestions).toEqual([{ word: 'varning', nearest: 'darning' }])
  })
})
