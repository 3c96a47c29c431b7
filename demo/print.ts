// Answers of the dictionary as text for a terminal: the words with their definitions, then the matches of the best one.

import { ignoredWordsText } from '../src/cli/output/hits-text.js'
import type { Style, TextStyle } from '../src/cli/output/style.js'
import type { Answer, Dictionary, Entry, Match } from './dictionary.js'

const ABBREVIATIONS = { noun: 'n.', verb: 'v.', adjective: 'adj.' } as const
const BAR_CELLS = 20
const MAX_MATCHES = 12
const MIN_DEFINITION_WIDTH = 20

const formatCount = (value: number) => value.toLocaleString('en')

/** The whole answer. Each line ends in a line feed. Definitions are cut to a terminal of `columns`. */
export function answerText(answer: Answer, style: Style, columns = Number.POSITIVE_INFINITY): string {
  const { entries, matches } = answer
  if (entries.length === 0) return `${unknownText(answer.unknown)}\n`
  const lines = [
    ...entries.map((entry, index) => entryText(entry, index + 1, style, columns)),
    '',
    ...matchLines(entries[0]!, matches, style),
    '',
    style('dim', costText(answer)),
  ]
  return `${lines.join('\n')}\n`
}

/** The size of a loaded dictionary. */
export function readyText(
  { definitions, rows, byteLength }: Pick<Dictionary, 'definitions' | 'rows' | 'byteLength'>,
  seconds: number,
  processBytes: number,
): string {
  const megabytes = (bytes: number) => `${formatCount(Math.round(bytes / 1e6))} MB`
  return (
    `ready: ${formatCount(definitions)} definitions, ${formatCount(rows)} rows, in ${seconds.toFixed(1)} s; ` +
    `${megabytes(byteLength)} for the rows, ${megabytes(processBytes)} for the process`
  )
}

/** The cost of an answer: rows and time; and the words that were ignored. */
export function costText({ rows, milliseconds, kernel, unknown }: Answer): string {
  const cost = `${formatCount(rows)} rows scored in ${milliseconds.toFixed(0)} ms (kernel ${kernel})`
  const ignored = ignoredWordsText(unknown)
  return ignored === undefined ? cost : `${cost}; ${ignored}`
}

/** The reply to a query without a known word. */
export function unknownText(unknown: readonly string[]): string {
  if (unknown.length === 0) return 'No words to look up. Describe a thing in a few plain English words.'
  return `No known word, unknown: ${unknown.join(', ')}. Try other, plain English words.`
}

function entryText(entry: Entry, rank: number, style: Style, columns: number): string {
  const words = entry.words.slice(0, 3).join(', ')
  const part = ABBREVIATIONS[entry.part]
  const used = 4 + words.length + 1 + part.length + 2
  const definition = cut(entry.text, Math.max(columns - used, MIN_DEFINITION_WIDTH))
  return `${String(rank).padStart(3)} ${style('bold', words)} ${style('dim', part)}  ${definition}`
}

function matchLines(entry: Entry, matches: readonly Match[], style: Style): string[] {
  const shown = matches.slice(0, MAX_MATCHES)
  const widthOf = (words: readonly string[]) => Math.max(...words.map(word => word.length))
  const queryWidth = widthOf(shown.map(match => match.query))
  const documentWidth = widthOf(shown.map(match => match.document))
  const strongest = Math.max(...shown.map(match => match.contribution))

  const lines = shown.map(match => {
    const share = strongest > 0 ? Math.max(match.contribution, 0) / strongest : 0
    const cells = Math.round(BAR_CELLS * share)
    const bar = style(strengthStyle(match), '█'.repeat(cells)) + ' '.repeat(BAR_CELLS - cells)
    const words = `${match.query.padStart(queryWidth)} → ${match.document.padEnd(documentWidth)}`
    return `    ${words}  ${bar}  ${match.contribution.toFixed(2).padStart(5)}  cosine ${match.similarity.toFixed(2)}`
  })
  const hidden = matches.length - shown.length
  if (hidden > 0) lines.push(`    and ${hidden} more`)
  return [`${style('bold', entry.words[0]!)}: ${highlight(entry.text, shown, style)}`, ...lines]
}

/** The definition, each matched word in the colour of its strongest match. */
function highlight(text: string, matches: readonly Match[], style: Style): string {
  const strongest = new Map<number, Match>()
  for (const match of matches) {
    const other = strongest.get(match.start)
    if (other === undefined || other.similarity < match.similarity) strongest.set(match.start, match)
  }
  let shown = ''
  let end = 0
  for (const match of [...strongest.values()].sort((a, b) => a.start - b.start)) {
    shown += text.slice(end, match.start) + style(strengthStyle(match), text.slice(match.start, match.end))
    end = match.end
  }
  return shown + text.slice(end)
}

function strengthStyle({ similarity }: Match): TextStyle {
  if (similarity >= 0.8) return 'green'
  return similarity >= 0.5 ? 'yellow' : 'dim'
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1).trimEnd()}…`
}
