// Texts in the order of how well they answer a question: candidates of another search, scored by the kernel.

import type { Scorer } from '../core/scorer.js'
import type { TokenEncoder } from '../encode/index.js'
import { countWords, createCatalog } from './catalog.js'
import { type WordMatch, weighed } from './text-search.js'

/** A text to rank. */
export interface Candidate {
  readonly text: string
  readonly id?: string | number | undefined
  /** The line as it came. */
  readonly source: string
}

export interface RankedText {
  readonly candidate: Candidate
  /** Its place among the candidates, from 0 on. */
  readonly index: number
  /** 0 for a text without a word that the encoder knows; those come last, as they came. */
  readonly score: number
  readonly matches: readonly WordMatch[]
}

/** Candidates, one a line: JSON objects with a `text` and perhaps an `id`, else the line itself. Empty lines are none. */
export function parseCandidates(text: string): Candidate[] {
  return text.split(/\r?\n/).flatMap(source => {
    if (source.trim() === '') return []
    const { text: told, id } = objectOf(source)
    return [
      {
        source,
        text: typeof told === 'string' ? told : source,
        ...(id !== undefined && { id: id as string | number }),
      },
    ]
  })
}

function objectOf(line: string): { readonly text?: unknown; readonly id?: unknown } {
  if (!line.startsWith('{')) return {}
  try {
    const { text, id, _id } = JSON.parse(line) as Record<string, unknown>
    return { text, id: id ?? _id }
  } catch {
    // a line of text may well begin with a brace
    return {}
  }
}

/** The candidates, best first; with `weighted`, words count by how rare they are among them. */
export async function rerankTexts(
  scorer: Scorer,
  question: string,
  candidates: readonly Candidate[],
  { encoder, weighted }: { readonly encoder: TokenEncoder; readonly weighted: boolean },
): Promise<RankedText[]> {
  const encoded = await encoder.documents(candidates.map(({ text }) => text))
  const query = await encoder.query(question)
  const counts = createCatalog('', false)
  if (weighted) for (const rows of encoded) countWords(counts, rows, 1)
  const known = candidates.map((_, index) => index).filter(index => encoded[index]!.data.length > 0)
  const unknown = candidates.map((_, index) => index).filter(index => encoded[index]!.data.length === 0)
  const without = (index: number): RankedText => ({
    candidate: candidates[index]!,
    index,
    score: 0,
    matches: [],
  })
  if (query.data.length === 0 || known.length === 0) return candidates.map((_, index) => without(index))
  const data = weighted ? weighed(query.data, query.dim, query.tokens, counts) : query.data
  const corpus = scorer.corpus({ dim: query.dim })
  try {
    for (const index of known) corpus.add(encoded[index]!)
    const rows = { data, dim: query.dim }
    const ranked = corpus.rank(rows, { limit: known.length }).map(({ index: at, score }) => {
      const index = known[at]!
      const { matches } = corpus.explain(rows, at)
      const words = matches.flatMap(({ row, contribution }, i) => {
        const [mine, theirs] = [query.tokens[i]!, encoded[index]!.tokens[row]!]
        if (mine.special || theirs.special) return []
        return [
          { query: mine.text, document: theirs.text, start: theirs.start, end: theirs.end, contribution },
        ]
      })
      words.sort((a, b) => b.contribution - a.contribution)
      return { candidate: candidates[index]!, index, score, matches: words }
    })
    return [...ranked, ...unknown.map(without)]
  } finally {
    corpus.dispose()
  }
}
