// What the server makes of the rows that it is sent, before it scores with them: the same arithmetic here, so that both
// sides compare like with like. Documents and queries alike:
//
//   Cosine, unless uint8      each row divided by its length, except near 0 and near 1
//   then                      rounded to the datatype (`../datatype.ts`); turbo4 keeps codes, which nobody can see
//
// Knows neither ids nor JSON.

import { roundToDatatype } from '../../base/float16.js'
import type { Datatype, Distance } from '../../collection/collection.js'
import type { PackedRows } from '../../collection/packed-rows.js'
import { isPlain } from '../../collection/vector-fields.js'

/** Below this squared length Qdrant leaves a row as it is, and within `NEAR_ONE` of 1 too. */
const EPSILON = 2 ** -23
const NEAR_ONE = 1e-6

/** The rows divided by their length where Qdrant does so on the way in; a fresh copy. */
export function asSent({ data, dim }: PackedRows, distance: Distance, datatype: Datatype): PackedRows {
  const rows = data.slice()
  if (distance !== 'Cosine' || datatype === 'uint8') return { data: rows, dim }
  for (let first = 0; first < rows.length; first += dim) {
    let sum = 0
    for (let k = first; k < first + dim; k++) sum += rows[k]! * rows[k]!
    const square = Math.fround(sum)
    if (square < EPSILON || Math.abs(square - 1) <= NEAR_ONE) continue
    const length = Math.fround(Math.sqrt(square))
    for (let k = first; k < first + dim; k++) rows[k] = rows[k]! / length
  }
  return { data: rows, dim }
}

/** What the server would score with: `asSent`, rounded to the datatype. A fresh copy. */
export function asStored(rows: PackedRows, distance: Distance, datatype: Datatype): PackedRows {
  const { data, dim } = asSent(rows, distance, datatype)
  return { data: isPlain(datatype) ? roundToDatatype(data, datatype) : data, dim }
}

/**
 * The kernel's metric over rows that are as stored. Cosine over normalised rows is a dot product; uint8 rows are not
 * normalised, there the similarity itself divides.
 */
export function metricOfStored(
  distance: Distance,
  datatype: Datatype,
): 'dot' | 'cosine' | 'euclid' | 'manhattan' {
  if (distance === 'Euclid') return 'euclid'
  if (distance === 'Manhattan') return 'manhattan'
  return distance === 'Cosine' && datatype === 'uint8' ? 'cosine' : 'dot'
}
