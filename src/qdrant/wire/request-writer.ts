// Writes request bodies: text, and vectors through the codec. No other file turns a user's numbers into JSON.

import { exactJson } from '../../base/exact-json.js'
import type { SparseVector, VectorInput } from '../../collection/collection.js'
import { type Field, type Fields, isPlain } from '../../collection/vector-fields.js'
import {
  checkServerImage,
  checkSparse,
  isImageInput,
  isTextInput,
  namedVectors,
} from '../../collection/vector-input.js'
import type { Codec } from '../../kernel/codec/codec-types.js'
import { type ByteBuffer, createByteBuffer } from './byte-buffer.js'
import { createRowReader } from './check-vectors.js'
import { checkWellFormed } from './well-formed.js'

/** `path` names a value in error messages. */
export interface RequestWriter extends ByteBuffer {
  /** Writes any value as JSON. */
  json(value: unknown): void
  /** Writes the rows of a multi-vector, or the single row of a dense vector. Returns the number of rows. */
  vector(value: VectorInput, field: Field, path: string): number
  /** Writes a sparse vector. */
  sparse(value: SparseVector, path: string): void
  /** Writes the vectors of a point by name, or the vector of an unnamed field. Returns the number of rows. */
  vectors(value: Readonly<Record<string, VectorInput>> | VectorInput, fields: Fields, path: string): number
}

/**
 * Creates a writer with an empty body.
 *
 * @param capacity bytes that the body has room for before it grows
 */
export function createRequestWriter(codec: Codec, capacity = 65_536): RequestWriter {
  const buffer = createByteBuffer(capacity)
  const readRows = createRowReader()
  const { text, bytes } = buffer

  const writer: RequestWriter = Object.assign(buffer, {
    json(value: unknown) {
      text(exactJson(value))
    },
    vector(value: VectorInput, field: Field, path: string) {
      if (isTextInput(value)) {
        checkWellFormed(value.text, `${path}.text`)
        writer.json(value)
        return 0
      }
      if (isImageInput(value)) {
        checkServerImage(value, path)
        writer.json(value)
        return 0
      }
      const { values, count } = readRows(value, field, path)
      const rowsText = codec.writeRows(values, field.size, textDatatype(field))
      bytes(field.multi ? rowsText : rowsText.subarray(1, rowsText.length - 1))
      return count
    },
    sparse(value: SparseVector, path: string) {
      checkSparse(value, path)
      writer.json({ indices: Array.from(value.indices), values: Array.from(value.values) })
    },
    vectors: (value: VectorInput | Readonly<Record<string, VectorInput>>, fields: Fields, path: string) =>
      writeVectors(writer, value, fields, path),
  })
  return writer
}

function writeVectors(
  writer: RequestWriter,
  value: Readonly<Record<string, VectorInput>> | VectorInput,
  fields: Fields,
  path: string,
): number {
  const vectors = namedVectors(value, fields, path)
  if (fields.unnamed) return writer.vector(vectors[0]![1], fields.dense.get('')!, path)
  let count = 0
  let separator = '{'
  for (const [name, vector] of vectors) {
    writer.text(`${separator}${JSON.stringify(name)}:`)
    separator = ','
    const field = fields.dense.get(name)
    if (field) count += writer.vector(vector, field, `${path}.${name}`)
    else if (isTextInput(vector)) {
      checkWellFormed(vector.text, `${path}.${name}.text`)
      writer.json(vector)
    } else writer.sparse(vector as SparseVector, `${path}.${name}`)
  }
  writer.text(separator === '{' ? '{}' : '}')
  return count
}

/**
 * The datatype that the text must represent exactly. With Cosine the server normalises before it rounds, so it needs all
 * bits of the f32: the shortest text of a half is another number, and so the row would have another length.
 */
function textDatatype({ distance, datatype }: Field): 'float32' | 'float16' | 'uint8' {
  if (!isPlain(datatype) || (distance === 'Cosine' && datatype === 'float16')) return 'float32'
  return datatype
}
