// Checks every vector before it is written into a request, as JSON or as a gRPC message.

import type { VectorInput } from '../../collection/collection.js'
import type { Field } from '../../collection/vector-fields.js'
import { checkNumbers, checkRows, rowsFor } from '../../collection/vector-input.js'
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
