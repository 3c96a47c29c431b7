// What an answer looks like in a terminal: the words and their definitions, then how the first one was found. Makes
// text; writes nothing.
import type { Style, TextStyle } from '../src/cli/output/style.js'
import type { Answer, Dictionary, Entry, Match } from './dictionary.js'

type Size = Pick<Dictionary, 'definitions' | 'rows' | 'byteLength'>

const abbreviations = { noun: 'n.', verb: 'v.', adjective: 'adj.' } as const
const barCells = 20
const mostMatches = 12
const count = (value: number) => value.toLocaleString('en')

/** The whole answer, lines ending in a line feed. `columns` cuts definitions to the width of a terminal. */
export function printAnswer(answer: Answer, style: Style, columns = Number.POSITIVE_INFINITY): string {
  if (answer.entries.length === 0) return `${printUnknown(answer.unknown)}\n`
  const lines = [
    ...answer.entries.map((entry, i) => printEntry(entry, i + 1, style, columns)),
    '',
    ...printMatches(answer.entries[0]!, answer.matches, style),
    '',
    style('dim', printCost(answer)),
  ]
  return `${lines.join('\n')}\n`
}

/** What was loaded, in how long, and what it takes. */
export function printReady(dictionary: Size, seconds: number, residentBytes: number): string {
  const megabytes = (bytes: number) => `${count(Math.round(bytes / 1e6))} MB`
  return (
    `ready: ${count(dictionary.definitions)} definitions, ${count(dictionary.rows)} rows, in ${seconds.toFixed(1)} s; ` +
    `the rows take ${megabytes(dictionary.byteLength)}, the process ${megabytes(residentBytes)}`
  )
}

function printEntry(entry: Entry, place: number, style: Style, columns: number): string {
  const words = entry.words.slice(0, 3).join(', ')
  const part = abbreviations[entry.part]
  const used = 4 + words.length + 1 + part.length + 2
  const definition = cut(entry.text, Math.max(columns - used, 20))
  return `${String(place).padStart(3)} ${style('bold', words)} ${style('dim', part)}  ${definition}`
}

function printMatches(entry: Entry, matches: readonly Match[], style: Style): string[] {
  const shown = matches.slice(0, mostMatches)
  const width = (words: readonly string[]) => Math.max(...words.map(word => word.length))
  const queryWidth = width(shown.map(match => match.query))
  const documentWidth = width(shown.map(match => match.document))
  const most = Math.max(...shown.map(match => match.contribution))

  const lines = shown.map(match => {
    const cells = most > 0 ? Math.round((barCells * Math.max(match.contribution, 0)) / most) : 0
    const bar = style(shade(match), '█'.repeat(cells)) + ' '.repeat(barCells - cells)
    const words = `${match.query.padStart(queryWidth)} → ${match.document.padEnd(documentWidth)}`
    return `    ${words}  ${bar}  ${match.contribution.toFixed(2).padStart(5)}  cosine ${match.similarity.toFixed(2)}`
  })
  const rest = matches.length - shown.length
  if (rest > 0) lines.push(`    and ${rest} more`)
  return [`${style('bold', entry.words[0]!)}: ${highlight(entry.text, shown, style)}`, ...lines]
}

/** The definition, each matched word in the colour of the strongest match on it. */
function highlight(text: string, matches: readonly Match[], style: Style): string {
  const strongest = new Map<number, Match>()
  for (const match of matches) {
    const other = strongest.get(match.start)
    if (other === undefined || other.similarity < match.similarity) strongest.set(match.start, match)
  }
  let shown = ''
  let end = 0
  for (const match of [...strongest.values()].sort((a, b) => a.start - b.start)) {
    shown += text.slice(end, match.start) + style(shade(match), text.slice(match.start, match.end))
    end = match.end
  }
  return shown + text.slice(end)
}

function shade(match: Match): TextStyle {
  if (match.similarity >= 0.8) return 'green'
  return match.similarity >= 0.5 ? 'yellow' : 'dim'
}

function printCost({ rows, milliseconds, kernel, unknown }: Answer): string {
  const cost = `${count(rows)} rows scored in ${milliseconds.toFixed(0)} ms (kernel ${kernel})`
  // the vectors have no single letters, so that `a` is never known: not worth a word
  const missed = unknown.filter(word => word.length > 1)
  return missed.length === 0 ? cost : `${cost}; without ${missed.join(', ')}, unknown here`
}

function printUnknown(unknown: readonly string[]): string {
  if (unknown.length === 0) return 'There is no word in that. Describe a thing in a few plain English words.'
  return `No vector for ${unknown.join(', ')}. Try other, plain English words.`
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1).trimEnd()}…`
}
