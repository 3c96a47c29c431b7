// Found passages for people: where each stands, its text with the words that matched set off, and how they matched.

import type { TextHit, WordMatch } from '../../text-index/index.js'
import type { Style } from './style.js'

/** A match that adds at least this part of what the strongest adds is shown. */
const LEAST = 0.2
/** Characters of a passage that are shown. */
const MOST = 600

/** Hits, best first, lines ending in a line feed. */
export function hitsText(
  hits: readonly Pick<TextHit, 'id' | 'score' | 'file' | 'line' | 'text' | 'payload' | 'matches'>[],
  style: Style,
): string {
  return hits
    .map(({ id, score, file, line, text, payload, matches }, index) => {
      const place = file === undefined ? `point ${id}` : `${file}:${line}`
      const heading =
        typeof payload.heading === 'string' && payload.heading !== text
          ? style('dim', `  ${plain(payload.heading)}`)
          : ''
      const shown = matches.filter(
        ({ contribution }) => contribution >= LEAST * (matches[0]?.contribution ?? 0),
      )
      const words = shown.map(
        ({ query, document, contribution }) => `${query} ~ ${document} ${contribution.toFixed(2)}`,
      )
      return [
        `${String(index + 1).padStart(2)}. ${style('bold', plain(place))}${heading}  ${style('dim', score.toFixed(3))}`,
        ...(text === '' ? [] : [`    ${marked(text, shown, style)}`]),
        ...(words.length === 0 ? [] : [style('dim', `    ${words.join(', ')}`)]),
        '',
      ].join('\n')
    })
    .join('')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what it is about
const CONTROLS = /[\0-\x08\x0b-\x1f\x7f-\x9f]/g

/** A text without what a terminal would obey, sign for sign. */
const plain = (text: string) => text.replace(CONTROLS, '\ufffd')

/** A text on one line, its matched words set off. */
export function marked(
  text: string,
  matches: readonly Pick<WordMatch, 'start' | 'end'>[],
  style: Style,
): string {
  const shown = plain(text)
  const spans = [...matches].sort((a, b) => a.start - b.start)
  const end = text.length > MOST ? Math.max(text.lastIndexOf(' ', MOST), 1) : text.length
  let [out, at] = ['', 0]
  for (const span of spans) {
    if (span.start < at || span.end > end) continue
    out += shown.slice(at, span.start) + style('green', style('bold', shown.slice(span.start, span.end)))
    at = span.end
  }
  return (out + shown.slice(at, end) + (end < text.length ? ' …' : '')).replace(/\s*\n\s*/g, ' ')
}
