// The tables of the costs of LEMUR, of its drift, and of a store that grows.

import { markdownTable } from '../shared/markdown-table.js'
import { threeDigits } from '../shared/three-digits.js'
import type { ExtraResults } from './extras.js'

const whole = (value: number) => Math.round(value).toLocaleString('en')
const percent = (share: number) => `${(100 * share).toFixed(1)} %`
const megabytes = (bytes: number) => whole(bytes / 1e6)

/** The tables, each with a heading. */
export function extraTables({ costs, drift, growth }: ExtraResults): string[] {
  const lines: string[] = []
  if (costs?.[0]) {
    const { processor } = costs[0]
    lines.push(
      `**The costs of LEMUR**: a fit to definitions, and the vector of a document of 128 rows of 128, on ${processor}.`,
      '',
    )
    const rows = costs.map(({ size, documents, fitSeconds, documentMilliseconds }) => [
      whole(size),
      whole(documents),
      fitSeconds.toFixed(1),
      threeDigits(documentMilliseconds),
    ])
    lines.push(markdownTable(['numbers', 'documents of the fit', 's to fit', 'ms a document'], rows, 0), '')
  }
  if (drift) {
    lines.push(
      '**Drift**: recall@10 at 200 candidates of LEMUR in i8, when as many documents again are added. "kept": with the map of the first documents; "new": with a new fit to all.',
      '',
    )
    const rows = drift.map(result => [
      result.topics,
      whole(result.size),
      percent(result.before),
      percent(result.kept),
      percent(result.fitted),
      percent(result.error),
      percent(result.fittedError),
      result.isDue ? 'yes' : 'no',
    ])
    const columns = ['topics', 'numbers', 'before', 'kept', 'new', 'error', 'when fitted', 'due']
    lines.push(markdownTable(columns, rows), '')
  }
  if (growth && growth.length > 0) {
    const { size, candidates, processor } = growth[0]!
    lines.push(
      `**Growth**: a store with LEMUR of ${whole(size)} in i8, fitted to the first 10,000 documents, ${whole(candidates)} candidates; rows in float16; on ${processor}.`,
      '',
    )
    const rows = growth.map(result => [
      whole(result.documents),
      whole(result.rows),
      result.addedPerSecond > 0 ? whole(result.addedPerSecond) : '',
      megabytes(result.bytes),
      megabytes(result.resident),
      megabytes(result.processBytes),
      threeDigits(result.milliseconds),
      threeDigits(result.exactMilliseconds),
      percent(result.recall),
    ])
    const columns = [
      ...[
        'documents',
        'rows',
        'added a second',
        'MB on disk',
        'MB of vectors in memory',
        'MB of the process',
      ],
      ...['ms a query', 'ms exact', 'recall@10'],
    ]
    lines.push(markdownTable(columns, rows, 0), '')
  }
  return lines
}
