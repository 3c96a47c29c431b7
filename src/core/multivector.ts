// Multi-vectors: their three forms, their shape, and how their numbers are checked and copied as f32.
// Errors name the value by its path, such as `document[3][17]`, and say what to do.

import { wholeNumber } from '../base/check-options.js'
import { typeName } from '../base/type-name.js'

/** The typed arrays that hold numbers. Those of 64-bit integers hold bigints and are not accepted. */
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

/** Rows of `dim` numbers each in one typed array, in row-major order. */
export interface FlatMultiVector {
  /** All numbers: rows x `dim`. */
  readonly data: NumberArray
  /** The number of elements in a row. */
  readonly dim: number
}

/**
 * A query or a document: one row of numbers for each token of a text, or for each patch of an image. All rows have the
 * same dim, and there is at least one. Numbers must be finite and are rounded to f32. A multi-vector that is passed to a
 * function is never modified, and no reference to it is kept.
 */
export type MultiVector = readonly (readonly number[])[] | readonly NumberArray[] | FlatMultiVector

/** The shape of a multi-vector. */
export interface Shape {
  readonly rows: number
  readonly dim: number
}

/** Rows of f32 in one array, in row-major order. */
export interface FlatRows extends Shape {
  readonly data: Float32Array
}

/** The maximum number of elements in a row. */
const MAX_DIM = 65_536

/** Whether a value is a typed array of numbers, not of bigints. A `DataView` has no length. */
export const isNumberArray = (value: unknown): value is NumberArray =>
  ArrayBuffer.isView(value) && 'length' in value && typeof (value as NumberArray)[0] !== 'bigint'

const isFlat = (value: MultiVector): value is FlatMultiVector => !Array.isArray(value)

/**
 * Checks the form of a multi-vector and returns its shape. Its numbers are not checked.
 *
 * @param path the name of the multi-vector, for error messages
 * @param dim the dim that every row must have, if it is known
 * @throws TypeError if the value is not in one of the three forms
 * @throws RangeError if it has no rows, rows of different lengths, dim 0 or another dim than `dim`
 */
export function shapeOf(value: MultiVector, path: string, dim?: number): Shape {
  if (Array.isArray(value)) return shapeOfRows(value, path, dim)
  if (isNumberArray(value)) {
    throw new TypeError(`"${path}" expected rows, got a flat ${typeName(value)}; pass { data, dim }`)
  }
  if (typeof value !== 'object' || value === null || !('data' in value)) {
    throw new TypeError(
      `"${path}" expected number[][], Float32Array[] or { data, dim }, got ${typeName(value)}`,
    )
  }
  return shapeOfFlat(value as FlatMultiVector, path, dim)
}

function shapeOfRows(value: readonly unknown[], path: string, expected: number | undefined): Shape {
  if (value.length === 0) throw noRows(path)
  let dim = expected
  for (let row = 0; row < value.length; row++) {
    const numbers = value[row]
    if (!Array.isArray(numbers) && !isNumberArray(numbers)) {
      const remedy = typeof numbers === 'number' ? `; a single row is [row]` : ''
      throw new TypeError(
        `"${path}[${row}]" expected an array of numbers or a typed array, got ${typeName(numbers)}${remedy}`,
      )
    }
    if (dim === undefined) dim = checkDim(numbers.length, `${path}[0].length`)
    if (numbers.length !== dim) {
      throw new RangeError(
        `"${path}[${row}]" expected ${dim} numbers, got ${numbers.length}; all rows have the same dim`,
      )
    }
  }
  return { rows: value.length, dim: dim! }
}

function shapeOfFlat({ data, dim }: FlatMultiVector, path: string, expected: number | undefined): Shape {
  if (!isNumberArray(data)) {
    const remedy = Array.isArray(data) ? '; wrap it in Float32Array.from' : ''
    throw new TypeError(`"${path}.data" expected a typed array of numbers, got ${typeName(data)}${remedy}`)
  }
  checkDim(dim, `${path}.dim`)
  if (expected !== undefined && dim !== expected) {
    throw new RangeError(`"${path}.dim" expected ${expected}, got ${dim}; all rows have the same dim`)
  }
  if (data.length === 0) throw noRows(path)
  if (data.length % dim !== 0) {
    throw new RangeError(
      `"${path}.data" expected a length that is a multiple of dim ${dim}, got ${data.length}; ` +
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
export function checkDim(dim: number, path: string): number {
  return wholeNumber(dim, path, 1, MAX_DIM)
}

function noRows(path: string): RangeError {
  return new RangeError(`"${path}" expected at least one row, got none; omit multi-vectors without rows`)
}

/** Has the getter of a typed array's true length. A subclass can override `length`, but `set` copies this many numbers. */
const TYPED_ARRAY: object = Object.getPrototypeOf(Uint8Array.prototype)

/** The length of a row or of flat data; 0 if it is neither a typed array nor an array. */
function lengthOf(numbers: unknown): number {
  if (isNumberArray(numbers)) return Reflect.get(TYPED_ARRAY, 'length', numbers)
  return Array.isArray(numbers) ? numbers.length : 0
}

/**
 * Writes the numbers of a multi-vector into `target`: rows x dim f32, in row-major order. A number that f32 cannot hold
 * is written as infinity or NaN, see `notFiniteError`. Every element of `target` is written, even if getters or other
 * threads change the multi-vector after its shape was checked.
 *
 * @throws TypeError if a value is not a number
 * @throws RangeError if the multi-vector changed, or a getter in it grew the memory of `target`
 */
export function writeRows(value: MultiVector, path: string, target: Float32Array): void {
  const size = target.length
  const parts: ArrayLike<ArrayLike<number>> = isFlat(value) ? [value.data] : value
  for (let row = 0, offset = 0; offset < size; row++) {
    const numbers = parts[row]!
    const length = lengthOf(numbers)
    // a memory that grew has left `target` without elements
    if (length === 0 || offset + length > target.length) throw changedError(path)
    if (isNumberArray(numbers)) target.set(numbers, offset)
    else {
      for (let k = 0; k < length; k++) {
        const number = numbers[k]
        if (typeof number !== 'number') {
          throw new TypeError(`"${path}[${row}][${k}]" expected a number, got ${typeName(number)}`)
        }
        target[offset + k] = number
      }
    }
    offset += length
  }
  if (target.length !== size) throw changedError(path)
}

function changedError(path: string): RangeError {
  return new RangeError(`"${path}" changed while it was read`)
}

/**
 * Copies all numbers of a multi-vector as f32, in row-major order.
 *
 * @throws TypeError or RangeError like `shapeOf`, and if f32 cannot hold a number
 */
export function copyRows(value: MultiVector, path: string, dim?: number): FlatRows {
  const shape = shapeOf(value, path, dim)
  const data = new Float32Array(shape.rows * shape.dim)
  writeRows(value, path, data)
  if (!data.every(Number.isFinite)) throw notFiniteError(value, path)
  return { data, ...shape }
}

/** Returns the error for the first number of a multi-vector that f32 cannot hold. */
export function notFiniteError(value: MultiVector, path: string): RangeError {
  const rows: ArrayLike<ArrayLike<number>> = isFlat(value) ? [value.data] : value
  for (let row = 0; row < rows.length; row++) {
    const numbers = rows[row] ?? []
    for (let k = 0; k < numbers.length; k++) {
      const number = numbers[k]!
      if (Number.isFinite(Math.fround(number))) continue
      const element = isFlat(value)
        ? `"${path}.data[${k}]" (row ${Math.floor(k / value.dim)}, column ${k % value.dim})`
        : `"${path}[${row}][${k}]"`
      return Number.isFinite(number)
        ? new RangeError(
            `${element} expected a number that f32 holds (up to 3.4e38), got ${number}; scale the rows down`,
          )
        : new RangeError(`${element} expected a finite number, got ${number}; check the encoder that made it`)
    }
  }
  return changedError(path)
}
