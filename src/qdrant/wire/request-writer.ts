// A request's body, as bytes in one growing buffer: text, and vectors that the codec writes. Every vector is checked on
// its way in: this is the only place where a user's numbers become JSON.

import { typeName } from '../../base/type-name.js'
import type { SparseVector, VectorInput } from '../../collection/collection.js'
import { type Field, type Fields, isPlain } from '../../collection/vector-fields.js'
import {
  checkNumbers,
  checkRows,
  isSparse,
  isTextInput,
  namedVectors,
  rowsFor,
} from '../../collection/vector-input.js'
import { type MultiVector, shapeOf, writeRows } from '../../core/multivector.js'
import type { Codec } from '../../kernel/codec/codec-types.js'

/** One element less than what the server refuses. */
export const MAX_ELEMENTS = 1_048_575

export interface RequestWriter {
  readonly length: number
  text(text: string): void
  bytes(bytes: Uint8Array): void
  json(value: unknown): void
  /** A multi-vector of a field, or a single row for a dense one. Returns its number of rows. */
  vector(value: VectorInput, field: Field, path: string): number
  sparse(value: SparseVector, path: string): void
  /** The named vectors of a point, or the vector of an unnamed field. Returns rows written. */
  vectors(value: Readonly<Record<string, VectorInput>> | VectorInput, fields: Fields, path: string): number
  /** Takes back everything after the first `length` bytes. */
  cut(length: number): void
  /** The bytes so far; valid until the next write. */
  view(): Uint8Array
}

const encoder = new TextEncoder()
export function createRequestWriter(codec: Codec, capacity = 65_536): RequestWriter {
  let buffer = new Uint8Array(capacity)
  let used = 0
  let rows = new Float32Array(16_384)

  function room(bytes: number): void {
    if (used + bytes <= buffer.length) return
    const larger = new Uint8Array(Math.max(used + bytes, 2 * buffer.length))
    larger.set(buffer.subarray(0, used))
    buffer = larger
  }

  function put(bytes: Uint8Array): void {
    room(bytes.length)
    buffer.set(bytes, used)
    used += bytes.length
  }

  /** The rows as f32, checked; valid until the next call. */
  function read(value: MultiVector, field: Field, path: string): { values: Float32Array; count: number } {
    const shape = shapeOf(value, path, field.size)
    const elements = shape.rows * shape.dim
    if (elements > MAX_ELEMENTS) {
      throw new RangeError(
        `"${path}" expected at most ${Math.floor(MAX_ELEMENTS / field.size)} rows of ${field.size} numbers ` +
          `(Qdrant takes ${MAX_ELEMENTS} numbers a point), got ${shape.rows}; split the document`,
      )
    }
    if (rows.length < elements) rows = new Float32Array(elements)
    const values = rows.subarray(0, elements)
    writeRows(value, path, values)
    checkNumbers(value, values, field, path)
    return { values, count: shape.rows }
  }

  const body: RequestWriter = {
    get length() {
      return used
    },
    text(text) {
      room(3 * text.length)
      used += encoder.encodeInto(text, buffer.subarray(used)).written
    },
    bytes: put,
    json(value) {
      body.text(JSON.stringify(value))
    },
    vector(value, field, path) {
      if (isTextInput(value)) {
        body.json(value)
        return 0
      }
      const { values, count } = read(rowsFor(value, field, path), field, path)
      checkRows(count, field, path)
      const text = codec.writeRows(values, field.size, textDatatype(field))
      put(field.multi ? text : text.subarray(1, text.length - 1))
      return count
    },
    sparse(value, path) {
      checkSparse(value, path)
      body.json({ indices: Array.from(value.indices), values: Array.from(value.values) })
    },
    vectors(value, fields, path) {
      const vectors = namedVectors(value, fields, path)
      if (fields.unnamed) return body.vector(vectors[0]![1], fields.dense.get('')!, path)
      let count = 0
      let separator = '{'
      for (const [name, vector] of vectors) {
        body.text(`${separator}${JSON.stringify(name)}:`)
        separator = ','
        const field = fields.dense.get(name)
        if (field) count += body.vector(vector, field, `${path}.${name}`)
        else if (isTextInput(vector)) body.json(vector)
        else body.sparse(vector as SparseVector, `${path}.${name}`)
      }
      body.text(separator === '{' ? '{}' : '}')
      return count
    },
    cut(length) {
      used = length
    },
    view: () => buffer.subarray(0, used),
  }
  return body
}

/**
 * What text has to give back. With Cosine the server normalises before it rounds, so its rows need all of f32: the
 * shortest text for a half is another number, whose length differs.
 */
function textDatatype({ distance, datatype }: Field): 'float32' | 'float16' | 'uint8' {
  if (!isPlain(datatype) || (distance === 'Cosine' && datatype === 'float16')) return 'float32'
  return datatype
}

function checkSparse(value: SparseVector, path: string): void {
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
