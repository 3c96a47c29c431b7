// What both codecs check and say before they write a row or read a text.

import { checkDatatype, type Datatype, roundToDatatype } from '../datatype.js'
import { kindOf, notFinite, type Shape, shapeOf } from '../multivector.js'

/** @throws TypeError or RangeError as `Codec.writeRows` says, but for the numbers themselves */
export function checkRows(rows: Float32Array, dim: number, datatype: Datatype): Shape {
  if (!(rows instanceof Float32Array)) {
    throw new TypeError(`"rows" expected a Float32Array, got ${kindOf(rows)}`)
  }
  checkDatatype(datatype)
  return shapeOf({ data: rows, dim }, 'rows')
}

/** The error for the first number that `datatype` cannot hold, in rows that have one. */
export function unwritable(rows: Float32Array, dim: number, datatype: Datatype): RangeError {
  const at = roundToDatatype(rows, datatype).findIndex(value => !Number.isFinite(value))
  const value = rows[at]!
  if (!Number.isFinite(value)) return notFinite({ data: rows, dim }, 'rows')
  const where = `"rows.data[${at}]" (row ${Math.floor(at / dim)}, column ${at % dim})`
  return new RangeError(
    `${where} expected a number that float16 holds (up to 65,504), got ${value}; scale the rows down`,
  )
}

/** @throws TypeError if `text` is no Uint8Array */
export function checkText(text: Uint8Array): void {
  if (text instanceof Uint8Array) return
  throw new TypeError(`"text" expected a Uint8Array of UTF-8, got ${kindOf(text)}`)
}
