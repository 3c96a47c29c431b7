// Distinguishes and checks the forms of a vector: rows of a multi-vector, the row of a dense vector, a sparse vector, a
// text. A server and a store accept every vector that passes these checks.

import { isA } from '../base/is-a.js'
import { typeName } from '../base/type-name.js'
import { type MultiVector, notFiniteError } from '../core/multivector.js'
import type { DenseVector, ImageInput, SparseVector, VectorInput } from './collection.js'
import { type Field, type Fields, namesOf } from './vector-fields.js'

/** float16 rounds this number and larger ones to infinity. */
const FLOAT16_OVERFLOW = 65_520

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

export const isTextInput = (value: unknown): value is { text: string; model?: string } =>
  isObject(value) && !Array.isArray(value) && typeof value.text === 'string'

/** A vector may have the name "image", so an image must name its model. */
export const isImageInput = (value: unknown): value is ImageInput =>
  isObject(value) && !Array.isArray(value) && 'image' in value && typeof value.model === 'string'

export const isSparse = (value: unknown): value is SparseVector =>
  isObject(value) && 'indices' in value && 'values' in value

/** Whether a value is a single row: an array of numbers or a typed array. */
const isRow = (value: unknown): value is DenseVector =>
  (Array.isArray(value) && typeof value[0] === 'number') ||
  (ArrayBuffer.isView(value) && !isA(value, 'DataView'))

/**
 * Returns the rows of a vector for a field; a single row becomes a list of one row. Their shape is not checked yet.
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

/**
 * Checks an image that a server is to embed.
 *
 * @throws TypeError if it is not a text, which JSON can transport
 */
export function checkServerImage({ image }: ImageInput, path: string): void {
  if (typeof image === 'string') return
  throw new TypeError(
    `"${path}.image" expected a URL or base64 for the server's inference, got ${typeName(image)}; ` +
      'to embed it here, pass "encoder" when you open the collection',
  )
}

/** @throws RangeError if a dense vector has not exactly one row */
export function checkRows(rows: number, field: Field, path: string): void {
  if (field.multi || rows === 1) return
  throw new RangeError(`"${path}" expected one row of ${field.size} numbers, got ${rows} rows`)
}

/**
 * Returns the vectors of a point with their names. A vector without a name has the name ''.
 *
 * @param remedy the end of the error if the collection has no vector of a name
 * @throws TypeError if the value is not an object with vectors
 * @throws RangeError if the collection has no vector of a name
 */
export function namedVectors(
  value: Readonly<Record<string, VectorInput>> | VectorInput,
  fields: Fields,
  path: string,
  remedy = '',
): readonly (readonly [name: string, vector: VectorInput])[] {
  if (fields.unnamed) {
    // points that were read have their vector under the name ''
    const isNamed = isObject(value) && Object.keys(value).length === 1 && Object.hasOwn(value, '')
    return [['', (isNamed ? value[''] : value) as VectorInput]]
  }
  if (!isObject(value) || isBareVector(value)) {
    // beside sparse vectors, a vector without a name is the unnamed one
    if (isObject(value) && fields.dense.has('')) return [['', value as unknown as VectorInput]]
    throw new TypeError(
      `"${path}" expected an object with vectors by name (${namesOf(fields)}), got ${typeName(value)}`,
    )
  }
  const vectors = Object.entries(value as Record<string, VectorInput>)
  for (const [name] of vectors) {
    if (fields.dense.has(name) || fields.sparse.has(name)) continue
    throw new RangeError(
      `"${path}": the collection has no vector "${name}"; it has ${namesOf(fields)}${remedy}`,
    )
  }
  return vectors
}

/** Whether an object is a vector, and not vectors by name. */
const isBareVector = (value: object): boolean =>
  Array.isArray(value) ||
  ArrayBuffer.isView(value) ||
  // vectors may have these names
  ('data' in value && 'dim' in value && typeof value.dim === 'number') ||
  isTextInput(value) ||
  isImageInput(value)

/**
 * Refuses numbers that a datatype turns into infinity: a server would store them, and every later score would be null.
 *
 * @throws RangeError that names the row and the column
 */
export function checkNumbers(value: MultiVector, values: Float32Array, field: Field, path: string): void {
  const overflow = field.datatype === 'float16' ? FLOAT16_OVERFLOW : Number.POSITIVE_INFINITY
  for (let k = 0; k < values.length; k++) {
    const number = values[k]!
    if (Math.abs(number) < overflow) continue
    if (!Number.isFinite(number)) throw notFiniteError(value, path)
    throw new RangeError(
      `"${path}" (row ${Math.floor(k / field.size)}, column ${k % field.size}) expected a number that float16 holds ` +
        `(up to 65504), got ${number}; scale the rows down, or store float32`,
    )
  }
}

/** @throws TypeError or RangeError that names the wrong index or value */
export function checkSparse(value: SparseVector, path: string): void {
  if (!isSparse(value)) {
    throw new TypeError(`"${path}" expected { indices, values }, got ${typeName(value)}`)
  }
  const { indices, values } = value
  if (indices.length !== values.length) {
    throw new RangeError(
      `"${path}" expected as many values as indices, got ${values.length} and ${indices.length}`,
    )
  }
  const seen = new Set<number>()
  for (let k = 0; k < indices.length; k++) {
    const index = indices[k]!
    if (!Number.isInteger(index) || index < 0 || index > 0xffffffff || seen.has(index)) {
      throw new RangeError(`"${path}.indices[${k}]" expected a whole number that occurs once, got ${index}`)
    }
    seen.add(index)
    if (!Number.isFinite(Math.fround(values[k]!))) {
      throw new RangeError(`"${path}.values[${k}]" expected a finite number, got ${values[k]}`)
    }
  }
}
