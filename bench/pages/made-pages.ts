// Pages for the measurements: rows of the numbers that models for pages return, made with a seed, because no such model can be
// downloaded everywhere. A page has a few topics; neighbouring patches share one, as on a real page, and a patch of the whole
// page is the mean of what it covers. A question names a few topics of one page.

import type { PageLayout } from '../../src/collection/page-layout.js'
import { patchAt } from '../../src/collection/page-layout.js'
import type { FlatMultiVector } from '../../src/index.js'
import { type Random, random } from '../../test/support/random.js'

/** A page and where its rows are. */
export type MadePage = FlatMultiVector & { readonly layout: PageLayout }

/** A kind of page. */
export interface PageKind {
  readonly name: string
  readonly layout: PageLayout
}

const SIZE = { width: 1241, height: 1754 }

/** ColPali's rows: 32 x 32 patches and 6 of text. */
const COLPALI: PageLayout = { ...SIZE, rows: 1030, tiles: { rows: 0, columns: 0 }, side: 32, starts: [0] }

/** ColModernVBERT's rows of an A4 page: 4 x 3 tiles and the whole page, each of 64 patches after two markers. */
function modernLayout(): PageLayout {
  const starts: number[] = []
  let row = 4
  for (let line = 0; line < 4; line++) {
    for (let column = 0; column < 3; column++) {
      starts.push(row + 2)
      row += 66
    }
    row++
  }
  starts.push(row + 2)
  return { ...SIZE, rows: row + 2 + 64 + 9, tiles: { rows: 4, columns: 3 }, side: 8, starts }
}

export const KINDS: readonly PageKind[] = [
  { name: 'ColPali', layout: COLPALI },
  { name: 'ColModernVBERT, A4', layout: modernLayout() },
]

export const DIM = 128
const TOPICS = 600
const TOPICS_OF_PAGE = 12
/** Rows of a question. */
export const QUERY_ROWS = 20

function gaussian(next: Random): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
}

function toUnit(row: Float32Array): Float32Array {
  const length = Math.hypot(...row)
  for (let k = 0; k < row.length; k++) row[k]! /= length
  return row
}

const gaussianRow = (next: Random) => toUnit(Float32Array.from({ length: DIM }, () => gaussian(next)))

/** Makes pages and questions. Question `i` is about page `i * step`. */
export function makePages(layout: PageLayout, count: number, questions: number) {
  const next = random(2025)
  // all rows of a model point in a similar direction
  const common = gaussianRow(next)
  const topics = Array.from({ length: TOPICS }, () => gaussianRow(next))
  const prompt = Array.from({ length: layout.rows }, () => gaussianRow(next))
  const pages: MadePage[] = []
  const topicsOf: number[][] = []
  for (let page = 0; page < count; page++) {
    const own = Array.from({ length: TOPICS_OF_PAGE }, () => Math.floor(next() * TOPICS))
    topicsOf.push(own)
    pages.push(makePage(layout, { next, common, prompt, vectors: own.map(topic => topics[topic]!) }))
  }
  const step = Math.floor(count / questions)
  const queries = Array.from({ length: questions }, (_, i) => {
    const own = topicsOf[i * step]!
    const data = new Float32Array(QUERY_ROWS * DIM)
    for (let row = 0; row < QUERY_ROWS; row++) {
      const topic = topics[own[row % 5]!]!
      data.set(mix([topic, 1], [common, 0.4], [gaussianRow(next), 0.8]), row * DIM)
    }
    return { data, dim: DIM }
  })
  return { pages, queries }
}

interface PageParts {
  readonly next: Random
  readonly common: Float32Array
  readonly prompt: readonly Float32Array[]
  /** The topics of the page. */
  readonly vectors: readonly Float32Array[]
}

/** A sum of weighted vectors, of unit length. */
function mix(...parts: readonly (readonly [Float32Array, number])[]): Float32Array {
  const sum = new Float32Array(DIM)
  for (const [vector, weight] of parts) for (let k = 0; k < DIM; k++) sum[k]! += vector[k]! * weight
  return toUnit(sum)
}

function makePage(layout: PageLayout, { next, common, prompt, vectors }: PageParts): MadePage {
  // a topic fills a rectangle of the page; the rest is background
  const areas = vectors.map(vector => {
    const [x, y] = [next() * 0.7, next() * 0.9]
    return { vector, x, y, right: x + 0.1 + 0.3 * next(), bottom: y + 0.02 + 0.12 * next() }
  })
  const data = new Float32Array(layout.rows * DIM)
  for (let row = 0; row < layout.rows; row++) {
    const patch = patchAt(layout, row)
    if (!patch) {
      data.set(mix([prompt[row]!, 1], [common, 0.4], [gaussianRow(next), 0.2]), row * DIM)
      continue
    }
    const { x, y, width, height } = patch.rectangle
    const [centerX, centerY] = [(x + width / 2) / layout.width, (y + height / 2) / layout.height]
    const area = areas.find(
      each => centerX >= each.x && centerX < each.right && centerY >= each.y && centerY < each.bottom,
    )
    data.set(mix([area?.vector ?? common, 1], [common, 0.6], [gaussianRow(next), 0.7]), row * DIM)
  }
  return { data, dim: DIM, layout }
}
