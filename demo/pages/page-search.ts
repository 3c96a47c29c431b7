// Searches the pages of the demo: MaxSim of the words of a question over the patches of each page.

import type { StaticEncoder } from '../../src/encode/static/index.js'
import type { Scorer } from '../../src/index.js'
import { drawHeatMap, patchAt, patchHeat } from '../../src/pages/index.js'
import { isFunctionWord } from '../../src/text-index/function-words.js'
import { type DemoDocument, layoutOf, rowsOf, wordsIn } from './page-rows.js'

/** A word of the question, and what is printed where it matched best. */
export interface WordMatch {
  readonly word: string
  readonly printed: string
  readonly similarity: number
}

/** A page that was found. */
export interface FoundPage {
  readonly document: DemoDocument
  readonly score: number
  readonly matches: readonly WordMatch[]
  /** The heat map, an SVG file without the picture. */
  readonly heat: string
}

/** Similarities below are noise, and not shown as heat. */
const MIN_HEAT = 0.55

/** Creates the search. `search` returns all pages, best first; none if no word of the question is known. */
export function createPageSearch(
  scorer: Scorer,
  encoder: StaticEncoder,
  documents: readonly DemoDocument[],
): { search(question: string): FoundPage[] } {
  const pages = documents.map(document => rowsOf(encoder, document))
  const corpus = scorer.corpus({ dim: encoder.dim })
  for (const page of pages) corpus.add(page)
  return {
    search(question) {
      const { data, tokens } = encoder.query(question)
      const rows = tokens.flatMap(({ text }, row) => (isFunctionWord(text.toLowerCase()) ? [] : [row]))
      if (rows.length === 0) return []
      const query = {
        data: Float32Array.from(
          rows.flatMap(row => [...data.subarray(row * encoder.dim, (row + 1) * encoder.dim)]),
        ),
        dim: encoder.dim,
      }
      return corpus.rank(query).map(({ index, score }) => {
        const document = documents[index]!
        const layout = layoutOf(document)
        const matches = corpus.explain(query, index).matches.map(({ row, similarity }, i) => ({
          word: tokens[rows[i]!]!.text,
          printed: wordsIn(document, patchAt(layout, row)!.rectangle)
            .map(({ text }) => text)
            .join(' '),
          similarity,
        }))
        const heat = patchHeat(query, pages[index]!, layout)
        const title = `Where “${question}” matches the page`
        return { document, score, matches, heat: drawHeatMap(heat, layout, { title, least: MIN_HEAT }) }
      })
    },
  }
}
