// Applies the rounding of a server to rows, so that both sides score the same numbers. For documents and queries alike:
//
//   1. Cosine, unless uint8: each row is divided by its length, except near lengths 0 and 1
//   2. each value is rounded to the datatype; turbo4 stores codes, which cannot be read back

import { roundToDatatype } from '../../base/float16.js'
import type { Datatype, Distance } from '../../collection/collection.js'
import type { PackedRows } from '../../collection/packed-rows.js'
import { isPlain } from '../../collection/vector-fields.js'
import type { Metric } from '../../core/metric.js'

/** Qdrant does not divide rows with a squared length below this, or within `NEAR_ONE` of 1. */
const MIN_SQUARED_LENGTH = 2 ** -23
const NEAR_ONE = 1e-6

/** Divides each row by its length where Qdrant does. Returns a copy. */
export function asSent({ data, dim }: PackedRows, distance: Distance, datatype: Datatype): PackedRows {
  const rows = data.slice()
  if (distance !== 'Cosine' || datatype === 'uint8') return { data: rows, dim }
  for (let first = 0; first < rows.length; first += dim) {
    let sum = 0
    for (let k = first; k < first + dim; k++) sum += rows[k]! * rows[k]!
    const square = Math.fround(sum)
    if (square < MIN_SQUARED_LENGTH || Math.abs(square - 1) <= NEAR_ONE) continue
    const length = Math.fround(Math.sqrt(square))
    for (let k = first; k < first + dim; k++) rows[k] = rows[k]! / length
  }
  return { data: rows, dim }
}

/** The rows that the server scores with: `asSent`, rounded to the datatype. Returns a copy. */
export function asStored(rows: PackedRows, distance: Distance, datatype: Datatype): PackedRows {
  const { data, dim } = asSent(rows, distance, datatype)
  return { data: isPlain(datatype) ? roundToDatatype(data, datatype) : data, dim }
}

/**
 * The kernel's metric for rows as the server stores them. Cosine of normalised rows is a dot product; uint8 rows are not
 * normalised, so there the similarity divides.
 */
export function metricOfStored(distance: Distance, datatype: Datatype): Metric {
  switch (distance) {
    case 'Dot':
      return 'dot'
    case 'Cosine':
      return datatype === 'uint8' ? 'cosine' : 'dot'
    case 'Euclid':
      return 'euclid'
    case 'Manhattan':
      return 'manhattan'
    default:
      return distance satisfies never
  }
}
