// Answers of the dictionary as text for a terminal: the words with their definitions, then the matches of the best one.

import { Help } from 'commander'
import type { Style, TextStyle } from '../src/cli/output/style.js'
import { type Answer, type Dictionary, type Entry, isMeaningful, type Match } from './dictionary.js'
import { type CorrectedAnswer, unknownText } from './unknown-text.js'

const ABBREVIATIONS = { noun: 'n.', verb: 'v.', adjective: 'adj.' } as const
const MAX_BAR_CELLS = 20
/** A shorter bar shows nothing. */
const MIN_BAR_CELLS = 4
const INDENT = '    '

const formatCount = (value: number) => value.toLocaleString('en')
// commander wraps text with escape sequences; by default only to 40 columns and more
const wrapper = Object.assign(new Help(), { minWidthToWrap: 1 })

/**
 * Breaks a text between words into lines of at most `columns`. A longer word has a line of its own.
 *
 * @param start the start of the first line; the others are indented by its length
 */
export function wrapText(text: string, columns = Number.POSITIVE_INFINITY, start = ''): string {
  const width = Math.max(columns - start.length, 1)
  return start + wrapper.boxWrap(text, width).replaceAll('\n', `\n${' '.repeat(start.length)}`)
}

/** The whole answer. Each line ends in a line feed. Lines are wrapped for a terminal of `columns`. */
export function answerText(answer: CorrectedAnswer, style: Style, columns?: number): string {
  const { entries, matches } = answer
  const notice = unknownText(answer)
  const lines = notice === undefined ? [] : [wrapText(notice, columns)]
  if (entries.length > 0) {
    if (lines.length > 0) lines.push('')
    lines.push(
      ...entries.map((entry, index) => entryText(entry, index + 1, style, columns)),
      '',
      ...matchLines(entries[0]!, matches, style, columns),
      '',
      style('dim', wrapText(costText(answer), columns)),
    )
  }
  return `${lines.join('\n')}\n`
}

const costText = ({ rows, milliseconds, kernel }: Answer) =>
  `compared with ${formatCount(rows)} words in ${milliseconds.toFixed(0)} ms (kernel ${kernel})`

/** The size of a loaded dictionary. */
export function readyText(
  { definitions, rows, byteLength }: Pick<Dictionary, 'definitions' | 'rows' | 'byteLength'>,
  seconds: number,
  processBytes: number,
): string {
  const megabytes = (bytes: number) => `${formatCount(Math.round(bytes / 1e6))} MB`
  return (
    `ready: ${formatCount(definitions)} definitions with ${formatCount(rows)} words, in ${seconds.toFixed(1)} s; ` +
    `${megabytes(byteLength)} for their vectors, ${megabytes(processBytes)} for the process`
  )
}

function entryText(entry: Entry, rank: number, style: Style, columns?: number): string {
  const words = style('bold', entry.words.slice(0, 3).join(', '))
  const part = style('dim', ABBREVIATIONS[entry.part])
  return wrapText(`${words} ${part}  ${entry.text}`, columns, `${String(rank).padStart(3)} `)
}

/** The definition of the entry, and a line for each match that is worth showing. */
function matchLines(entry: Entry, matches: readonly Match[], style: Style, columns?: number): string[] {
  const shown = matches.filter(isMeaningful)
  const definition = `${style('bold', entry.words[0]!)}: ${highlight(entry.text, shown, style)}`
  const lines = [wrapText(definition, columns), ...barLines(shown, style, columns)]
  const hidden = matches.filter(match => !shown.includes(match))
  if (hidden.length > 0) {
    const total = hidden.reduce((sum, { contribution }) => sum + contribution, 0)
    const text = `${hidden.length === 1 ? '1 other match' : `${hidden.length} other matches`}, not shown: ${total.toFixed(2)}`
    lines.push(wrapText(text, columns, INDENT))
  }
  const sum = `score ${entry.score.toFixed(2)}: the sum of these lines. Each is the similarity of two words (cosine) times the weight of your word, which is higher for rare words`
  lines.push(wrapText(sum, columns, INDENT))
  return lines
}

function barLines(
  shown: readonly Match[],
  style: Style,
  columns = Number.POSITIVE_INFINITY,
): readonly string[] {
  const widthOf = (words: readonly string[]) => Math.max(...words.map(word => word.length))
  const queryWidth = widthOf(shown.map(match => match.query))
  const documentWidth = widthOf(shown.map(match => match.document))
  const strongest = Math.max(...shown.map(match => match.contribution))

  const rows = shown.map(match => {
    const words = `${match.query.padStart(queryWidth)} → ${match.document.padEnd(documentWidth)}`
    return {
      match,
      words: `${words}  `,
      figures: `${match.contribution.toFixed(2).padStart(5)}  similarity ${match.similarity.toFixed(2)}, weight ${match.weight.toFixed(2)}`,
    }
  })
  const used = Math.max(...rows.map(({ words, figures }) => words.length + 2 + figures.length))
  const room = columns - INDENT.length - used
  const cells = room < MIN_BAR_CELLS ? 0 : Math.min(room, MAX_BAR_CELLS)
  return rows.map(({ match, words, figures }) => {
    if (cells === 0) return wrapText(`${words}${figures}`, columns, INDENT)
    const share = strongest > 0 ? Math.max(match.contribution, 0) / strongest : 0
    const full = Math.round(cells * share)
    return `${INDENT}${words}${style(strengthStyle(match), '█'.repeat(full))}${' '.repeat(cells - full)}  ${figures}`
  })
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
