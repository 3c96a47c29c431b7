// The shapes of Arrow's fixed-shape tensors. Parquet stores such a column as flat lists; its shape is only in the Arrow
// schema, a FlatBuffer in base64 under the key "ARROW:schema" of the file's metadata. Layout: Arrow's Schema.fbs and
// Message.fbs; flatbuffers' internals: a table begins with the distance to its vtable, which has the offset of each
// field.

import type { Metadata } from './library.js'

/** Rows and dim of a tensor. */
interface TensorShape {
  readonly rows: number
  readonly dim: number
}

/** The shape of each column of tensors, or why its tensors are not rows of numbers. */
export type TensorShapes = ReadonlyMap<string, TensorShape | string>

const EXTENSION_NAME = 'ARROW:extension:name'
const EXTENSION_METADATA = 'ARROW:extension:metadata'
const FIXED_SHAPE_TENSOR = 'arrow.fixed_shape_tensor'

/** The numbers of the fields in Schema.fbs and Message.fbs. */
const MESSAGE_HEADER = 2
const SCHEMA_FIELDS = 1
const [FIELD_NAME, FIELD_METADATA] = [0, 6]
const [KEY, VALUE] = [0, 1]

/**
 * The shapes of all columns of tensors of two dimensions or more. Only tensors of two dimensions in order are rows.
 * Empty if the schema is unreadable.
 */
export function tensorShapesOf(metadata: Metadata): TensorShapes {
  const shapes = new Map<string, TensorShape | string>()
  const schema = metadata.key_value_metadata?.find(({ key }) => key === 'ARROW:schema')?.value
  if (schema === undefined) return shapes
  try {
    const bytes = Uint8Array.from(atob(schema), character => character.charCodeAt(0))
    for (const { name, extension } of extensionsOf(bytes)) {
      if (extension.get(EXTENSION_NAME) !== FIXED_SHAPE_TENSOR) continue
      const { shape, permutation } = JSON.parse(extension.get(EXTENSION_METADATA) ?? '{}') as {
        readonly shape?: readonly number[]
        readonly permutation?: readonly number[]
      }
      const isInOrder = permutation?.every((dimension, index) => dimension === index) ?? true
      if (!shape || shape.length < 2) continue
      if (shape.length === 2 && isInOrder) shapes.set(name, { rows: shape[0]!, dim: shape[1]! })
      else
        shapes.set(
          name,
          `has tensors of the shape (${shape.join(', ')})${isInOrder ? '' : ' in another order'}`,
        )
    }
  } catch {
    // the schema only adds information: without it, the columns are lists
    return new Map()
  }
  return shapes
}

/** The rows of a tensor. Other values are returned unchanged. */
export function reshapeTensor(value: unknown, shape: TensorShape | string | undefined): unknown {
  if (typeof shape !== 'object') return value
  const { rows, dim } = shape
  if (!Array.isArray(value) || value.length !== rows * dim) return value
  return Array.from({ length: rows }, (_, row) => value.slice(row * dim, (row + 1) * dim))
}

interface Extension {
  readonly name: string
  /** The metadata of the field. */
  readonly extension: ReadonlyMap<string, string>
}

/** The fields of a schema, an Arrow message: 8 bytes, then the FlatBuffer. */
function extensionsOf(bytes: Uint8Array): readonly Extension[] {
  const flatBuffer = readerOf(bytes.subarray(8))
  const schema = flatBuffer.field(flatBuffer.root, MESSAGE_HEADER)
  const fields = schema && flatBuffer.field(schema, SCHEMA_FIELDS)
  return flatBuffer.tables(fields).map(field => ({
    name: flatBuffer.text(flatBuffer.field(field, FIELD_NAME)),
    extension: new Map(
      flatBuffer
        .tables(flatBuffer.field(field, FIELD_METADATA))
        .map(pair => [
          flatBuffer.text(flatBuffer.field(pair, KEY)),
          flatBuffer.text(flatBuffer.field(pair, VALUE)),
        ]),
    ),
  }))
}

/** Follows the offsets of a FlatBuffer. An offset beyond its end is a RangeError of DataView. */
function readerOf(bytes: Uint8Array) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const follow = (position: number) => position + view.getUint32(position, true)
  return {
    root: follow(0),
    /** The position of the table, vector or text in a field; undefined if the field is missing. */
    field(table: number, id: number): number | undefined {
      const vtable = table - view.getInt32(table, true)
      const entry = 4 + 2 * id
      const offset = entry < view.getUint16(vtable, true) ? view.getUint16(vtable + entry, true) : 0
      return offset === 0 ? undefined : follow(table + offset)
    },
    /** The positions of the tables in a vector. */
    tables(vector: number | undefined): readonly number[] {
      if (vector === undefined) return []
      const length = Math.min(view.getUint32(vector, true), bytes.length / 4)
      return Array.from({ length }, (_, index) => follow(vector + 4 + 4 * index))
    },
    text(position: number | undefined): string {
      if (position === undefined) return ''
      const length = view.getUint32(position, true)
      return new TextDecoder().decode(bytes.subarray(position + 4, position + 4 + length))
    },
  }
}
