// Found passages as text: location, passage with the matched words set off, and the strongest matches.

import { printable } from '../../base/printable.js'
import type { RowPatch, RowToken } from '../../collection/row-match.js'
import type { Suggestion, WeightedRowMatch, WordMark, WordMatch } from '../../text-index/index.js'
import { bestWindow } from '../../text-index/words/word-hits.js'
import { formatCount } from './format-figures.js'
import { shownMatches } from './shown-matches.js'
import type { Style } from './style.js'
import { textWidth } from './text-width.js'

/** A passage to show. */
export interface ShownHit {
  /** Where the passage comes from, for example `notes/may.md:12`. */
  readonly location: string
  readonly heading?: string | undefined
  readonly score: number
  readonly text: string
  /** Sorted by contribution, highest first. */
  readonly matches: readonly WordMatch[]
  /** All places that match, of a hit of a text index. */
  readonly marks?: readonly WordMark[]
  /** The row that each row of the question matched, to show instead of the strongest matches. */
  readonly rows?: readonly WeightedRowMatch[]
}

/** Of a longer passage, the part with the best matches is shown. */
const MAX_CHARACTERS = 400

/** The hits in order. Each line ends in a line feed. */
export const hitsText = (hits: readonly ShownHit[], style: Style): string =>
  hits.map((hit, index) => hitText(hit, index + 1, style)).join('')

function hitText(hit: ShownHit, rank: number, style: Style): string {
  const { location, heading, score, text, matches, marks, rows } = hit
  const shown = shownMatches(matches)
  const words = shown.map(({ query, document, contribution }) =>
    printable(`${query} ~ ${document} ${contribution.toFixed(2)}`),
  )
  const subject = heading === undefined || heading === text ? '' : style('dim', `  ${printable(heading)}`)
  return [
    `${String(rank).padStart(2)}. ${style('bold', printable(location))}${subject}  ${style('dim', score.toFixed(3))}`,
    ...(text === '' ? [] : [`    ${highlight(text, marks ?? shown, style)}`]),
    ...(words.length === 0 || rows ? [] : [style('dim', `    ${words.join(', ')}`)]),
    ...(rows?.length === 0 ? wordLines(matches) : rowsLines(rows ?? [])),
    '',
  ].join('\n')
}

/** A table of matched rows, with the tokens or patches that are known, and with weights if words have them. */
function rowsLines(rows: readonly WeightedRowMatch[]): string[] {
  if (rows.length === 0) return []
  const isWeighted = rows.some(({ weight }) => weight !== undefined)
  const cells = rows.map(({ row, similarity, weight, contribution, token, patch, queryToken }, queryRow) => [
    nameOf(queryRow, queryToken, undefined),
    nameOf(row, token, patch),
    similarity.toFixed(4),
    ...(isWeighted ? [weight?.toFixed(4) ?? ''] : []),
    contribution.toFixed(4),
  ])
  const columns = ['question', 'document', 'similarity', ...(isWeighted ? ['weight'] : []), 'contribution']
  return tableLines(columns, cells)
}

/** A table of matched words, of a hit that was found by its words. */
function wordLines(matches: readonly WordMatch[]): string[] {
  const cells = matches.map(({ query, document, similarity = 1, weight = 0, contribution }) => [
    printable(query),
    printable(document),
    similarity.toFixed(4),
    weight.toFixed(4),
    contribution.toFixed(4),
  ])
  return tableLines(['question', 'document', 'similarity', 'weight', 'contribution'], cells)
}

/** Columns of equal width; the first two are aligned to the left. */
function tableLines(columns: readonly string[], cells: readonly (readonly string[])[]): string[] {
  const table = [columns, ...cells]
  const widths = columns.map((_, column) => Math.max(...table.map(line => textWidth(line[column]!))))
  return table.map(line => {
    const padded = line.map((cell, column) => {
      const space = ' '.repeat(widths[column]! - textWidth(cell))
      return column < 2 ? cell + space : space + cell
    })
    return `    ${padded.join('  ')}`
  })
}

/** A row as text: its number, and the token or the patch. */
function nameOf(row: number, token: RowToken | undefined, patch: RowPatch | undefined): string {
  if (token) return `${row} ${printable(token.text)}`
  if (!patch) return String(row)
  const { tile, line, column } = patch
  const place = Object.entries({ tile, line, column }).filter(([, value]) => value !== undefined)
  return `${row} ${place.map(part => part.join(' ')).join(', ')}`.trimEnd()
}

/** A notice of unknown words; undefined without any. Single letters, such as "a", are always unknown and not listed. */
export function ignoredWordsText(
  unknown: readonly string[],
  suggestions?: readonly Suggestion[],
): string | undefined {
  const words = [...new Set(unknown)].filter(word => word.length > 1 || suggestions)
  if (words.length === 0) return undefined
  const nearest = new Map(suggestions?.map(suggestion => [suggestion.word, suggestion.nearest]))
  const listed = words.map(word => {
    const other = nearest.get(word)
    return other === undefined ? printable(word) : `${printable(word)} (did you mean ${printable(other)}?)`
  })
  if (suggestions) return `not in the index: ${listed.join(', ')}`
  return `ignored unknown ${words.length === 1 ? 'word' : 'words'}: ${listed.join(', ')}`
}

/** A notice of passages whose rows are not encoded yet. */
export const withoutRowsText = (count: number): string =>
  `${formatCount(count, 'passage')} without rows yet, found by words only; to encode the rows, run "npx maxsimd index" again`

/** The part of a text that answers best, on one line, with its matched words set off. */
export function highlight(text: string, places: readonly WordMark[], style: Style): string {
  const marks = [...places].sort((a, b) => a.start - b.start)
  const shown = printable(text)
  const { start, end } = bestWindow(text, marks, MAX_CHARACTERS)
  let [marked, position] = [start > 0 ? '… ' : '', start]
  for (const mark of marks) {
    if (mark.start < position || mark.end > end) continue
    const word = shown.slice(mark.start, mark.end)
    marked += shown.slice(position, mark.start) + style('green', style('bold', word))
    position = mark.end
  }
  return (marked + shown.slice(position, end) + (end < text.length ? ' …' : '')).replace(/\s*\n\s*/g, ' ')
}
