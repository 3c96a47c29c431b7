// The fixed-dimensional encoding of MUVERA, with the arithmetic of FastEmbed's `Muvera`:
//
//   for each repetition
//     planes      the signs of a row's products (minus those of the centre, if there is one) with `planeCount` random planes select one of 2^planeCount partitions
//     centres     query: the sum of a partition's rows. Document: their mean; an empty partition takes the first row of
//                 the nearest partition, which differs in the fewest signs (of equally near ones the lowest)
//     projection  products of a centre with `projectedDim` columns of ±1, divided by √projectedDim; none if it equals dim
//   layout        [repetition][partition][projectedDim]; sums are f64, rounded once to f32

import type { Projections } from './projections.js'

/** The rows of one partition. */
interface Partition {
  readonly count: number
  /** Index of its first row. */
  readonly first: number
}

/** One encoding in progress. */
interface Draft {
  readonly projections: Projections
  /** `count` rows of `dim` elements. */
  readonly rows: Float32Array
  readonly count: number
  /** The partition of each row in each repetition: `[row][repetition]`. */
  readonly assigned: Uint16Array
  /** Scratch: the centre of one partition, `dim` elements. */
  readonly centre: Float64Array
  readonly encoding: Float32Array
}

/** Elements in an encoding. */
export const encodingSize = ({ repetitions, planeCount, projectedDim }: Projections): number =>
  repetitions * 2 ** planeCount * projectedDim

/** Encodes the rows of a query. */
export function encodeQuery(projections: Projections, rows: Float32Array): Float32Array {
  const draft = createDraft(projections, rows)
  for (let repetition = 0; repetition < projections.repetitions; repetition++) {
    for (const [id, partition] of partitionsOf(draft, repetition)) {
      sumRows(draft, repetition, id, partition)
      writeCentre(draft, repetition, id)
    }
  }
  return draft.encoding
}

/** Encodes the rows of a document. */
export function encodeDocument(projections: Projections, rows: Float32Array): Float32Array {
  const draft = createDraft(projections, rows)
  const { centre } = draft
  for (let repetition = 0; repetition < projections.repetitions; repetition++) {
    const partitions = partitionsOf(draft, repetition)
    for (const [id, partition] of partitions) {
      sumRows(draft, repetition, id, partition)
      for (let d = 0; d < centre.length; d++) centre[d]! /= partition.count
      writeCentre(draft, repetition, id)
    }
    fillEmptyPartitions(draft, repetition, partitions)
  }
  return draft.encoding
}

function createDraft(projections: Projections, rows: Float32Array): Draft {
  return {
    projections,
    rows,
    count: rows.length / projections.dim,
    assigned: assignPartitions(projections, rows),
    centre: new Float64Array(projections.dim),
    encoding: new Float32Array(encodingSize(projections)),
  }
}

/** The partition of each row in each repetition: `[row][repetition]`. */
function assignPartitions(projections: Projections, rows: Float32Array): Uint16Array {
  const { dim, repetitions, planeCount, planes, offsets } = projections
  const width = repetitions * planeCount
  const products = new Float64Array(width)
  const partitions = new Uint16Array((rows.length / dim) * repetitions)
  for (let start = 0, next = 0; start < rows.length; start += dim) {
    products.set(offsets)
    for (let d = 0; d < dim; d++) {
      const value = rows[start + d]!
      for (let j = 0, from = d * width; j < width; j++) products[j]! += value * planes[from + j]!
    }
    for (let j = 0; j < width; next++) {
      let id = 0
      for (let bit = 0; bit < planeCount; bit++, j++) if (products[j]! > 0) id |= 1 << bit
      partitions[next] = id
    }
  }
  return partitions
}

/** The partitions of a repetition that have rows, by id. */
function partitionsOf({ projections, count, assigned }: Draft, repetition: number): Map<number, Partition> {
  const partitions = new Map<number, Partition>()
  for (let row = 0; row < count; row++) {
    const id = assigned[row * projections.repetitions + repetition]!
    const found = partitions.get(id)
    partitions.set(id, { count: (found?.count ?? 0) + 1, first: found?.first ?? row })
  }
  return partitions
}

/** Writes the sum of a partition's rows into `centre`. */
function sumRows(draft: Draft, repetition: number, id: number, { first }: Partition): void {
  const { projections, rows, count, assigned, centre } = draft
  const { dim, repetitions } = projections
  centre.fill(0)
  for (let row = first; row < count; row++) {
    if (assigned[row * repetitions + repetition] !== id) continue
    for (let d = 0, from = row * dim; d < dim; d++) centre[d]! += rows[from + d]!
  }
}

/** Index of a partition's first element in the encoding. */
function offsetOf({ planeCount, projectedDim }: Projections, repetition: number, id: number): number {
  return (repetition * 2 ** planeCount + id) * projectedDim
}

/** Projects `centre` and writes it into the encoding as the centre of a partition. */
function writeCentre({ projections, centre, encoding }: Draft, repetition: number, id: number): void {
  const { dim, projectedDim, signs } = projections
  const offset = offsetOf(projections, repetition, id)
  if (projectedDim === dim) {
    encoding.set(centre, offset)
    return
  }
  const scale = 1 / Math.sqrt(projectedDim)
  const from = repetition * dim * projectedDim
  for (let k = 0; k < projectedDim; k++) {
    let sum = 0
    for (let d = 0, s = from + k; d < dim; d++, s += projectedDim) sum += centre[d]! * signs[s]!
    encoding[offset + k] = sum * scale
  }
}

/**
 * Writes the centres of a document's empty partitions: for each the first row of the nearest partition that has rows.
 */
function fillEmptyPartitions(
  draft: Draft,
  repetition: number,
  partitions: ReadonlyMap<number, Partition>,
): void {
  const { projections, rows, centre, encoding } = draft
  const { dim, planeCount, projectedDim } = projections
  const filledIds = [...partitions.keys()].sort((a, b) => a - b)
  // offset of an empty partition that was filled from the same nearest partition
  const written = new Map<number, number>()
  for (let id = 0; id < 2 ** planeCount; id++) {
    if (partitions.has(id)) continue
    let nearest = filledIds[0]!
    for (const other of filledIds) if (countBits(id ^ other) < countBits(id ^ nearest)) nearest = other
    const offset = offsetOf(projections, repetition, id)
    const { count, first } = partitions.get(nearest)!
    // the mean of a single row is the row
    const source =
      written.get(nearest) ?? (count === 1 ? offsetOf(projections, repetition, nearest) : undefined)
    if (source === undefined) {
      for (let d = 0; d < dim; d++) centre[d] = rows[first * dim + d]!
      writeCentre(draft, repetition, id)
    } else encoding.copyWithin(offset, source, source + projectedDim)
    written.set(nearest, offset)
  }
}

/** The number of bits that are set. */
function countBits(value: number): number {
  let count = 0
  for (let rest = value; rest !== 0; rest &= rest - 1) count++
  return count
}
