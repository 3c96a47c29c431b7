// Reads the points of the arrays in a .npy, .npz or safetensors file, one document at a time. The layouts:
//
//   one array, 3-D             documents x rows x dim
//   3-D, and LENGTHS or MASK   the same, padded: the rows that count
//   one array, 2-D             one row per document: in a .npy file, or named as in DATA
//   DATA and LENGTHS           all rows, and the number of rows of each document
//   DATA and OFFSETS           all rows, and the first row of each document, then the number of all rows
//   several arrays, 2-D        one document per array; its id is the array's name, a number if it is `7` or `arr_7`
//   ids, payload               beside any of these: see companions.ts

import { formatError } from '../bytes/byte-source.js'
import type { FileColumns } from '../file-columns.js'
import { checkDocumentShape, checkFileId, type FileId, type FilePoint } from '../file-point.js'
import { openRows, type RowArray } from './array-rows.js'
import { type Companions, openCompanions } from './companions.js'
import { openLengths, openOffsets } from './document-lengths.js'
import type { ElementType } from './element-types.js'
import { chosenRows, openMask, openPaddedLengths } from './padded-rows.js'
import { type ArrayEntry, type StoredArray, shapeText } from './stored-array.js'

const DATA = ['data', 'vectors', 'embeddings']
const LENGTHS = ['lengths', 'doclens', 'doc_lengths', 'doc_lens']
const OFFSETS = ['offsets']
const MASK = ['mask', 'attention_mask']
const [IDS, PAYLOAD] = [['ids'], ['payload']]
const COUNTS = [...LENGTHS, ...OFFSETS, ...MASK]

/** The arrays that divide the data into documents. A file has at most one of them. */
interface Counts {
  readonly lengths: StoredArray | undefined
  readonly offsets: StoredArray | undefined
  readonly mask: StoredArray | undefined
}

interface ArrayOptions {
  /** Whether the arrays are in the order in which they were saved, as the ids of several arrays need it. */
  readonly isOrdered: boolean
  /** The names of the arrays with the vectors and the ids. */
  readonly columns: FileColumns
}

/**
 * Yields the points of a file's arrays.
 *
 * @param path names the file in errors
 */
export async function* pointsOfArrays(
  entries: readonly ArrayEntry[],
  path: string,
  options: ArrayOptions,
): AsyncGenerator<FilePoint> {
  const { isOrdered, columns } = options
  checkChosen(entries, path, columns)
  const find = (names: readonly string[]) => entries.find(({ name }) => names.includes(name))
  const idNames = columns.id === undefined ? IDS : [columns.id]
  const dataNames = columns.vector === undefined ? DATA : [columns.vector]
  const vectors = entries.filter(({ name }) => ![...COUNTS, ...idNames, ...PAYLOAD].includes(name))
  const [first] = vectors
  if (!first) throw formatError(path, 'has no array of vectors')
  const counts = [LENGTHS, OFFSETS, MASK].map(find)
  const areCounted = counts.some(entry => entry !== undefined)
  const dataEntry = find(dataNames) ?? (areCounted || vectors.length === 1 ? first : undefined)
  const data = await dataEntry?.load()
  const isData =
    data && (data.name === '' || dataNames.includes(data.name) || data.shape.length === 3 || areCounted)
  if (isData && vectors.length > 1 && columns.vector === undefined) {
    const others = vectors.filter(entry => entry !== dataEntry).map(({ name }) => name)
    throw formatError(
      path,
      `has other arrays beside "${data.name}": ${others.slice(0, 5).join(', ')}; if one has the number of rows of each ` +
        'document, save it as "lengths"; otherwise choose the vectors with the option "columns.vector"',
    )
  }
  const [ids, payload] = [find(idNames), find(PAYLOAD)]
  if (!isData && !isOrdered && (ids ?? payload)) {
    throw formatError(
      path,
      'has ids or payload beside several arrays, whose order is not kept; save data and lengths',
    )
  }
  const companions = await openCompanions(await ids?.load(), await payload?.load())
  try {
    if (isData) {
      const [lengths, offsets, mask] = await Promise.all(counts.map(entry => entry?.load()))
      yield* documentsOfData(data, { lengths, offsets, mask }, companions)
    } else {
      // a single array is loaded already
      const entries = data ? [{ name: data.name, load: async () => data }] : vectors
      yield* documentPerArray(entries, companions)
    }
  } finally {
    await companions.close()
  }
}

/** Checks that the arrays that the caller chose exist. */
function checkChosen(entries: readonly ArrayEntry[], path: string, columns: FileColumns): void {
  const { text, payload } = columns
  if (text !== undefined || payload !== undefined) {
    throw formatError(path, 'has arrays only; the options "columns.text" and "columns.payload" do not apply')
  }
  for (const name of [columns.vector, columns.id]) {
    if (name === undefined || entries.some(entry => entry.name === name)) continue
    const names = entries.map(entry => entry.name || 'one without a name')
    throw formatError(path, `has no array "${name}"; its arrays: ${names.slice(0, 10).join(', ')}`)
  }
}

/** Documents of one array: of the given lengths, or all with the same number of rows. */
async function* documentsOfData(
  data: StoredArray,
  counts: Counts,
  companions: Companions,
): AsyncGenerator<FilePoint> {
  const { path, shape } = data
  const areCounted = Object.values(counts).some(array => array !== undefined)
  const isCube = shape.length === 3
  if (shape.length !== 2 && !isCube) {
    const wanted = areCounted
      ? 'rows x dim, or documents x rows x dim'
      : 'documents x rows x dim, or rows x dim'
    throw formatError(path, `expected the shape ${wanted}, got ${shapeText(shape)}`)
  }
  const [count, dim, rowsEach] = [shape[0]!, shape.at(-1)!, isCube ? shape[1]! : 1]
  if (count > 0) checkDocumentShape(rowsEach, dim, path)
  const source = { array: data, type: numberTypeOf(data), rows: rowsEach, dim }
  const documents = await (isCube ? openCube(source, counts) : openRagged(source, counts))
  let index = 0
  try {
    for (let rows = await documents.next(index); rows; rows = await documents.next(index)) {
      yield { vector: { data: rows, dim }, text: undefined, ...(await companions.next(index)) }
      index++
    }
    await documents.end()
    await companions.end(index)
  } finally {
    await documents.close()
  }
}

/** The documents of an array, in order. */
interface Documents {
  /** Returns the rows of document `index`, or undefined after the last one. */
  next(index: number): Promise<Float32Array | undefined>
  end(): Promise<void>
  close(): Promise<void>
}

/** Documents with the same number of rows each, some of which may be padding. */
async function openCube(source: RowArray, counts: Counts): Promise<Documents> {
  const { array, rows: rowsEach, dim } = source
  const count = array.shape[0]!
  const { lengths, offsets, mask } = counts
  const surplus = offsets ?? (lengths && mask)
  if (surplus) {
    throw formatError(surplus.path, `does not belong to ${array.path}, which has three dimensions`)
  }
  const padding = lengths
    ? await openPaddedLengths(lengths, count, rowsEach)
    : mask && (await openMask(mask, count, rowsEach))
  const rows = await openRows(source)
  return {
    async next(index) {
      if (index === count) return undefined
      const data = await rows.next(rowsEach)
      return padding ? chosenRows(data, dim, await padding.next(index)) : data
    },
    async end() {
      await rows.end()
      await padding?.end()
    },
    async close() {
      await rows.close()
      await padding?.close()
    },
  }
}

/** Documents of all rows: with the given lengths, or of one row each. */
async function openRagged(source: RowArray, { lengths, offsets, mask }: Counts): Promise<Documents> {
  const { array, dim } = source
  const count = array.shape[0]!
  if (mask) throw formatError(mask.path, `does not belong to ${array.path}, which has two dimensions`)
  const surplus = lengths && offsets
  if (surplus) throw formatError(surplus.path, 'is beside lengths; save one of them')
  const counted = lengths ? await openLengths(lengths, count) : offsets && (await openOffsets(offsets, count))
  const rows = await openRows(source)
  return {
    async next(index) {
      const length = counted ? await counted.next() : index < count ? 1 : undefined
      if (length === undefined) return undefined
      checkDocumentShape(length, dim, `${array.path}, document ${index}`)
      return rows.next(length)
    },
    end: () => rows.end(),
    async close() {
      await rows.close()
      await counted?.close()
    },
  }
}

function numberTypeOf({ type, path }: StoredArray): ElementType {
  if (type === 'text' || type === 'bool') {
    throw formatError(path, `expected an array of numbers, got ${type === 'bool' ? 'booleans' : 'text'}`)
  }
  return type
}

/** One document per array. */
async function* documentPerArray(
  entries: readonly ArrayEntry[],
  companions: Companions,
): AsyncGenerator<FilePoint> {
  let index = 0
  for (const entry of entries) {
    const array = await entry.load()
    const vector = await readDocument(array)
    const { id, payload } = await companions.next(index++)
    yield { id: companions.hasIds ? id : idOfName(array.name), vector, text: undefined, payload }
  }
  await companions.end(index)
}

async function readDocument(array: StoredArray): Promise<NonNullable<FilePoint['vector']>> {
  const { path, shape } = array
  if (shape.length !== 2) {
    throw formatError(path, `expected a document of the shape rows x dim, got ${shapeText(shape)}`)
  }
  const [count, dim] = shape as [number, number]
  const source: RowArray = { array, type: numberTypeOf(array), rows: 1, dim }
  checkDocumentShape(count, dim, path)
  const rows = await openRows(source)
  try {
    const vector = { data: await rows.next(count), dim }
    await rows.end()
    return vector
  } finally {
    await rows.close()
  }
}

/** The id in an array's name: the number of `7` or NumPy's `arr_7`, or the name itself. */
function idOfName(name: string): FileId | undefined {
  const [, digits] = /^(?:arr_)?(0|[1-9]\d{0,15})$/.exec(name) ?? []
  return checkFileId(digits === undefined ? name : BigInt(digits), name)
}
