// Finds the slots with the largest dot products with a sparse query, exactly. A score is the sum of the products over the
// dimensions that both have, in ascending dimensions, each product and sum rounded to f32.
//
// Slots are visited window by window. Once enough slots are found, a window is skipped if no slot in it can reach the
// lowest of their scores. Otherwise the dimensions that matter least in the window, which together cannot reach it, are
// not scanned: a slot without any of the others cannot be a result (MaxScore). The remaining slots whose bound is high
// enough are scored. Bounds are sums of the largest products in the window, in f64, plus what rounding to f32 may add.

import { type BestScores, createBestScores, type ScoredSlot } from './best-scores.js'
import { BLOCK, firstAtLeast, type PostingList, type Postings } from './postings.js'

/** A dimension of a query. */
export interface QueryTerm {
  readonly dimension: number
  /** An f32. */
  readonly weight: number
}

/** A search. */
export interface PostingsQuery {
  /** In ascending dimensions, each once. */
  readonly terms: readonly QueryTerm[]
  /** How many results are needed, at least 1. Results that score as much as the last one are returned too. */
  readonly limit: number
  /** `live[slot]` is 0 for slots that are not results. Default: all are. */
  readonly live?: Uint8Array | undefined
  /** The only slots that may be results, ascending. Default: all. */
  readonly candidates?: Uint32Array | undefined
  /** Results that score less are not needed. */
  readonly floor?: number | undefined
}

/** Slots of a window. */
const WINDOW = 4096
/** With fewer candidates than this share of the postings, each is looked up. */
const PROBE_SHARE = 1 / 16

/** A list that is being read, in ascending slots. */
interface Cursor extends PostingList {
  readonly weight: number
  /** Items before it are done. */
  at: number
  /** The end of the current window in the list. */
  windowEnd: number
  /** The largest product in the current window, or 0 if that is more: a slot may not have the dimension. */
  bound: number
  /** The largest absolute value of a product in the current window. */
  size: number
}

/** Returns the best slots, largest score first, equal ones by slot. Slots without a common dimension are not results. */
export function searchPostings(postings: Postings, query: PostingsQuery): ScoredSlot[] {
  const { terms, limit, floor, candidates } = query
  const cursors = terms.flatMap(({ dimension, weight }) =>
    postings.lists(dimension).map((list): Cursor => {
      return { ...list, weight, at: list.start, windowEnd: list.start, bound: 0, size: 0 }
    }),
  )
  const best = createBestScores(limit, floor)
  const items = cursors.reduce((sum, { start, end }) => sum + end - start, 0)
  if (candidates && candidates.length < PROBE_SHARE * items) probe(cursors, candidates, query.live, best)
  else scan(cursors, acceptedSlots(query, postings.end), best)
  return best.results()
}

/** The number of live slots that have a dimension. */
export function countLive(postings: Postings, dimension: number, live: Uint8Array | undefined): number {
  let count = 0
  for (const { slots, start, end } of postings.lists(dimension)) {
    if (!live) count += end - start
    else for (let i = start; i < end; i++) count += live[slots[i]!]!
  }
  return count
}

/** One byte per slot: 1 if it may be a result. Undefined if all may. */
function acceptedSlots({ live, candidates }: PostingsQuery, length: number): Uint8Array | undefined {
  if (!candidates) return live
  const accepted = new Uint8Array(length)
  for (const slot of candidates) if (slot < length) accepted[slot] = live ? live[slot]! : 1
  return accepted
}

/** Scores each candidate by looking it up in every list. */
function probe(
  cursors: readonly Cursor[],
  candidates: Uint32Array,
  live: Uint8Array | undefined,
  best: BestScores,
): void {
  for (const slot of candidates) {
    if (live && !live[slot]) continue
    const score = scoreOf(cursors, slot)
    if (score !== undefined) best.add(slot, score)
  }
}

/** The score of a slot, which is not below those asked for before in the same window; undefined without a common dimension. */
function scoreOf(cursors: readonly Cursor[], slot: number): number | undefined {
  let score: number | undefined
  for (const cursor of cursors) {
    const { slots, values, weight, end } = cursor
    cursor.at = skipTo(slots, slot, cursor.at, end)
    if (cursor.at === end || slots[cursor.at] !== slot) continue
    score = Math.fround((score ?? 0) + Math.fround(values[cursor.at]! * weight))
  }
  return score
}

/** The first position from `at` on whose slot is at least `slot`: near ones are found fast. */
function skipTo(slots: Uint32Array, slot: number, at: number, end: number): number {
  let step = 1
  let low = at
  while (low + step < end && slots[low + step]! < slot) {
    low += step
    step *= 2
  }
  return firstAtLeast(slots, slot, low, Math.min(low + step + 1, end))
}

/** The slots of a window, by their distance from the first. */
interface WindowScores {
  readonly first: number
  /** The sums of products so far. 0 between windows. */
  readonly sums: Float32Array
  /** 1 for slots with a product. 0 between windows. */
  readonly found: Uint8Array
  /** 1 for slots that may be results, by slot; undefined if all may. */
  readonly accepted: Uint8Array | undefined
}

/** Visits all slots, window by window. */
function scan(cursors: readonly Cursor[], accepted: Uint8Array | undefined, best: BestScores): void {
  const sums = new Float32Array(WINDOW)
  const found = new Uint8Array(WINDOW)
  for (let first = nextSlot(cursors); first < Infinity; first = nextSlot(cursors)) {
    const used = cursors.filter(cursor => openWindow(cursor, first + WINDOW))
    const size = used.reduce((sum, cursor) => sum + cursor.size, 0)
    const slack = used.length * (2 ** -22 * size + 2 ** -148)
    const window = { first, sums, found, accepted }
    const division = divide(used, best.floor - slack)
    if (division.scanned.length === used.length) scoreAll(used, window, best)
    else if (division.scanned.length > 0) scoreSome(used, division, window, slack, best)
    for (const cursor of used) cursor.at = cursor.windowEnd
  }
}

/** The smallest slot that was not visited; Infinity if there is none. */
function nextSlot(cursors: readonly Cursor[]): number {
  let first = Infinity
  for (const { slots, at, end } of cursors) if (at < end && slots[at]! < first) first = slots[at]!
  return first
}

/** Sets the part of a list with slots below `endSlot`, and the bounds of its products. Returns false if it is empty. */
function openWindow(cursor: Cursor, endSlot: number): boolean {
  const { slots, at, end, weight } = cursor
  cursor.windowEnd = skipTo(slots, endSlot, at, end)
  if (cursor.windowEnd === at) return false
  const [smallest, largest] = valueRange(cursor)
  cursor.bound = Math.max(0, smallest * weight, largest * weight)
  cursor.size = Math.max(Math.abs(smallest * weight), Math.abs(largest * weight))
  return true
}

/** The smallest and largest values in the current window; of all blocks that it touches, in a long list. */
function valueRange({ values, blocks, at, windowEnd }: Cursor): [smallest: number, largest: number] {
  let [smallest, largest] = [Infinity, -Infinity]
  if (blocks && windowEnd - at > BLOCK) {
    for (let block = Math.floor(at / BLOCK); block * BLOCK < windowEnd; block++) {
      smallest = Math.min(smallest, blocks.smallest[block]!)
      largest = Math.max(largest, blocks.largest[block]!)
    }
  } else {
    for (let i = at; i < windowEnd; i++) {
      smallest = Math.min(smallest, values[i]!)
      largest = Math.max(largest, values[i]!)
    }
  }
  return [smallest, largest]
}

/** How the lists of a window are used. */
interface Division {
  /** A slot that is in none of these cannot be a result. */
  readonly scanned: readonly Cursor[]
  /** The largest sum of products of the others. */
  readonly restBound: number
}

/** Leaves out as many lists as possible whose bounds together stay below `floor`. */
function divide(cursors: readonly Cursor[], floor: number): Division {
  const byBound = [...cursors].sort((a, b) => a.bound - b.bound)
  let restBound = 0
  let skipped = 0
  for (const { bound } of byBound) {
    if (!(restBound + bound < floor)) break
    restBound += bound
    skipped++
  }
  return { scanned: byBound.slice(skipped), restBound }
}

/** Adds the products of a window's part of a list. */
function addProducts(
  { slots, values, weight, at, windowEnd }: Cursor,
  { sums, found, first }: WindowScores,
): void {
  for (let i = at; i < windowEnd; i++) {
    const place = slots[i]! - first
    sums[place] = sums[place]! + Math.fround(values[i]! * weight)
    found[place] = 1
  }
}

/** Scores all slots of a window that have a dimension. `cursors` are in ascending dimensions. */
function scoreAll(cursors: readonly Cursor[], window: WindowScores, best: BestScores): void {
  for (const cursor of cursors) addProducts(cursor, window)
  const { sums, found, accepted, first } = window
  for (let place = 0; place < WINDOW; place++) {
    if (found[place] === 0) continue
    if (!accepted || accepted[first + place]) best.add(first + place, sums[place]!)
    found[place] = 0
    sums[place] = 0
  }
}

/** Scores the slots of a window that have one of the scanned dimensions, and whose bounds reach the floor. */
function scoreSome(
  cursors: readonly Cursor[],
  { scanned, restBound }: Division,
  window: WindowScores,
  slack: number,
  best: BestScores,
): void {
  for (const cursor of scanned) addProducts(cursor, window)
  const { sums, found, accepted, first } = window
  for (let place = 0; place < WINDOW; place++) {
    if (found[place] === 0) continue
    const isPossible = sums[place]! + restBound + slack >= best.floor
    found[place] = 0
    sums[place] = 0
    const slot = first + place
    if (!isPossible || (accepted && !accepted[slot])) continue
    const score = scoreOf(cursors, slot)
    if (score !== undefined) best.add(slot, score)
  }
}
