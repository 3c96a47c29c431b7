// What both codecs check before they write rows or read a text, and what they say about it.

import { checkDatatype, roundToDatatype, type WireDatatype } from '../../base/float16.js'
import { typeName } from '../../base/type-name.js'

const MOST_DIMS = 65_536

/**
 * The number of rows.
 *
 * @throws TypeError or RangeError as `Codec.writeRows` says, but for the numbers themselves
 */
export function checkRowsToWrite(rows: Float32Array, dim: number, datatype: WireDatatype): number {
  if (!(rows instanceof Float32Array)) {
    throw new TypeError(`"rows" expected a Float32Array, got ${typeName(rows)}`)
  }
  checkDatatype(datatype)
  if (!Number.isInteger(dim) || dim < 1 || dim > MOST_DIMS) {
    throw new RangeError(`"dim" expected a whole number from 1 to ${MOST_DIMS}, got ${String(dim)}`)
  }
  if (rows.length === 0) throw new RangeError('"rows" expected at least one row, got none')
  if (rows.length % dim !== 0) {
    const over = rows.length % dim
    throw new RangeError(
      `"rows" expected a length that is a multiple of dim ${dim}, got ${rows.length}; ${over} numbers are left over`,
    )
  }
  return rows.length / dim
}

/** The error for the first number that `datatype` cannot hold, in rows that have one. */
export function cannotWriteError(rows: Float32Array, dim: number, datatype: WireDatatype): RangeError {
  const at = roundToDatatype(rows, datatype).findIndex(value => !Number.isFinite(value))
  const value = rows[at]!
  const where = `"rows[${at}]" (row ${Math.floor(at / dim)}, column ${at % dim})`
  return Number.isFinite(value)
    ? new RangeError(
        `${where} expected a number that float16 holds (up to 65,504), got ${value}; scale the rows down`,
      )
    : new RangeError(`${where} expected a finite number, got ${value}; check the encoder that made it`)
}

/** @throws TypeError if `text` is no Uint8Array */
export function checkResponseText(text: Uint8Array): void {
  if (text instanceof Uint8Array) return
  throw new TypeError(`"text" expected a Uint8Array of UTF-8, got ${typeName(text)}`)
}
