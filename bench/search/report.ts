// The results as a Markdown table. Writes no files.

import type { SearchQuality, SearchResult } from './measure.js'
import type { SearchSpeed } from './speed.js'

const COLUMNS = ['collection', 'encoder', 'words', 'meaning', 'both']

/** A table with nDCG@10 and recall@100. */
export function toMarkdown(results: readonly SearchResult[]): string {
  const lines = results.map(({ collection, encoder, documents, queries, quality }) => {
    const name = `${collection} (${documents.toLocaleString('en')} passages, ${queries} questions)`
    return `| ${[name, encoder, ...quality.map(figures)].join(' | ')} |`
  })
  return [`| ${COLUMNS.join(' | ')} |`, '| --- | --- | ---: | ---: | ---: |', ...lines, ''].join('\n')
}

const figures = ({ ndcg, recall }: SearchQuality) => `${ndcg.toFixed(3)} / ${recall.toFixed(3)}`

/** A table with times in milliseconds. */
export const speedToMarkdown = ({ passages, open, answer, shell, machine }: SearchSpeed): string =>
  [
    `Medians on ${machine}, ${passages.toLocaleString('en')} passages, word vectors:`,
    '',
    '| open the index | answer a question | `maxsimd search` from the shell |',
    '| ---: | ---: | ---: |',
    `| ${[open, answer, shell].map(time => `${time.toFixed(time < 10 ? 1 : 0)} ms`).join(' | ')} |`,
    '',
  ].join('\n')
