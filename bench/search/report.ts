// The results as a Markdown table. Writes no files.

import { markdownTable } from '../shared/markdown-table.js'
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

/** A table with the times and ratios of each engine, and what they should be. All have the same index and processor. */
export const speedToMarkdown = (speeds: readonly SearchSpeed[]): string => {
  const [{ passages, processor }] = speeds as readonly [SearchSpeed]
  const row = (name: string, goal: string, of: (speed: SearchSpeed) => string) => [
    name,
    goal,
    ...speeds.map(of),
  ]
  const rows = [
    row('open the index', '100 ms', ({ open }) => milliseconds(open)),
    row('answer a question, once it is open', '30 ms', ({ answer }) => milliseconds(answer)),
    row('`maxsimd search` from the shell', '250 ms', ({ shell }) => milliseconds(shell)),
    row('bytes of the index, compared with one of rows only', '1.4', ({ growth }) => growth.size.toFixed(2)),
    // no goal: the limit of 1.3 is for the time of the first version, which stored the same rows more slowly
    row('processor time of `index`, compared with one of rows only', '–', ({ growth }) =>
      growth.time.toFixed(2),
    ),
  ]
  return [
    `${passages.toLocaleString('en')} passages with word vectors; medians on ${processor}:`,
    '',
    markdownTable(['', 'goal, at most', ...speeds.map(({ engine }) => engine)], rows),
    '',
  ].join('\n')
}

const milliseconds = (time: number) => `${time.toFixed(time < 10 ? 1 : 0)} ms`
