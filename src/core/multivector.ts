// A multi-vector in any of its three forms: what shape it has, and its numbers, checked, into f32 memory.
// Every error names the place as a path (`document[3][17]`) and the remedy. Knows nothing of kernels.

import { wholeNumber } from '../base/check-options.js'
import { typeName } from '../base/type-name.js'

/** Arrays of numbers that JavaScript keeps flat. 64-bit integers are not among them. */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array

/** Rows of `dim` numbers, one after another in one typed array. */
export interface FlatMultiVector {
  readonly data: NumberArray
  readonly dim: number
}

/** One query or document: a row of numbers for each token, all of one length. Never modified, never kept. */
export type MultiVector = readonly (readonly number[])[] | readonly NumberArray[] | FlatMultiVector

/** The shape of a multi-vector that passed the checks on it. */
export interface Shape {
  readonly rows: number
  readonly dim: number
}

/** Rows of one array of f32, one after another. */
export interface FlatRows extends Shape {
  readonly data: Float32Array
}

/** The maximum number of elements in a row. */
const MAX_DIM = 65_536

const isNumberArray = (value: unknown): value is NumberArray =>
  ArrayBuffer.isView(value) && !(value instanceof DataView) && !isBigIntArray(value)

const isBigIntArray = (value: unknown) => value instanceof BigInt64Array || value instanceof BigUint64Array

const isFlat = (value: MultiVector): value is FlatMultiVector => !Array.isArray(value)

/**
 * The rows and dim of a multi-vector, whose numbers are not looked at yet. `place` names it in errors; `dim`, if it is
 * known, is what every row must have.
 *
 * @throws TypeError if it is none of the three forms
 * @throws RangeError if it has no rows, ragged rows, dim 0 or another dim than expected
 */
export function shapeOf(value: MultiVector, place: string, dim?: number): Shape {
  if (Array.isArray(value)) return shapeOfRows(value, place, dim)
  if (isNumberArray(value)) {
    throw new TypeError(`"${place}" expected rows, got a flat ${typeName(value)}; pass { data, dim }`)
  }
  if (typeof value !== 'object' || value === null || !('data' in value)) {
    throw new TypeError(
      `"${place}" expected an array of rows or { data, dim }, got ${typeName(value)}; ` +
        `a multi-vector is number[][], Float32Array[], or { data: Float32Array, dim }`,
    )
  }
  return shapeOfFlat(value as FlatMultiVector, place, dim)
}

function shapeOfRows(value: readonly unknown[], place: string, expected: number | undefined): Shape {
  if (value.length === 0) throw noRows(place)
  let dim = expected
  for (let row = 0; row < value.length; row++) {
    const numbers = value[row]
    if (!Array.isArray(numbers) && !isNumberArray(numbers)) {
      const remedy = typeof numbers === 'number' ? `; a single row is [row]` : ''
      throw new TypeError(
        `"${place}[${row}]" expected an array of numbers or a typed array, got ${typeName(numbers)}${remedy}`,
      )
    }
    if (dim === undefined) dim = checkDim(numbers.length, `${place}[0].length`)
    if (numbers.length !== dim) {
      const like = expected === undefined ? `, as "${place}[0]" has` : ''
      throw new RangeError(
        `"${place}[${row}]" expected ${dim} numbers${like}, got ${numbers.length}; every row has one number a dim`,
      )
    }
  }
  return { rows: value.length, dim: dim! }
}

function shapeOfFlat({ data, dim }: FlatMultiVector, place: string, expected: number | undefined): Shape {
  if (!isNumberArray(data)) {
    const remedy = Array.isArray(data) ? '; wrap it in Float32Array.from' : ''
    throw new TypeError(`"${place}.data" expected a typed array of numbers, got ${typeName(data)}${remedy}`)
  }
  checkDim(dim, `${place}.dim`)
  if (expected !== undefined && dim !== expected) {
    throw new RangeError(
      `"${place}.dim" expected ${expected}, got ${dim}; queries and documents have one dim`,
    )
  }
  if (data.length === 0) throw noRows(place)
  if (data.length % dim !== 0) {
    throw new RangeError(
      `"${place}.data" expected a length that is a multiple of dim ${dim}, got ${data.length}; ` +
        `the last row is incomplete`,
    )
  }
  return { rows: data.length / dim, dim }
}

/**
 * Checks that `dim` is an integer from 1 to 65,536. Returns it.
 *
 * @throws TypeError if it is not a number
 * @throws RangeError if it is not such an integer
 */
export function checkDim(dim: number, place: string): number {
  return wholeNumber(dim, place, 1, MAX_DIM)
}

function noRows(place: string): RangeError {
  return new RangeError(`"${place}" expected at least one row, got none; leave documents without rows out`)
}

/**
 * Writes a multi-vector's numbers into `target` (rows x dim f32, row after row).
 *
 * @throws TypeError if a value is no number. Values that f32 cannot hold are written as infinity or NaN: see `notFinite`
 */
export function writeRows(value: MultiVector, place: string, target: Float32Array): void {
  if (isFlat(value)) {
    target.set(value.data)
    return
  }
  let offset = 0
  for (let row = 0; row < value.length; row++) {
    const numbers = value[row]!
    if (isNumberArray(numbers)) target.set(numbers, offset)
    else {
      for (let k = 0; k < numbers.length; k++) {
        const number = numbers[k]
        if (typeof number !== 'number') {
          throw new TypeError(`"${place}[${row}][${k}]" expected a number, got ${typeName(number)}`)
        }
        target[offset + k] = number
      }
    }
    offset += numbers.length
  }
}

/**
 * A fresh f32 copy of a multi-vector: all its numbers, row after row.
 *
 * @throws TypeError or RangeError as `shapeOf` does, and for a number that f32 cannot hold
 */
export function copyRows(value: MultiVector, place: string, dim?: number): FlatRows {
  const shape = shapeOf(value, place, dim)
  const data = new Float32Array(shape.rows * shape.dim)
  writeRows(value, place, data)
  if (!data.every(Number.isFinite)) throw notFiniteError(value, place)
  return { data, ...shape }
}

/** The error for the first value that f32 cannot hold, in a multi-vector that has one. */
export function notFiniteError(value: MultiVector, place: string): RangeError {
  const rows: ArrayLike<ArrayLike<number>> = isFlat(value) ? [value.data] : value
  for (let row = 0; row < rows.length; row++) {
    const numbers = rows[row]!
    for (let k = 0; k < numbers.length; k++) {
      const number = numbers[k]!
      if (Number.isFinite(Math.fround(number))) continue
      const where = isFlat(value)
        ? `"${place}.data[${k}]" (row ${Math.floor(k / value.dim)}, column ${k % value.dim})`
        : `"${place}[${row}][${k}]"`
      return Number.isFinite(number)
        ? new RangeError(
            `${where} expected a number that f32 holds (up to 3.4e38), got ${number}; scale the rows down`,
          )
        : new RangeError(`${where} expected a finite number, got ${number}; check the encoder that made it`)
    }
  }
  return new RangeError(`"${place}" changed while it was read`)
}
