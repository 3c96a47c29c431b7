// What a caller may give where a vector is expected, told apart and checked: rows for a multi-vector, one row for a
// dense one. What passes here, a server takes and a store keeps. Knows neither JSON nor kernels.

import { typeName } from '../base/type-name.js'
import { type MultiVector, notFiniteError } from '../core/multivector.js'
import type { DenseVector, SparseVector, VectorInput } from './collection.js'
import { type Field, type Fields, namesOf } from './vector-fields.js'

/** From here on a half is infinite. */
const FIRST_BEYOND_HALVES = 65_520

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

/** Whether this stands for a text to embed. */
export const isTextInput = (value: unknown): value is { text: string; model?: string } =>
  isObject(value) && !Array.isArray(value) && typeof value.text === 'string'

export const isSparse = (value: unknown): value is SparseVector =>
  isObject(value) && 'indices' in value && 'values' in value

/** Whether this is a single row: an array of numbers, plain or typed. */
export const isRow = (value: unknown): value is DenseVector =>
  (Array.isArray(value) && typeof value[0] === 'number') ||
  (ArrayBuffer.isView(value) && !(value instanceof DataView))

/**
 * The rows that are given for a field, a single one as a list of it. Their shape is not looked at yet.
 *
 * @throws TypeError if it is a sparse vector
 */
export function rowsFor(value: VectorInput, field: Field, path: string): MultiVector {
  if (isSparse(value)) {
    const expected = field.multi ? `rows of ${field.size} numbers` : `${field.size} numbers`
    throw new TypeError(`"${path}" expected ${expected}, got a sparse vector`)
  }
  return (isRow(value) ? [value] : value) as MultiVector
}

/** @throws RangeError if a dense vector was given other than one row */
export function checkRows(rows: number, field: Field, path: string): void {
  if (field.multi || rows === 1) return
  throw new RangeError(`"${path}" expected one row of ${field.size} numbers, got ${rows} rows`)
}

/**
 * The vectors of a point by name; one that stands without a name has the name ''.
 *
 * @throws TypeError if they are no object of vectors
 * @throws RangeError if the collection has no vector of a name
 */
export function namedVectors(
  value: Readonly<Record<string, VectorInput>> | VectorInput,
  fields: Fields,
  path: string,
): readonly (readonly [name: string, vector: VectorInput])[] {
  if (fields.unnamed) return [['', value as VectorInput]]
  if (
    !isObject(value) ||
    Array.isArray(value) ||
    ArrayBuffer.isView(value) ||
    ('data' in value && 'dim' in value) ||
    isTextInput(value)
  ) {
    throw new TypeError(
      `"${path}" expected an object with a vector for each name (${namesOf(fields)}), got ${typeName(value)}`,
    )
  }
  const vectors = Object.entries(value as Record<string, VectorInput>)
  for (const [name] of vectors) {
    if (fields.dense.has(name) || fields.sparse.has(name)) continue
    throw new RangeError(`"${path}.${name}" is no vector of the collection; it has ${namesOf(fields)}`)
  }
  return vectors
}

/**
 * What a datatype would turn into infinity is refused: a server stores it, and every later score is `null`.
 *
 * @throws RangeError that names the row and the column
 */
export function checkNumbers(value: MultiVector, values: Float32Array, field: Field, path: string): void {
  const beyond = field.datatype === 'float16' ? FIRST_BEYOND_HALVES : Number.POSITIVE_INFINITY
  for (let k = 0; k < values.length; k++) {
    const number = values[k]!
    if (Math.abs(number) < beyond) continue
    if (!Number.isFinite(number)) throw notFiniteError(value, path)
    throw new RangeError(
      `"${path}" row ${Math.floor(k / field.size)}, column ${k % field.size} expected a number that float16 holds ` +
        `(up to 65504), got ${number}; scale the rows down, or store float32`,
    )
  }
}
