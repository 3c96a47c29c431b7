// Reads the points of the arrays in a .npy, .npz or safetensors file, one document at a time. The layouts:
//
//   one array, 3-D             documents x rows x dim
//   one array, 2-D             one row per document: in a .npy file, or named as in DATA
//   DATA and LENGTHS           all rows, and the number of rows of each document
//   DATA and OFFSETS           all rows, and the first row of each document, then the number of all rows
//   several arrays, 2-D        one document per array; its id is the array's name
//   ids, payload               beside any of these: see companions.ts

import type { PointId } from '../../collection/collection.js'
import { formatError } from '../bytes/byte-source.js'
import { checkDocumentShape, type FilePoint, parseFileId } from '../file-point.js'
import { openRows, type RowArray } from './array-rows.js'
import { type Companions, openCompanions } from './companions.js'
import { type DocumentLengths, openLengths, openOffsets } from './document-lengths.js'
import type { ElementType } from './element-types.js'
import { type ArrayEntry, type StoredArray, shapeText } from './stored-array.js'

const DATA = ['data', 'vectors', 'embeddings']
const LENGTHS = ['lengths', 'doclens']
const OFFSETS = ['offsets']
const [IDS, PAYLOAD] = [['ids'], ['payload']]
const NOT_VECTORS = [...LENGTHS, ...OFFSETS, ...IDS, ...PAYLOAD]

/**
 * Yields the points of a file's arrays.
 *
 * @param path names the file in errors
 * @param isOrdered whether the arrays are in the order in which they were saved, as the ids of several arrays need it
 */
export async function* pointsOfArrays(
  entries: readonly ArrayEntry[],
  path: string,
  { isOrdered }: { readonly isOrdered: boolean },
): AsyncGenerator<FilePoint> {
  const find = (names: readonly string[]) => entries.find(({ name }) => names.includes(name))
  const vectors = entries.filter(({ name }) => !NOT_VECTORS.includes(name))
  const [first] = vectors
  if (!first) throw formatError(path, 'has no array of vectors')
  const [lengths, offsets] = [find(LENGTHS), find(OFFSETS)]
  const areCounted = lengths !== undefined || offsets !== undefined
  const dataEntry = find(DATA) ?? (areCounted || vectors.length === 1 ? first : undefined)
  const data = await dataEntry?.load()
  const isData =
    data && (data.name === '' || DATA.includes(data.name) || data.shape.length === 3 || areCounted)
  if (isData && vectors.length > 1) {
    const others = vectors.filter(entry => entry !== dataEntry).map(({ name }) => name)
    throw formatError(path, `has other arrays beside "${data.name}": ${others.slice(0, 5).join(', ')}`)
  }
  if (!isData && !isOrdered && (find(IDS) ?? find(PAYLOAD))) {
    throw formatError(
      path,
      'has ids or payload beside several arrays, whose order is not kept; save data and lengths',
    )
  }
  const companions = await openCompanions(await find(IDS)?.load(), await find(PAYLOAD)?.load())
  try {
    if (isData) {
      const counts = { lengths: await lengths?.load(), offsets: await offsets?.load() }
      yield* documentsOfData(data, counts, companions)
    } else {
      // a single array is loaded already
      const entries = data ? [{ name: data.name, load: async () => data }] : vectors
      yield* documentPerArray(entries, companions)
    }
  } finally {
    await companions.close()
  }
}

/** Documents of one array: of the given lengths, or all with the same number of rows. */
async function* documentsOfData(
  data: StoredArray,
  counts: { readonly lengths: StoredArray | undefined; readonly offsets: StoredArray | undefined },
  companions: Companions,
): AsyncGenerator<FilePoint> {
  const { path, shape } = data
  const areCounted = counts.lengths !== undefined || counts.offsets !== undefined
  const type = numberTypeOf(data)
  const isCube = shape.length === 3
  if (shape.length !== 2 && (areCounted || !isCube)) {
    const wanted = areCounted ? 'rows x dim' : 'documents x rows x dim, or rows x dim'
    throw formatError(path, `expected the shape ${wanted}, got ${shapeText(shape)}`)
  }
  const [count, dim, rowsEach] = [shape[0]!, shape.at(-1)!, isCube ? shape[1]! : 1]
  if (count > 0) checkDocumentShape(rowsEach, dim, path)
  const lengths = await lengthsOf(counts, count, rowsEach)
  const rows = await openRows({ array: data, type, rows: rowsEach, dim })
  let index = 0
  try {
    for (let length = await lengths.next(); length !== undefined; length = await lengths.next()) {
      checkDocumentShape(length, dim, `${path}, document ${index}`)
      const vector = { data: await rows.next(length), dim }
      yield { vector, text: undefined, ...(await companions.next(index)) }
      index++
    }
    await rows.end()
    await companions.end(index)
  } finally {
    await rows.close()
    await lengths.close()
  }
}

async function lengthsOf(
  {
    lengths,
    offsets,
  }: { readonly lengths: StoredArray | undefined; readonly offsets: StoredArray | undefined },
  count: number,
  rowsEach: number,
): Promise<DocumentLengths> {
  if (lengths) return openLengths(lengths, count)
  if (offsets) return openOffsets(offsets, count)
  let index = 0
  return {
    next: async () => (index++ < count ? rowsEach : undefined),
    close: async () => undefined,
  }
}

function numberTypeOf({ type, path }: StoredArray): ElementType {
  if (type === 'text') throw formatError(path, 'expected an array of numbers, got text')
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
    const nameId = idOfName(array.name)
    yield {
      id: companions.hasIds ? id : nameId,
      vector,
      text: undefined,
      payload: nameId === undefined ? { name: array.name, ...payload } : payload,
    }
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

/** The id in an array's name: `7`, NumPy's `arr_7`, or a UUID. */
function idOfName(name: string): PointId | undefined {
  try {
    return parseFileId(name.replace(/^arr_(?=\d+$)/, ''), name)
  } catch {
    return undefined
  }
}
