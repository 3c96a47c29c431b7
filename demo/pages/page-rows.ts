// The rows of a page of the demo. No model for pages is small enough to be downloaded by a demo, so a row is not what a model sees in its
// patch of the picture: it is the mean of the word vectors of the words that are printed there, each by the share of it that is.

import type { StaticEncoder } from '../../src/encode/static/index.js'
import { type PageLayout, patchAt } from '../../src/pages/index.js'
import { isFunctionWord } from '../../src/text-index/function-words.js'

/** A word and its rectangle in pixels of the picture. */
export interface PrintedWord {
  readonly text: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** A page: its picture, and the words that are printed on it. */
export interface DemoDocument {
  readonly title: string
  /** Name of the file. */
  readonly picture: string
  readonly width: number
  readonly height: number
  readonly words: readonly PrintedWord[]
}

/** Patches in each line and column. */
const SIDE = 24

/** The layout of a page. */
export const layoutOf = ({ width, height }: Pick<DemoDocument, 'width' | 'height'>): PageLayout => ({
  width,
  height,
  rows: SIDE * SIDE,
  tiles: { rows: 0, columns: 0 },
  side: SIDE,
  starts: [0],
})

type Rectangle = Omit<PrintedWord, 'text'>

/** The share of a word that is in a rectangle. */
function shareIn(word: Rectangle, { x, y, width, height }: Rectangle): number {
  const across = Math.min(word.x + word.width, x + width) - Math.max(word.x, x)
  const down = Math.min(word.y + word.height, y + height) - Math.max(word.y, y)
  return across > 0 && down > 0 ? (across * down) / (word.width * word.height) : 0
}

/** The words that are printed in a patch, wholly or in part. */
export const wordsIn = ({ words }: DemoDocument, patch: Rectangle): readonly PrintedWord[] =>
  words.filter(word => shareIn(word, patch) > 0)

/** The rows of a page, of unit length; a patch without words has a row of zeros. */
export function rowsOf(encoder: StaticEncoder, document: DemoDocument) {
  const { dim } = encoder
  const layout = layoutOf(document)
  const data = new Float32Array(layout.rows * dim)
  const encoded = encoder.documents(document.words.map(({ text }) => text))
  for (let row = 0; row < layout.rows; row++) {
    const { rectangle } = patchAt(layout, row)!
    const sum = data.subarray(row * dim, (row + 1) * dim)
    for (const [i, word] of document.words.entries()) {
      const share = isFunctionWord(word.text.toLowerCase()) ? 0 : shareIn(word, rectangle)
      if (share > 0) for (const [k, value] of encoded[i]!.data.entries()) sum[k % dim]! += share * value
    }
    const length = Math.hypot(...sum)
    if (length > 0) for (let k = 0; k < dim; k++) sum[k]! /= length
  }
  return { data, dim }
}
