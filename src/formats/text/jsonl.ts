// Points as lines of JSON: {"id": 7, "vector": [[0.1, 0.2]], "payload": {…}}, or with a "text" instead of a vector. A
// vector is a list of rows, or one row. "vectors", "embedding" and "embeddings" are other names of "vector", "_id" is
// another name of "id". All other fields are added to the payload. An array of such objects is read too, as a whole.

import { typeName } from '../../base/type-name.js'
import type { Payload } from '../../collection/collection.js'
import type { PackedRows } from '../../collection/packed-rows.js'
import { type ByteSource, formatError } from '../bytes/byte-source.js'
import { linesOf } from '../bytes/lines.js'
import { textPiecesOf } from '../bytes/text-pieces.js'
import { type FileColumns, fieldNames } from '../file-columns.js'
import { checkDocumentShape, checkFileId, type FilePoint, type PointToWrite } from '../file-point.js'
import { checkPointToWrite } from '../point-to-write.js'
import { checkObject, parseFileJson, parseJsonObject } from './json-object.js'

const EXAMPLE = 'an object such as {"id": 1, "text": "…"} or {"id": 1, "vector": [[0.1, 0.2]]} in each line'

/** Characters of the longest array, which is parsed as a whole. */
const MAX_ARRAY_LENGTH = 1 << 27

/** The points of a file of JSON lines, or of an array of objects. Blank lines are skipped. */
export async function* readJsonl(source: ByteSource, columns: FileColumns = {}): AsyncGenerator<FilePoint> {
  const { name } = source
  let array: string[] | undefined
  let [length, isFirst] = [0, true]
  for await (const { text, line } of linesOf(textPiecesOf(source), name)) {
    if (text.trim() === '') continue
    if (isFirst && text.trimStart().startsWith('[')) array = []
    isFirst = false
    if (!array) {
      const path = `${name}, line ${line}`
      yield recordPoint(parseObject(text, path), path, columns)
      continue
    }
    array.push(text)
    length += text.length
    if (length > MAX_ARRAY_LENGTH) {
      throw formatError(name, `has more than ${MAX_ARRAY_LENGTH} characters in one array; write JSON lines`)
    }
  }
  if (array) yield* pointsOfArray(array.join('\n'), name, columns)
}

function* pointsOfArray(text: string, name: string, columns: FileColumns): Generator<FilePoint> {
  const items = parseFileJson(text, name) as readonly unknown[]
  for (const [index, item] of items.entries()) {
    const path = `${name}, item ${index + 1}`
    yield recordPoint(checkObject(item, path, EXAMPLE.replace('line', 'item')), path, columns)
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
export function recordPoint(
  fields: Readonly<Record<string, unknown>>,
  path: string,
  columns: FileColumns = {},
): FilePoint {
  const { vectors, ids, texts } = fieldNames(columns)
  const [vectorName, idName, textName] = [vectors, ids, texts].map(names => fieldOf(fields, names))
  const text = textName === undefined ? undefined : fields[textName]
  if (vectorName === undefined && typeof text !== 'string') throw noVectorError(fields, columns, path)
  const vector = vectorName === undefined ? undefined : vectorOf(fields, vectorName, path)
  return {
    id: idName === undefined ? undefined : checkFileId(fields[idName], path),
    vector: vector?.rows,
    text: typeof text === 'string' ? text : undefined,
    payload: payloadOf(fields, [vectorName, idName, textName, vector?.shapeName], path, columns),
  }
}

/** The first of these fields that is not missing. */
export const fieldOf = (fields: Readonly<Record<string, unknown>>, names: readonly string[]) =>
  names.find(name => Object.hasOwn(fields, name) && fields[name] != null)

function noVectorError(fields: Readonly<Record<string, unknown>>, columns: FileColumns, path: string): Error {
  const { vectors, texts } = fieldNames(columns)
  const names = Object.keys(fields).filter(name => fields[name] != null && name !== 'payload')
  const found = names.length > 0 ? names.join(', ') : 'no other fields'
  return formatError(
    path,
    `expected a "${vectors[0]}" or a "${texts[0]}", got ${found}; the option "columns" sets other names`,
  )
}

/** All fields that are not used otherwise, then the fields of "payload". */
function payloadOf(
  fields: Readonly<Record<string, unknown>>,
  used: readonly (string | undefined)[],
  path: string,
  columns: FileColumns,
): Payload {
  const { vectors, ids, texts } = fieldNames(columns)
  const standard = [...vectors, ...ids, ...texts]
  const isPayload = ([name, value]: [string, unknown]) =>
    !used.includes(name) && name !== 'payload' && !(value == null && standard.includes(name))
  const { payload } = fields
  if (payload != null && (typeof payload !== 'object' || Array.isArray(payload))) {
    throw formatError(path, `"payload" expected an object, got ${typeName(payload)}`)
  }
  const rest = Object.entries(fields).filter(isPayload)
  const chosen = columns.payload ? rest.filter(([name]) => columns.payload?.includes(name)) : rest
  // Object.fromEntries keeps a field with the name "__proto__"
  const isChosen = columns.payload?.includes('payload') ?? true
  return Object.fromEntries([...chosen, ...(isChosen ? Object.entries(payload ?? {}) : [])])
}

/** The rows of a vector. A flat list with rows and dim in a field "shape" has that shape. */
function vectorOf(fields: Readonly<Record<string, unknown>>, name: string, path: string) {
  const [value, { shape }] = [fields[name], fields]
  const isFlat = isList(value) && typeof value[0] === 'number'
  if (isFlat && isShape(shape) && shape[0] * shape[1] === value.length) {
    const [rows, dim] = shape
    checkDocumentShape(rows, dim, `${path}: "${name}"`)
    const data = new Float32Array(value.length)
    copyRow(value, data, `${path}: "${name}"`)
    return { rows: { data, dim }, shapeName: 'shape' }
  }
  return { rows: rowsOf(value, `${path}: "${name}"`), shapeName: undefined }
}

/** Whether a value is a number of rows and a dim. */
const isShape = (value: unknown): value is [number, number] =>
  Array.isArray(value) && value.length === 2 && value.every(count => Number.isInteger(count) && count > 0)

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

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value)

/**
 * Yields points as lines of JSON, each with its line end. Each element has the fewest digits from which the same f32 is
 * read.
 *
 * @throws TypeError if an id is missing
 * @throws RangeError if the rows are not whole, or an element or a number of the payload is NaN or infinite, which JSON
 * does not have
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
  for await (const point of points) {
    const { id, vector, payload } = checkPointToWrite(point)
    const { data, dim } = vector
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
    const tail = payload === undefined ? '' : `,"payload":${payload}`
    yield `{"id":${JSON.stringify(id)},"vector":[${rows.join(',')}]${tail}}\n`
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
