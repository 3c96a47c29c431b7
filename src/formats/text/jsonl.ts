// Points as lines of JSON: {"id": 7, "vector": [[0.1, 0.2]], "payload": {…}}, or with a "text" instead of a vector. A
// vector is a list of rows, or one row. "vectors", "embedding" and "embeddings" are other names of "vector", "_id" is
// another name of "id". All other fields are added to the payload.

import { typeName } from '../../base/type-name.js'
import type { PackedRows } from '../../collection/packed-rows.js'
import { parseId } from '../../collection/point-id.js'
import { type ByteSource, formatError } from '../bytes/byte-source.js'
import { piecesOf } from '../bytes/byte-stream.js'
import { linesOf } from '../bytes/lines.js'
import { checkDocumentShape, type FilePoint, type PointToWrite, parseFileId } from '../file-point.js'
import { parseJsonObject } from './json-object.js'

const VECTOR_NAMES = ['vector', 'vectors', 'embedding', 'embeddings']
const EXAMPLE = 'an object such as {"id": 1, "text": "…"} or {"id": 1, "vector": [[0.1, 0.2]]} in each line'

/** The points of a file of JSON lines. Blank lines are skipped. */
export async function* readJsonl(source: ByteSource): AsyncGenerator<FilePoint> {
  for await (const { text, line } of linesOf(piecesOf(source), source.name)) {
    const path = `${source.name}, line ${line}`
    if (text.trim() !== '') yield recordPoint(parseObject(text, path), path)
  }
}

/** The object of a line; `path` names the line in errors. */
export const parseObject = (text: string, path: string): Record<string, unknown> =>
  parseJsonObject(text, path, EXAMPLE)

/**
 * The point of a record, such as a line of JSON or a row of a table.
 *
 * @param path names the record in errors
 * @throws FormatError if the record has neither a vector nor a text, or one of its fields is invalid
 */
export function recordPoint(fields: Readonly<Record<string, unknown>>, path: string): FilePoint {
  const { id, _id, text, payload, ...rest } = fields
  const name = VECTOR_NAMES.find(each => rest[each] != null)
  const vector = name === undefined ? undefined : rowsOf(rest[name], `${path}: "${name}"`)
  if (vector === undefined && typeof text !== 'string') {
    const names = Object.keys(fields).filter(field => fields[field] != null)
    throw formatError(path, `expected a "vector" or a "text", got ${names.join(', ') || 'no fields'}`)
  }
  if (payload != null && (typeof payload !== 'object' || Array.isArray(payload))) {
    throw formatError(path, `"payload" expected an object, got ${typeName(payload)}`)
  }
  return {
    id: parseFileId(id ?? _id, path),
    vector,
    text: typeof text === 'string' ? text : undefined,
    payload: {
      ...Object.fromEntries(Object.entries(rest).filter(([field]) => !VECTOR_NAMES.includes(field))),
      ...(payload as object | undefined),
    },
  }
}

function rowsOf(value: unknown, path: string): PackedRows {
  // a point with named vectors, of which there is only one
  const names = typeof value === 'object' && value !== null && !isList(value) ? Object.keys(value) : []
  if (names.length === 1) return rowsOf((value as Record<string, unknown>)[names[0]!], `${path}.${names[0]}`)
  if (!isList(value)) throw formatError(path, `expected rows of numbers, got ${typeName(value)}`)
  if (value.length === 0) throw formatError(path, 'expected at least 1 row of numbers, got 0')
  const rows = isList(value[0]) ? (value as ArrayLike<unknown>) : [value]
  const dim = (rows[0] as ArrayLike<unknown>).length
  checkDocumentShape(rows.length, dim, path)
  const data = new Float32Array(rows.length * dim)
  for (let row = 0; row < rows.length; row++) {
    copyRow(rows[row], data.subarray(row * dim, (row + 1) * dim), `${path}[${row}]`)
  }
  return { data, dim }
}

function copyRow(numbers: unknown, target: Float32Array, path: string): void {
  if (!isList(numbers)) throw formatError(path, `expected a list of numbers, got ${typeName(numbers)}`)
  if (numbers.length !== target.length) {
    throw formatError(path, `expected ${target.length} numbers, as in the first row, got ${numbers.length}`)
  }
  for (let column = 0; column < target.length; column++) {
    const number = numbers[column]
    if (typeof number !== 'number') {
      throw formatError(`${path}[${column}]`, `expected a number, got ${typeName(number)}`)
    }
    target[column] = number
  }
}

const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || ArrayBuffer.isView(value)

/**
 * Yields points as lines of JSON, each with its line end. Each element has the fewest digits from which the same f32 is
 * read.
 *
 * @throws TypeError if an id is missing
 * @throws RangeError if an element is NaN or infinite, which JSON does not have
 *
 * @example
 * import { jsonLines } from 'maxsimd/formats'
 *
 * const lines = []
 * for await (const line of jsonLines([{ id: 7, vector: { data: Float32Array.of(0.1, 1), dim: 2 } }])) lines.push(line)
 * lines // ['{"id":7,"vector":[[0.1,1]]}\n']
 */
export async function* jsonLines(
  points: AsyncIterable<PointToWrite> | Iterable<PointToWrite>,
): AsyncGenerator<string> {
  for await (const { id, vector, payload } of points) {
    const { data, dim } = vector
    const idText = JSON.stringify(parseId(id, 'id'))
    const invalid = data.find(value => !Number.isFinite(value))
    if (invalid !== undefined) {
      throw new RangeError(
        `point ${id} has the element ${invalid}, which JSON does not have; write a .npz file`,
      )
    }
    const rows: string[] = []
    for (let start = 0; start < data.length; start += dim) {
      rows.push(`[${Array.from(data.subarray(start, start + dim), shortestDecimal).join(',')}]`)
    }
    const tail = payload == null ? '' : `,"payload":${JSON.stringify(payload)}`
    yield `{"id":${idText},"vector":[${rows.join(',')}]${tail}}\n`
  }
}

/** The shortest decimal that rounds to this f32. */
function shortestDecimal(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)))
    if (Math.fround(Number(text)) === value) return Object.is(value, -0) ? '-0' : text
  }
  return String(Number(value.toPrecision(9)))
}
