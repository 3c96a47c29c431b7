// A comparison as a table of similarities, and as a definition with marked words. The tint of a cell shows what it would
// add to the score: similarity x weight of the query's word. So a match of common words stays pale.

import { element } from '../../src/cli/page/elements.js'
import type { WordComparison } from '../dictionary.js'

type Grid = Omit<WordComparison, 'matches' | 'document'> & {
  readonly document: readonly { readonly text: string }[]
}

/** Percentage of the accent colour in the darkest cell: its text stays readable. */
const STRONGEST_TINT = 45

/**
 * Fills a table. Each row is a word of the query, with its weight and what it adds to the score. Each column is a word of
 * the definition.
 */
export function fillTable(table: HTMLTableElement, grid: Grid): void {
  const { query, document: words, similarities, weights } = grid
  const parts = contributionsOf(grid)
  const strongest = Math.max(...parts)
  const top = element('tr')
  const heading = (text: string, className = '') => element('th', { scope: 'col', className }, text)
  top.append(element('td'), heading('weight', 'figure'), heading('adds', 'figure'))
  top.append(...words.map(({ text }) => heading(text)))
  const lines = query.map((word, q) => {
    const start = q * words.length
    const row = [...similarities.subarray(start, start + words.length)]
    const line = element('tr')
    const [best, weight] = [row.indexOf(Math.max(...row)), weights[q]!]
    const added = row[best]! * weight
    line.append(
      element('th', { scope: 'row' }, word),
      element('td', { className: 'figure weight' }, weight.toFixed(2)),
      element('td', { className: 'figure adds' }, `${added < 0 ? '' : '+'}${added.toFixed(2)}`),
    )
    for (const [i, similarity] of row.entries()) {
      const cell = element('td', i === best ? { className: 'best' } : {}, similarity.toFixed(2))
      tint(cell, parts[start + i]! / strongest)
      line.append(cell)
    }
    return line
  })
  const [head, body] = [element('thead'), element('tbody')]
  head.append(top)
  body.append(...lines)
  table.replaceChildren(head, body)
}

/** The definition. Each word is tinted by the most that it would add to the score. */
export function markedDefinition(text: string, comparison: WordComparison): (Node | string)[] {
  const { document: words, query } = comparison
  const parts = contributionsOf(comparison)
  const strongest = Math.max(...parts)
  const marked: (Node | string)[] = []
  let end = 0
  for (const [i, word] of words.entries()) {
    const best = Math.max(...query.map((_, q) => parts[q * words.length + i]!))
    const mark = element('mark', {}, text.slice(word.start, word.end))
    tint(mark, best / strongest)
    marked.push(text.slice(end, word.start), mark)
    end = word.end
  }
  return [...marked, text.slice(end)]
}

/** similarity x weight, cell by cell. */
const contributionsOf = ({ similarities, weights, document: words }: Grid): number[] =>
  Array.from(similarities, (similarity, cell) => similarity * weights[Math.floor(cell / words.length)]!)

/** @param share 0 to 1; a negative share has no tint */
function tint(target: HTMLElement, share: number): void {
  const percent = Math.round(STRONGEST_TINT * Math.max(share, 0) ** 1.5)
  target.style.setProperty('--tint', `${percent}%`)
}

/**
 * Shows the notice after a scrolling element while a part of it is hidden on the right.
 *
 * @returns a function to call after the content has changed
 */
export function watchScroll(scroller: HTMLElement): () => void {
  const update = () => {
    const hidden = scroller.scrollWidth - scroller.clientWidth - scroller.scrollLeft
    scroller.classList.toggle('continues', hidden > 1)
    // so that the arrow keys can scroll it
    if (scroller.scrollWidth > scroller.clientWidth) scroller.tabIndex = 0
    else scroller.removeAttribute('tabindex')
  }
  scroller.addEventListener('scroll', update, { passive: true })
  new ResizeObserver(update).observe(scroller)
  return update
}
