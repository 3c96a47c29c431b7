// Checks every vector before it is written into a request, as JSON or as a gRPC message.

import { typeName } from '../../base/type-name.js'
import type { SparseVector, VectorInput } from '../../collection/collection.js'
import type { Field } from '../../collection/vector-fields.js'
import { checkNumbers, checkRows, isSparse, rowsFor } from '../../collection/vector-input.js'
import { shapeOf, writeRows } from '../../core/multivector.js'

/** Maximum numbers of a vector: the server refuses one more. */
const MAX_ELEMENTS = 1_048_575

/** Rows of a vector as f32. */
export interface CheckedRows {
  readonly values: Float32Array
  /** Number of rows. */
  readonly count: number
}

/** Creates a function that copies rows as f32 and checks them. Its result is valid until its next call. */
export function createRowReader(): (value: VectorInput, field: Field, path: string) => CheckedRows {
  let rows = new Float32Array(16_384)
  return (input, field, path) => {
    const value = rowsFor(input, field, path)
    const shape = shapeOf(value, path, field.size)
    const elements = shape.rows * shape.dim
    if (elements > MAX_ELEMENTS) {
      throw new RangeError(
        `"${path}" expected at most ${Math.floor(MAX_ELEMENTS / field.size)} rows of ${field.size} numbers ` +
          `(Qdrant accepts ${MAX_ELEMENTS} numbers per vector), got ${shape.rows}; split the document`,
      )
    }
    if (rows.length < elements) rows = new Float32Array(elements)
    const values = rows.subarray(0, elements)
    writeRows(value, path, values)
    checkNumbers(value, values, field, path)
    checkRows(shape.rows, field, path)
    return { values, count: shape.rows }
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
