// Search of a text index by words and meanings.
//
//   encoder        default                                       'words'             'meaning'
//   word vectors   words, and similar words for those that       words themselves    MaxSim with weights of words
//                  a passage does not have (words/word-query.ts)
//   a model        words and MaxSim, fused (fuse.ts)             words themselves    MaxSim
//                  words themselves, until half of the
//                  passages have rows

import { checkKnownOptions, oneOf, wholeNumber } from '../base/check-options.js'
import { loadOnce } from '../base/load-once.js'
import { createPauses } from '../base/sleep.js'
import type { Filter } from '../collection/collection.js'
import type { TokenEncoder } from '../encode/index.js'
import type { Store } from '../store/index.js'
import { type Catalog, countWithoutRows } from './catalog.js'
import { CANDIDATES, fuseScores } from './fuse.js'
import {
  createRowSearch,
  type SearchTextOptions,
  type Suggestion,
  type TextAnswer,
  type TextHit,
  type TextSearch,
  textHitOf,
} from './text-search.js'
import { readRowsOfWords, readWords } from './words/index-words.js'
import { loadTermReader } from './words/load-term-reader.js'
import { createNearestWord } from './words/nearest-word.js'
import { createFindSimilar, type FindSimilar } from './words/similar-words.js'
import type { ReadTerms } from './words/terms.js'
import { matchPassage } from './words/word-hits.js'
import type { WordIndex } from './words/word-index.js'
import { createWordLookup, type WordLookup } from './words/word-lookup.js'
import { scoreWords, type WordQuery, wordQueryOf } from './words/word-query.js'
import { rankPassages, type ScoredPassage } from './words/word-ranking.js'
import { encodeWords } from './words/word-rows.js'

/** An encoder, and whether it gives a word the same row in every text. */
export interface IndexEncoder {
  readonly encoder: TokenEncoder
  readonly weighted: boolean
}

export interface IndexSearchParts {
  readonly path: string
  readonly store: Store
  readonly catalog: Catalog
  /** The name of the vector in the store. */
  readonly using: string
  /** Called once, for the first search that needs the encoder. */
  readonly loadEncoder: () => Promise<IndexEncoder>
  /** Whether `loadEncoder` also checks the encoder, so that every search by meaning must call it. Default: false. */
  readonly isChecked?: boolean | undefined
}

/** The search of an index. `words` replaces its words after an update. */
export interface IndexSearch extends TextSearch {
  setWords(words: WordIndex): void
}

const OPTIONS = ['limit', 'signal', 'filter', 'explain', 'only'] as const

/** What is read and computed once, until the words change. */
interface OpenedWords {
  readonly lookup: () => Promise<WordLookup>
  readonly similar: () => Promise<FindSimilar | undefined>
}

export function createIndexSearch(parts: IndexSearchParts): IndexSearch {
  const { path, store, catalog, using } = parts
  let opened: OpenedWords | undefined
  const loadEncoder = loadOnce(parts.loadEncoder)
  const openWords = (load: () => Promise<WordLookup>): OpenedWords => {
    const lookup = loadOnce(load)
    // the file of these words: the catalog names another one after an update
    const { wordFile } = catalog
    return { lookup, similar: loadOnce(() => openSimilar(lookup, wordFile)) }
  }
  const rowSearch = async () => {
    const loaded = await loadEncoder()
    const wordCounts = loaded.weighted ? catalog : undefined
    return createRowSearch(store, { encoder: loaded.encoder, using, wordCounts }, true)
  }
  const openSimilar = async (
    loadLookup: () => Promise<WordLookup>,
    wordFile: string | undefined,
  ): Promise<FindSimilar | undefined> => {
    const load = async () => (await loadEncoder()).encoder
    // the rows of a model depend on the text around a word
    if (catalog.rowsBelow !== undefined) return undefined
    if (parts.isChecked) await loadEncoder()
    const loading = loadLookup()
    const indexed = loading.then(({ index }) => index)
    const [rows, lookup] = await Promise.all([readRowsOfWords(path, wordFile, indexed), loading])
    if (rows) return createFindSimilar(lookup, rows, load)
    const { encoder, weighted } = await loadEncoder()
    return weighted
      ? createFindSimilar(lookup, await encodeWords(encoder, lookup.index.words.all()), load)
      : undefined
  }

  return {
    setWords(words) {
      const lookup = createWordLookup(words)
      opened = openWords(async () => lookup)
    },
    async search(text, options = {}) {
      checkKnownOptions(options, OPTIONS, 'search')
      const { only, ...rest } = options
      if (only !== undefined) oneOf(only, ['words', 'meaning'], 'only')
      const limit = wholeNumber(options.limit ?? 10, 'limit', 1)
      options.signal?.throwIfAborted()
      const withoutRows = countWithoutRows(catalog)
      const pending = withoutRows > 0 && only !== 'words' ? { withoutRows } : {}
      if (only === 'meaning')
        return { ...(await rowAnswer(await rowSearch(), text, { ...rest, limit })), ...pending }
      opened ??= openWords(async () => createWordLookup(await readWords(path, catalog, store)))
      const words = opened
      const usesRows = only === undefined && hasEnoughRows(catalog)
      const [lookup, { readTerms }, similar] = await Promise.all([
        words.lookup(),
        loadTermReader(),
        usesRows ? words.similar() : undefined,
      ])
      const query = await wordQueryOf(text, lookup, readTerms, similar, options.signal)
      const found = { store, catalog, lookup, query, readTerms }
      const hits =
        usesRows && !similar
          ? await fusedHits(found, await rowSearch(), text, { ...rest, limit })
          : await wordHits(found, { ...rest, limit })
      const suggestions = await suggestionsFor(query, lookup, options.signal)
      return { hits, unknown: query.missing, suggestions, ...pending }
    },
  }
}

/**
 * Whether at least half of the passages have rows. On Cranfield with MiniLM, the ranking by words alone is better with fewer
 * rows: the best of a few rows would get the score of the best of all.
 */
function hasEnoughRows(catalog: Catalog): boolean {
  if (catalog.rowsBelow === undefined) return true
  const passages = Object.values(catalog.files).reduce((sum, { count }) => sum + count, 0)
  return passages > 0 && 2 * countWithoutRows(catalog) <= passages
}

interface FoundWords {
  readonly store: Store
  readonly catalog: Catalog
  readonly lookup: WordLookup
  readonly query: WordQuery
  readonly readTerms: ReadTerms
}

type HitOptions = Omit<SearchTextOptions, 'only' | 'limit'> & { readonly limit: number }

/** The test of a filter; undefined without one. */
async function allowedBy(
  store: Store,
  { filter, signal }: Pick<HitOptions, 'filter' | 'signal'>,
): Promise<((id: number) => boolean) | undefined> {
  if (filter === undefined) return undefined
  const ids = new Set<number>()
  for await (const { id } of store.scroll({ filter: filter as Filter, with_payload: false, signal }))
    ids.add(id as number)
  return id => ids.has(id)
}

async function wordHits(found: FoundWords, options: HitOptions): Promise<TextHit[]> {
  const { store, lookup, query } = found
  const isAllowed = await allowedBy(store, options)
  const ranked = rankPassages(lookup.index, scoreWords(query, lookup), options.limit, isAllowed)
  return hitsOf(found, ranked, options)
}

/** The passages of ranked ids, with their matched words. */
async function hitsOf(
  { store, query, readTerms }: FoundWords,
  ranked: readonly ScoredPassage[],
  { explain = true, signal }: HitOptions,
): Promise<TextHit[]> {
  const points = new Map(
    (
      await store.retrieve(
        ranked.map(({ id }) => id),
        { signal },
      )
    ).map(point => [point.id, point]),
  )
  return ranked.flatMap(({ id, score }) => {
    const point = points.get(id)
    if (!point) return []
    const hit = textHitOf({ ...point, score }, undefined)
    return [explain ? { ...hit, ...matchPassage(hit, query, readTerms) } : hit]
  })
}

/** Hits beyond the limit that are read if they have the score of the last hit, because a shorter passage comes first. */
const MAX_EQUAL = 100

/** The answer by rows only. */
async function rowAnswer(rows: TextSearch, text: string, options: HitOptions): Promise<TextAnswer> {
  const { limit, explain } = options
  const inOrder = (hits: readonly TextHit[]) =>
    [...hits].sort((a, b) => b.score - a.score || a.text.length - b.text.length).slice(0, limit)
  const answer = await rows.search(text, { ...options, limit: limit + 1 })
  const [last, next] = answer.hits.slice(limit - 1)
  if (!next || last!.score !== next.score) return { ...answer, hits: inOrder(answer.hits) }
  const more = await rows.search(text, { ...options, limit: limit + MAX_EQUAL, explain: false })
  const hits = inOrder(more.hits)
  if (explain === false) return { ...answer, hits }
  const filter = { must: [{ has_id: hits.map(({ id }) => id) }] }
  const explained = await rows.search(text, { limit, filter, signal: options.signal })
  return { ...answer, hits: inOrder(explained.hits) }
}

/** The passages with the best scores by words and by the rows of a model. */
async function fusedHits(
  found: FoundWords,
  rows: TextSearch,
  text: string,
  options: HitOptions,
): Promise<TextHit[]> {
  const { store, catalog, lookup } = found
  const { limit, filter, signal } = options
  const { rowsBelow = Number.POSITIVE_INFINITY } = catalog
  const scores = scoreWords(found.query, lookup)
  const depth = Math.max(CANDIDATES, limit)
  const byWords = rankPassages(lookup.index, scores, depth, await allowedBy(store, options))
  const scoreRows = async (few: Pick<SearchTextOptions, 'limit' | 'filter'>) =>
    (await rows.search(text, { ...few, signal, explain: false })).hits.map(({ id, score }) => ({
      id: id as number,
      score,
    }))
  const byRows = await scoreRows({ limit: depth, filter })
  const rowScores = new Map(byRows.map(({ id, score }) => [id, score]))
  const others = byWords.flatMap(({ id }) => (rowScores.has(id) ? [] : [id]))
  if (others.length > 0) {
    const scored = await scoreRows({ limit: others.length, filter: { must: [{ has_id: others }] } })
    for (const { id, score } of scored) rowScores.set(id, score)
  }
  const lists = [
    { best: byWords, scoreOf: (id: number) => scores[lookup.slotOf(id) ?? -1] },
    {
      best: byRows,
      scoresAll: true,
      scoreOf: (id: number) => rowScores.get(id),
      isPending: (id: number) => id >= rowsBelow && !rowScores.has(id),
    },
  ]
  const fused = fuseScores(lists, lookup.lengthOf).slice(0, limit)
  return explainFused(found, rows, text, fused, options)
}

/** Adds the rows that match, beside the words. */
async function explainFused(
  found: FoundWords,
  rows: TextSearch,
  text: string,
  fused: readonly ScoredPassage[],
  options: HitOptions,
): Promise<TextHit[]> {
  const hits = await hitsOf(found, fused, options)
  if (options.explain === false || hits.length === 0) return hits
  const filter = { must: [{ has_id: hits.map(({ id }) => id) }] }
  const explained = await rows.search(text, { limit: hits.length, filter, signal: options.signal })
  const byId = new Map(explained.hits.map(hit => [hit.id, hit]))
  return hits.map(hit => {
    const found = byId.get(hit.id)
    if (!found) return hit
    const marks = hit.marks?.length ? hit.marks : found.matches
    return { ...hit, rows: found.rows, matches: found.matches, marks }
  })
}

/** Missing words that get a suggestion. Each is compared with every word of the index. */
const MAX_SUGGESTED = 64
/** Words that are compared before other work of the process gets a turn: some 20 ms. */
const PAUSE_WORDS = 500_000

/** The nearest word of the index for each of the first missing words that has one. */
async function suggestionsFor(
  { missing }: WordQuery,
  { index }: WordLookup,
  signal: AbortSignal | undefined,
): Promise<Suggestion[]> {
  if (missing.length === 0) return []
  const { words, starts } = index
  const nearestWord = createNearestWord(words.all(), number => starts[number + 1]! - starts[number]!)
  const suggestions: Suggestion[] = []
  const pause = createPauses(PAUSE_WORDS, signal)
  for (const word of missing.slice(0, MAX_SUGGESTED)) {
    await pause(words.length)
    const nearest = nearestWord(word)
    if (nearest !== undefined) suggestions.push({ word, nearest })
  }
  return suggestions
}
