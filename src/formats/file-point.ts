// The points of files. A file may have ids, vectors, texts and payloads, or only some of them. Ids and shapes are
// checked here; the collection that stores a point checks the rest.

import { typeName } from '../base/type-name.js'
import type { Payload } from '../collection/collection.js'
import type { FileId } from '../collection/file-id.js'
import type { PackedRows } from '../collection/packed-rows.js'
import { formatError } from './bytes/byte-source.js'

export type { FileId }

/** A point of a file. The caller owns it. */
export interface FilePoint {
  /** The id as it is in the file: "7", "07" and 7 are three ids. Undefined if the file has no ids. */
  readonly id: FileId | undefined
  /** The rows of the document; undefined if the point has a text instead. */
  readonly vector: PackedRows | undefined
  /** The text of the document; undefined if the point has a vector and no text. */
  readonly text: string | undefined
  /** All other fields of the point. Always an object, possibly an empty one. */
  readonly payload: Payload
}

/** A point to write to a file. */
export interface PointToWrite {
  /** A whole number, or a text that is not empty. */
  readonly id: FileId
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
 * Checks an id in a file: a whole number, or a text that is not empty. Returns it unchanged; a bigint up to 2^53
 * becomes a number.
 *
 * @param path names the position in errors
 * @returns undefined if the value is null or undefined
 * @throws FormatError if it is another value
 */
export function checkFileId(value: unknown, path: string): FileId | undefined {
  if (value === undefined || value === null) return undefined
  const id = typeof value === 'bigint' && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value
  if (typeof id === 'string' && id !== '') return id
  if (typeof id === 'bigint' || (Number.isSafeInteger(id) && (id as number) >= 0))
    return id as number | bigint
  const isShown = typeof id === 'number' || id === ''
  throw formatError(
    path,
    `"id" expected a whole number or a text, got ${isShown ? JSON.stringify(id) : typeName(id)}`,
  )
}
