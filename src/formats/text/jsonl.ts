// Points as lines of JSON: {"id": 7, "vector": [[0.1, 0.2]], "payload": {…}}, or with a "text" in place of a vector. Other
// fields go into the payload. A vector is rows, or one row; `vectors` and `embedding` are other names for it.

import { typeName } from '../../base/type-name.js'
import type { PointToWrite } from '../arrays/npz-writer.js'
import { type ByteSource, formatError, piecesOf } from '../bytes/byte-source.js'
import { linesOf } from '../bytes/lines.js'
import { checkShape, type FilePoint, fileIdOf, type Rows } from '../file-point.js'

const VECTORS = ['vector', 'vectors', 'embedding', 'embeddings']

/** The points of a file of JSON lines; empty lines are none. */
export async function* readJsonl(source: ByteSource): AsyncGenerator<FilePoint> {
  for await (const { text, line } of linesOf(piecesOf(source), source.name)) {
    if (text.trim() !== '') yield parseLine(text, `${source.name}, line ${line}`)
  }
}

/** One line; `place` names it in errors. */
export const parseLine = (text: string, place: string): FilePoint =>
  recordPoint(parseObject(text, place), place)

/** The object that a line is. */
export function parseObject(text: string, place: string): Record<string, unknown> {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw formatError(place, `is no JSON: ${(cause as Error).message}; a document a line is expected`, cause)
  }
  if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) {
    return parsed as Record<string, unknown>
  }
  throw formatError(
    place,
    `expected an object such as {"id": 1, "text": "…"} or {"id": 1, "vector": [[0.1, 0.2]]} a line, got ${typeName(parsed)}`,
  )
}

/** A record with fields by name, as a line of JSON or a row of a table has them. */
export function recordPoint(fields: Readonly<Record<string, unknown>>, place: string): FilePoint {
  const { id, _id, text, payload, ...rest } = fields
  const name = VECTORS.find(each => rest[each] != null)
  const vector = name === undefined ? undefined : rowsOf(rest[name], `${place}: "${name}"`)
  if (vector === undefined && typeof text !== 'string') {
    const names = Object.keys(fields).filter(field => fields[field] != null)
    throw formatError(place, `expected a "vector" or a "text", got ${names.join(', ') || 'nothing'}`)
  }
  if (payload != null && (typeof payload !== 'object' || Array.isArray(payload))) {
    throw formatError(place, `expected an object as "payload", got ${typeName(payload)}`)
  }
  return {
    id: fileIdOf(id ?? _id, place),
    vector,
    text: typeof text === 'string' ? text : undefined,
    payload: {
      ...Object.fromEntries(Object.entries(rest).filter(([field]) => !VECTORS.includes(field))),
      ...(payload as object | undefined),
    },
  }
}

function rowsOf(value: unknown, place: string): Rows {
  // the only vector of a point with named ones
  const names = typeof value === 'object' && value !== null && !isList(value) ? Object.keys(value) : []
  if (names.length === 1) return rowsOf((value as Record<string, unknown>)[names[0]!], `${place}.${names[0]}`)
  if (!isList(value) || value.length === 0) {
    throw formatError(place, `expected rows of numbers, got ${isList(value) ? 'none' : typeName(value)}`)
  }
  const rows = isList(value[0]) ? (value as ArrayLike<unknown>) : [value]
  const dim = (rows[0] as ArrayLike<unknown>).length
  checkShape(rows.length, dim, place)
  const data = new Float32Array(rows.length * dim)
  for (let row = 0; row < rows.length; row++) {
    const numbers = rows[row]
    if (!isList(numbers) || numbers.length !== dim) {
      throw formatError(
        `${place}[${row}]`,
        `expected ${dim} numbers, got ${isList(numbers) ? numbers.length : typeName(numbers)}`,
      )
    }
    for (let k = 0; k < dim; k++) {
      const number = numbers[k]
      if (typeof number !== 'number')
        throw formatError(`${place}[${row}][${k}]`, `expected a number, got ${typeName(number)}`)
      data[row * dim + k] = number
    }
  }
  return { data, dim }
}

const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || ArrayBuffer.isView(value)

/** Points as lines of JSON, each f32 with as few digits as give it back. */
export async function* jsonLines(
  points: AsyncIterable<PointToWrite> | Iterable<PointToWrite>,
): AsyncGenerator<string> {
  for await (const { id, vector, payload } of points) {
    const { data, dim } = vector
    const rows: string[] = []
    for (let first = 0; first < data.length; first += dim) {
      rows.push(`[${Array.from(data.subarray(first, first + dim), shortest).join(',')}]`)
    }
    const tail = payload === undefined ? '' : `,"payload":${JSON.stringify(payload)}`
    yield `{"id":${JSON.stringify(id)},"vector":[${rows.join(',')}]${tail}}\n`
  }
}

/** The shortest decimal that rounds to this f32. */
function shortest(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = String(Number(value.toPrecision(digits)))
    if (Math.fround(Number(text)) === value) return text
  }
  return String(Number(value.toPrecision(9)))
}
