// The points of files. A file may have ids, vectors, texts and payloads, or only some of them. Ids and shapes are
// checked here; the collection that stores a point checks the rest.

import type { Payload, PointId } from '../collection/collection.js'
import type { PackedRows } from '../collection/packed-rows.js'
import { parseId } from '../collection/point-id.js'
import { formatError } from './bytes/byte-source.js'

/** A point of a file. The caller owns it. */
export interface FilePoint {
  /** Undefined if the file has no ids. */
  readonly id: PointId | undefined
  /** The rows of the document; undefined if the point has a text instead. */
  readonly vector: PackedRows | undefined
  /** The text of the document; undefined if the point has a vector and no text. */
  readonly text: string | undefined
  /** All other fields of the point. Always an object, possibly an empty one. */
  readonly payload: Payload
}

/** A point to write to a file. */
export interface PointToWrite {
  /** A whole number or a UUID. */
  readonly id: PointId
  /** The rows of the document, at least one. */
  readonly vector: PackedRows
  /** A JSON object. Default: {}. */
  readonly payload?: Payload | null | undefined
}

/** The maximum number of elements in a document: 16 MB of f32. */
export const MAX_DOCUMENT_ELEMENTS = 1 << 22
const MAX_DIM = 65_536

/** @throws FormatError if a document has no rows or is too large */
export function checkDocumentShape(rows: number, dim: number, path: string): void {
  if (dim < 1 || dim > MAX_DIM) {
    throw formatError(path, `expected rows of 1 to ${MAX_DIM} numbers, got ${dim}`)
  }
  if (rows < 1) throw formatError(path, 'expected at least 1 row in each document, got 0')
  if (rows * dim > MAX_DOCUMENT_ELEMENTS) {
    throw formatError(
      path,
      `expected at most ${MAX_DOCUMENT_ELEMENTS} numbers in a document, got ${rows} rows of ${dim}`,
    )
  }
}

/**
 * Returns the id in a file: a whole number, or a text with a whole number or a UUID.
 *
 * @param path names the position in errors
 * @returns undefined if the value is null or undefined
 * @throws FormatError if it is another value
 */
export function parseFileId(value: unknown, path: string): PointId | undefined {
  if (value === undefined || value === null) return undefined
  const id = typeof value === 'bigint' ? Number(value) : value
  try {
    if (typeof id === 'string' && /^\d{1,16}$/.test(id)) return parseId(Number(id), 'id')
    return parseId(id as PointId, 'id')
  } catch (cause) {
    throw formatError(path, (cause as Error).message, cause)
  }
}
