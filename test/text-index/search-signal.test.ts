// The signal of a call: every read of the store and every call of the encoder gets it, and what a stopped call leaves behind is whole.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { createStaticEncoder, type TokenEncoder } from '../../src/encode/index.js'
import { createScorer } from '../../src/index.js'
import { createStore } from '../../src/store/index.js'
import {
  createTextSearch,
  openTextIndex,
  readCatalog,
  rerankTexts,
  type SearchTextOptions,
} from '../../src/text-index/index.js'
import { createIndexSearch } from '../../src/text-index/index-search.js'
import { loadTermReader } from '../../src/text-index/words/load-term-reader.js'
import { collectWords, createWordCollector, mergeWords } from '../../src/text-index/words/word-index.js'

const root = mkdtempSync(join(tmpdir(), 'maxsimd-signal-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const words = createStaticEncoder(readFileSync('data/words.bin'))
/** The word vectors as a model, which cannot tell the tokens of a text without encoding it. */
const { documentTokens: _, ...model } = words

/** `target` whose methods of these names note the signal of each call. The options are the last argument. */
function noting<T extends object>(
  target: T,
  names: readonly (keyof T & string)[],
  calls: [string, unknown][],
): T {
  const noted = names.map(name => [
    name,
    (...call: unknown[]) => {
      const options = call.findLast(each => typeof each === 'object' && each !== null && 'signal' in each)
      calls.push([name, (options as { signal?: unknown } | undefined)?.signal])
      return (target[name] as (...call: unknown[]) => unknown).apply(target, call)
    },
  ])
  return { ...target, ...Object.fromEntries(noted) }
}

const READS = ['query', 'retrieve', 'scroll'] as const
const CALLS = ['query', 'documents'] as const

/** Thirty passages; the same passage in twenty, so that equal scores go beyond a limit. */
const TEXTS = Array.from({ length: 30 }, (_, i) =>
  i < 20 ? 'A spider sat.' : `A spider sat ${'x'.repeat(i)} wall.`,
)

const searches = new Map<boolean, ReturnType<typeof openSearch>>()
afterAll(async () => {
  for (const search of searches.values()) await (await search).index.close()
})

/** A search in an index, and the calls with their signals. */
function watchedSearch(weighted: boolean): ReturnType<typeof openSearch> {
  const search = searches.get(weighted) ?? openSearch(weighted)
  searches.set(weighted, search)
  return search
}

async function openSearch(weighted: boolean) {
  const folder = mkdtempSync(join(root, 'notes-'))
  writeFileSync(join(folder, 'a.txt'), TEXTS.join('\n\n'))
  const calls: [string, unknown][] = []
  const index = await openTextIndex(join(folder, 'index'), { encoder: model, encoderName: 'a', weighted })
  await index.update([join(folder, 'a.txt')])
  const parts = {
    ...{ path: index.path, catalog: index.catalog, using: 'text' },
    store: noting(index.store, READS, calls),
    loadEncoder: async () => ({ encoder: noting(model as TokenEncoder, CALLS, calls), weighted }),
  }
  return { index, calls, search: createIndexSearch(parts).search }
}

it.each<[string, boolean, string, SearchTextOptions, string[]]>([
  ['by words', true, 'spider', { only: 'words' }, ['retrieve']],
  ['with a filter', true, 'spider', { filter: { must: [] } }, ['scroll', 'retrieve']],
  ['for a word that is not in the index', true, 'insects', {}, ['documents', 'retrieve']],
  ['by meaning', true, 'spider', { only: 'meaning', limit: 100 }, ['query', 'documents']],
  [
    'by meaning, with equal scores beyond the limit',
    true,
    'spider',
    { only: 'meaning', limit: 2 },
    ['query', 'documents'],
  ],
  ['with a model', false, 'spider', { limit: 3 }, ['query', 'retrieve', 'documents']],
  [
    'with a model and a filter',
    false,
    'spider',
    { filter: { must: [] } },
    ['scroll', 'query', 'retrieve', 'documents'],
  ],
])(
  'a search %s passes its signal to every read and to the encoder',
  async (_, weighted, text, options, names) => {
    const { calls, search } = await watchedSearch(weighted)
    // what is read once, for all searches, has no signal
    const first = await search(text, options)
    calls.length = 0
    const { signal } = new AbortController()
    expect(await search(text, { ...options, signal })).toEqual(first)
    expect(first.hits).not.toEqual([])
    expect(new Set(calls.map(([name]) => name))).toEqual(new Set(names))
    expect(calls.filter(([, passed]) => passed !== signal)).toEqual([])
  },
)

it('a search in a collection passes its signal to the collection and to the encoder', async () => {
  const store = await createStore({ vectors: { text: { size: model.dim, distance: 'Dot' } }, encoder: model })
  await store.upsert([{ id: 1, vector: { text: { text: TEXTS[0]! } }, payload: { text: TEXTS[0]! } }])
  const calls: [string, unknown][] = []
  const encoder = noting(model as TokenEncoder, CALLS, calls)
  const { signal } = new AbortController()
  const { hits } = await createTextSearch(noting(store, READS, calls), { encoder }).search('spider', {
    signal,
  })
  expect(hits).toHaveLength(1)
  expect(calls).toEqual([
    ['query', signal],
    ['query', signal],
    ['documents', signal],
  ])
  await store.close()
})

it.each([
  [true, undefined],
  [true, 'meaning'],
  [false, undefined],
] as const)(
  'reranking passes its signal to each call of the encoder (weighted: %s, only: %s)',
  async (weighted, only) => {
    const scorer = await createScorer()
    const calls: [string, unknown][] = []
    const encoder = noting(model as TokenEncoder, CALLS, calls)
    const { signal } = new AbortController()
    await rerankTexts(scorer, 'insects', [{ text: 'A spider sat.' }], { encoder, weighted, only, signal })
    expect(calls.length).toBeGreaterThan(1)
    expect(calls.filter(([, passed]) => passed !== signal)).toEqual([])
    scorer.dispose()
  },
)

it('the suggestions for missing words end when the signal is aborted', async () => {
  const reader = await loadTermReader()
  const collector = createWordCollector()
  collectWords(collector, 0, { text: 'spider', payload: {} }, reader)
  const wordIndex = mergeWords(undefined, () => true, collector)
  const abort = new AbortController()
  // the words are listed for the suggestions only
  const all = () => {
    abort.abort(new Error('enough'))
    return wordIndex.words.all()
  }
  const index = await openTextIndex(join(root, 'suggestions'), {
    ...{ encoder: words, encoderName: 'a', weighted: true },
  })
  const { path, store, catalog } = index
  const loadEncoder = async () => ({ encoder: words, weighted: true })
  const { search, setWords } = createIndexSearch({ path, store, catalog, using: 'text', loadEncoder })
  // as many as a large index has
  setWords({ ...wordIndex, words: { ...wordIndex.words, length: 500_000, all } })
  const options = { only: 'words', signal: abort.signal } as const
  await expect(search('spidr beetl', options)).rejects.toThrow('enough')
  const { suggestions } = await search('spidr beetl', { only: 'words' })
  expect(suggestions).toEqual([{ word: 'spidr', nearest: 'spider' }])
  await index.close()
})

it('reranking stops before it encodes, and while it explains, when its signal is aborted', async () => {
  const scorer = await createScorer()
  const texts = Array.from({ length: 1000 }, (_, i) => ({ text: `a spider ${i}` }))
  const early = new AbortController()
  const calls: [string, unknown][] = []
  setTimeout(() => early.abort(new Error('early')), 0)
  const watched = noting(model as TokenEncoder, CALLS, calls)
  await expect(
    rerankTexts(scorer, 'spider', texts, { encoder: watched, signal: early.signal }),
  ).rejects.toThrow('early')
  expect(calls).toEqual([])
  const late = new AbortController()
  const aborting = {
    ...(model as TokenEncoder),
    query(question: string) {
      late.abort(new Error('late'))
      return model.query(question)
    },
  }
  const options = { encoder: aborting, only: 'meaning', signal: late.signal } as const
  await expect(rerankTexts(scorer, 'spider', texts, options)).rejects.toThrow('late')
  scorer.dispose()
})

/** An index of one file, whose passages have all changed, and the file. */
async function changedIndex(weighted: boolean) {
  const folder = mkdtempSync(join(root, 'changed-'))
  const file = join(folder, 'a.txt')
  const index = await openTextIndex(join(folder, 'index'), { encoder: words, encoderName: 'a', weighted })
  writeFileSync(file, 'spider\n\nwolf\n\nbank')
  await index.update([file])
  writeFileSync(file, 'volcano\n\nviolin\n\ndoctor')
  const abort = new AbortController()
  const stop = ({ share }: { readonly share: number }) => {
    if (share === 1) abort.abort(new Error('enough'))
  }
  return { index, file, stopped: { signal: abort.signal, onProgress: stop } }
}

it('an update that is stopped when it removes old passages has written the new ones', async () => {
  const { index, file, stopped } = await changedIndex(true)
  await expect(index.update([file], stopped)).rejects.toThrow('enough')
  const countOf = async (text: string) => (await index.search(text, { only: 'words' })).hits.length
  expect([await countOf('volcano'), await countOf('spider')]).toEqual([1, 0])
  expect(await readCatalog(index.path)).toMatchObject({ clean: true, wordFile: expect.any(String) })
  expect(await index.update([file])).toMatchObject({ unchanged: 1, passages: 0 })
  expect([await countOf('volcano'), (await index.store.info()).points]).toEqual([1, 3])
  await index.close()
})

it('rows that are complete are kept when their compaction is stopped', async () => {
  const { index, file, stopped } = await changedIndex(false)
  await index.update([file], { lazy: true })
  await expect(index.encodeRows(stopped)).rejects.toThrow('enough')
  expect((await index.search('volcano', { only: 'meaning' })).hits[0]!.text).toBe('volcano')
  expect(await index.encodeRows()).toEqual({ encoded: 0, cut: 0 })
  await index.close()
})

it('an update whose signal is aborted reads no folder', async () => {
  const { index } = await changedIndex(true)
  const signal = AbortSignal.abort(new Error('enough'))
  await expect(index.update([join(root, 'missing')], { signal })).rejects.toThrow('enough')
  await index.close()
})
