// The checks of both codecs, and their errors.

import { oneOf } from '../../base/check-options.js'
import { DATATYPES, roundToDatatype, type WireDatatype } from '../../base/float16.js'
import { isA } from '../../base/is-a.js'
import { typeName } from '../../base/type-name.js'

const MAX_DIM = 65_536

/** @throws TypeError or RangeError as `Codec.writeRows`, except for the numbers themselves */
export function checkRowsToWrite(rows: Float32Array, dim: number, datatype: WireDatatype): void {
  if (!isA(rows, 'Float32Array')) {
    throw new TypeError(`"rows" expected a Float32Array, got ${typeName(rows)}`)
  }
  oneOf(datatype, DATATYPES, 'datatype')
  if (!Number.isInteger(dim) || dim < 1 || dim > MAX_DIM) {
    throw new RangeError(`"dim" expected a whole number from 1 to ${MAX_DIM}, got ${String(dim)}`)
  }
  if (rows.length === 0) throw new RangeError('"rows" expected at least one row, got none')
  if (rows.length % dim !== 0) {
    throw new RangeError(`"rows" expected a length that is a multiple of dim ${dim}, got ${rows.length}`)
  }
}

/** Returns the error for the first of `rows` that `datatype` cannot hold. There is at least one. */
export function cannotWriteError(rows: Float32Array, dim: number, datatype: WireDatatype): RangeError {
  const index = roundToDatatype(rows, datatype).findIndex(value => !Number.isFinite(value))
  const value = rows[index]!
  const path = `"rows[${index}]" (row ${Math.floor(index / dim)}, column ${index % dim})`
  return Number.isFinite(value)
    ? new RangeError(
        `${path} expected a number that float16 holds (up to 65,504), got ${value}; scale the rows down`,
      )
    : new RangeError(`${path} expected a finite number, got ${value}; check the encoder that made it`)
}

/** @throws TypeError if `text` is not a Uint8Array */
export function checkResponseText(text: Uint8Array): void {
  if (isA(text, 'Uint8Array')) return
  throw new TypeError(`"text" expected a Uint8Array of UTF-8, got ${typeName(text)}`)
}
