// Ranks texts that are no index by the rules of one (index-search.ts). How rare a word is, is counted over these texts.

import { createPauses } from '../base/sleep.js'
import { labelMatches } from '../collection/match-labels.js'
import type { MultiVector } from '../core/multivector.js'
import type { Scorer } from '../core/scorer.js'
import type { Encoded, Token, TokenEncoder } from '../encode/index.js'
import { countWords, createCatalog } from './catalog.js'
import { fuseScores } from './fuse.js'
import { type WordMatch, wordMatches } from './word-matches.js'
import { weightedQuery } from './word-weights.js'
import { loadTermReader } from './words/load-term-reader.js'
import { createFindSimilar } from './words/similar-words.js'
import type { ReadTerms } from './words/terms.js'
import { matchPassage, type WordMark } from './words/word-hits.js'
import { collectWords, createWordCollector, mergeWords } from './words/word-index.js'
import { createWordLookup } from './words/word-lookup.js'
import { scoreWords, type WordQuery, wordQueryOf } from './words/word-query.js'
import { rankPassages, type ScoredPassage } from './words/word-ranking.js'
import { encodeWords } from './words/word-rows.js'

/** How texts are ranked. */
export interface RankerOptions {
  readonly encoder: TokenEncoder
  /** Whether the encoder gives a word the same row in every text. */
  readonly weighted: boolean
  readonly only: 'words' | 'meaning' | undefined
  /** Ends the encoding of the texts, and each `rank`. */
  readonly signal?: AbortSignal | undefined
}

/** A text with its score. */
export interface RankedPosition {
  /** Index in the list of texts. */
  readonly index: number
  readonly score: number
  /** Highest contribution first. */
  readonly matches: readonly WordMatch[]
  readonly marks: readonly WordMark[]
}

/** The answer to a question. */
export interface RankedTexts {
  /** All texts, best first; those without a match last, in their order. */
  readonly ranked: readonly RankedPosition[]
  /** Words that no text has in any form. */
  readonly missing: readonly string[]
}

/** Ranks the same texts for several questions. */
export interface TextRanker {
  rank(question: string): Promise<RankedTexts>
  /** Frees the rows. */
  dispose(): void
}

/** The texts as words. */
interface TextWords {
  readonly readTerms: ReadTerms
  /** Number of words of a text. */
  readonly lengthOf: (index: number) => number
  queryOf(question: string): Promise<WordQuery>
  /** The scores by index. */
  scoresOf(query: WordQuery): readonly ScoredPassage[]
}

/** The texts as rows. */
interface TextRows {
  /** The rows of a question. */
  queryOf(question: string): Promise<RowQuery>
  /** The scores of the texts with rows, best first; none if the question has no rows. */
  scoresOf(query: RowQuery): readonly ScoredPassage[]
  matchesOf(query: RowQuery, index: number): readonly WordMatch[]
  dispose(): void
}

interface RowQuery {
  readonly rows: MultiVector
  readonly tokens: readonly Token[]
}

/** Texts that are read or explained before other work of the process gets a turn: some 20 ms. */
const PAUSE_TEXTS = 500

/** Reads the words of texts, and encodes them if rows are needed. */
export async function createTextRanker(
  scorer: Scorer,
  texts: readonly string[],
  options: RankerOptions,
): Promise<TextRanker> {
  const { weighted, only, signal } = options
  const words = await readWordsOf(texts, options)
  const hasRows = only === 'meaning' || (only === undefined && !weighted)
  const rows = hasRows ? await encodeTexts(scorer, texts, options) : undefined
  return {
    async rank(question) {
      const query = await words.queryOf(question)
      const byWords = only === 'meaning' ? [] : words.scoresOf(query)
      const rowQuery = await rows?.queryOf(question)
      const byRows = rowQuery ? rows!.scoresOf(rowQuery) : []
      const isFused = rows !== undefined && only === undefined
      const scored = isFused ? fuseLists(byWords, byRows, words.lengthOf) : [...byWords, ...byRows]
      const hasRow = new Set(byRows.map(({ id }) => id))
      const positionOf = ({ id: index, score }: ScoredPassage): RankedPosition => {
        const found = matchPassage({ text: texts[index]!, payload: {} }, query, words.readTerms)
        const marks = only === 'meaning' ? [] : found.marks
        if (!rowQuery || !hasRow.has(index))
          return { index, score, matches: only === 'meaning' ? [] : found.matches, marks }
        const matches = rows!.matchesOf(rowQuery, index)
        return { index, score, matches, marks: marks.length > 0 ? marks : matches }
      }
      const ranked: RankedPosition[] = []
      const pause = createPauses(PAUSE_TEXTS, signal)
      for (const passage of withOthers(scored, texts.length)) {
        await pause(1)
        ranked.push(positionOf(passage))
      }
      return { ranked, missing: query.missing }
    },
    dispose: () => rows?.dispose(),
  }
}

async function readWordsOf(
  texts: readonly string[],
  { encoder, weighted, only, signal }: RankerOptions,
): Promise<TextWords> {
  const reader = await loadTermReader()
  const { readTerms } = reader
  const collector = createWordCollector()
  const pause = createPauses(PAUSE_TEXTS, signal)
  for (const [id, text] of texts.entries()) {
    await pause(1)
    collectWords(collector, id, { text, payload: {} }, reader)
  }
  const lookup = createWordLookup(mergeWords(undefined, () => true, collector))
  const hasSimilar = weighted && only === undefined
  const similar = hasSimilar
    ? createFindSimilar(
        lookup,
        await encodeWords(encoder, lookup.index.words.all(), { signal }),
        async () => encoder,
      )
    : undefined
  return {
    readTerms,
    lengthOf: lookup.lengthOf,
    queryOf: question => wordQueryOf(question, lookup, readTerms, similar, signal),
    scoresOf: query => rankPassages(lookup.index, scoreWords(query, lookup), texts.length),
  }
}

async function encodeTexts(
  scorer: Scorer,
  texts: readonly string[],
  { encoder, weighted, signal }: RankerOptions,
): Promise<TextRows> {
  const documents = await encoder.documents(texts, { signal })
  const indices = [...documents.keys()].filter(index => documents[index]!.data.length > 0)
  const positions = new Map(indices.map((index, position) => [index, position]))
  const counts = weighted ? countsOf(documents) : undefined
  const corpus = scorer.corpus({ dim: encoder.dim, screen: 'off' })
  try {
    for (const index of indices) corpus.add(documents[index]!)
  } catch (error) {
    corpus.dispose()
    throw error
  }
  return {
    async queryOf(question) {
      const encoded = await encoder.query(question, { signal })
      const { data, dim, tokens } = counts ? weightedQuery(encoded, counts) : encoded
      return { rows: { data, dim }, tokens }
    },
    scoresOf({ rows, tokens }) {
      if (tokens.length === 0 || indices.length === 0) return []
      const ranked = corpus.rank(rows, { limit: indices.length })
      return ranked.map(({ index, score }) => ({ id: indices[index]!, score }))
    },
    matchesOf({ rows, tokens }, index) {
      const { matches } = corpus.explain(rows, positions.get(index)!)
      return wordMatches(labelMatches(matches, tokens, documents[index]!))
    },
    dispose: () => corpus.dispose(),
  }
}

function countsOf(documents: readonly Encoded[]) {
  const counts = createCatalog('', false)
  for (const document of documents) countWords(counts, document, 1)
  return counts
}

/** All texts of either list, by the mean of their scores on one scale. */
function fuseLists(
  byWords: readonly ScoredPassage[],
  byRows: readonly ScoredPassage[],
  lengthOf: (index: number) => number,
): ScoredPassage[] {
  const listOf = (best: readonly ScoredPassage[]) => {
    const scores = new Map(best.map(({ id, score }) => [id, score]))
    return { best, scoreOf: (id: number) => scores.get(id) }
  }
  return fuseScores([listOf(byWords), { ...listOf(byRows), scoresAll: true }], lengthOf)
}

/** Adds the texts that are in no list, in their order. */
function withOthers(scored: readonly ScoredPassage[], total: number): ScoredPassage[] {
  const found = new Set(scored.map(({ id }) => id))
  const others = Array.from({ length: total }, (_, id) => ({ id, score: 0 })).filter(
    ({ id }) => !found.has(id),
  )
  return [...scored, ...others]
}
