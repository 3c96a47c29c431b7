// Arrays as points: what the arrays of a .npy, .npz or safetensors file mean, read one document at a time.
//
//   one array, 3-D             documents x rows x dim
//   one array, 2-D             a document of one row each: in a .npy file, or named as DATA
//   DATA and LENGTHS           all rows one after the other, and how many belong to each document
//   DATA and OFFSETS           the same, told by where each document begins, and the end
//   many arrays, 2-D           a document each, whose id is the array's name
//   ids, payload beside them   whole numbers or UUIDs; lines of JSON as bytes

import { typeName } from '../../base/type-name.js'
import type { Payload, PointId } from '../../collection/collection.js'
import { type ByteStream, formatError } from '../bytes/byte-source.js'
import { linesOf } from '../bytes/lines.js'
import { checkShape, type FilePoint, fileIdOf } from '../file-point.js'
import { openRows, type StoredArray } from './array-rows.js'
import { BYTES, toNumbers } from './elements.js'

const DATA = ['data', 'vectors', 'embeddings']
const [LENGTHS, OFFSETS] = [['lengths', 'doclens'], ['offsets']]
const BESIDE = [...LENGTHS, ...OFFSETS, 'ids', 'payload']

/** Characters of a UUID in its longest spelling, with some to spare. */
const LONGEST_ID = 64

/** The points of a file's arrays. */
export async function* pointsOf(arrays: readonly StoredArray[], name: string): AsyncGenerator<FilePoint> {
  const named = (names: readonly string[]) => arrays.find(array => names.includes(array.name))
  const vectors = arrays.filter(array => !BESIDE.includes(array.name))
  const [first] = vectors
  if (!first) throw formatError(name, 'has no array of vectors')
  const [lengths, offsets] = [named(LENGTHS), named(OFFSETS)]
  const data =
    named(DATA) ?? (lengths || offsets || first.name === '' || vectors.length === 1 ? first : undefined)
  const whole =
    data && (data.name === '' || DATA.includes(data.name) || data.shape.length === 3 || lengths || offsets)
  if (!whole) {
    yield* manyArrays(vectors)
    return
  }
  if (vectors.length > 1) {
    const others = vectors.filter(array => array !== data).map(array => array.name)
    throw formatError(name, `has other arrays beside "${data.name}": ${others.slice(0, 5).join(', ')}`)
  }
  const beside = await openBeside(named(['ids']), named(['payload']))
  try {
    yield* oneArray(data, lengths, offsets, beside)
    await beside.end()
  } finally {
    await beside.close()
  }
}

/** What is told of each point beside its vector. */
interface Beside {
  next(index: number): Promise<{ readonly id: PointId | undefined; readonly payload: Payload }>
  end(): Promise<void>
  close(): Promise<void>
}

async function openBeside(ids: StoredArray | undefined, payloads: StoredArray | undefined): Promise<Beside> {
  if (payloads && payloads.type !== 'u8') throw formatError(payloads.place, 'expected bytes: lines of JSON')
  if (ids && (ids.shape.length !== 1 || /^(b?f)/.test(ids.type) || ids.characters > LONGEST_ID)) {
    throw formatError(ids.place, 'expected one whole number or UUID for each document')
  }
  const idStream = await ids?.open()
  const payloadStream = await payloads?.open()
  const lines =
    payloads && payloadStream && linesOf(taken(payloadStream, payloads.byteLength), payloads.place)
  let documents = 0
  return {
    async next(index) {
      documents = index + 1
      let id: PointId | undefined
      if (ids && idStream) {
        const size = ids.type === 'text' ? 4 * ids.characters : BYTES[ids.type]
        id = fileIdOf(elementOf(await idStream.take(size), ids), `${ids.place}[${index}]`)
      }
      if (!lines) return { id, payload: {} }
      const { value, done } = await lines.next()
      if (done) throw formatError(payloads.place, `has no line ${index + 1}, as every document has one`)
      return { id, payload: parsePayload(value.text, `${payloads.place}, line ${index + 1}`) }
    },
    async end() {
      // a checksum holds, and nothing is left over
      for (const [array, stream] of [
        [ids, idStream],
        [payloads, payloadStream],
      ] as const) {
        if (!array || !stream) continue
        const { done } =
          array === payloads && lines ? await lines.next() : { done: documents === array.shape[0] }
        if (!done) {
          const what = array === ids ? 'ids' : 'lines'
          throw formatError(array.place, `has more ${what} than there are documents, which are ${documents}`)
        }
        await stream.end()
      }
    },
    async close() {
      await lines?.return(undefined)
      await idStream?.close()
      await payloadStream?.close()
    },
  }
}

function elementOf(bytes: Uint8Array, { type, little }: StoredArray): number | string {
  if (type !== 'text') return toNumbers(bytes, type, little)[0]!
  const codes = toNumbers(bytes, 'u32', little).filter(code => code !== 0 && code <= 0x10ffff)
  return String.fromCodePoint(...codes)
}

function parsePayload(text: string, place: string): Payload {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw formatError(place, `is no JSON: ${(cause as Error).message}`, cause)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Payload
  throw formatError(place, `expected an object, got ${typeName(value)}`)
}

async function* taken(stream: ByteStream, length: number): AsyncGenerator<Uint8Array> {
  for (let left = length; left > 0; ) {
    const bytes = await stream.take(Math.min(left, 1 << 16))
    left -= bytes.length
    yield bytes
  }
}

/** Documents of one array, with their rows counted by another or all of one length. */
async function* oneArray(
  data: StoredArray,
  lengths: StoredArray | undefined,
  offsets: StoredArray | undefined,
  beside: Beside,
): AsyncGenerator<FilePoint> {
  const [most, type] = [data.shape.length, data.type]
  if (type === 'text') throw formatError(data.place, 'expected numbers, got text')
  const counted = lengths ?? offsets
  if (most < 2 || most > 3 || (counted && most !== 2)) {
    const wanted = counted ? 'rows x dim' : 'documents x rows x dim, or rows x dim'
    throw formatError(data.place, `expected the shape ${wanted}, got (${data.shape.join(', ')})`)
  }
  const dim = data.shape.at(-1)!
  const [count, each] = [data.shape[0]!, most === 3 ? data.shape[1]! : 1]
  if (count === 0) return
  checkShape(each, dim, data.place)
  const rows = await openRows(data, each, dim)
  const counts = counted && (await openCounts(counted, counted === offsets, count))
  try {
    for (let index = 0; ; index++) {
      const next = counts ? await counts.next() : index < count ? each : undefined
      if (next === undefined) break
      checkShape(next, dim, `${data.place}, document ${index}`)
      const vector = { data: await rows.next(next), dim }
      yield { vector, text: undefined, ...(await beside.next(index)) }
    }
    await rows.end()
  } finally {
    await rows.close()
    await counts?.close()
  }
}

interface Counts {
  /** Rows of the next document; undefined after the last. */
  next(): Promise<number | undefined>
  close(): Promise<void>
}

/** How many rows each document has, which have to come to `total`. */
async function openCounts(array: StoredArray, areOffsets: boolean, total: number): Promise<Counts> {
  const { type, place, shape, little } = array
  if (type === 'text' || /^(b?f)/.test(type) || shape.length !== 1) {
    throw formatError(
      place,
      `expected one whole number for each document, got ${type} of shape (${shape.join(', ')})`,
    )
  }
  const stream = await array.open()
  let [index, sum] = [0, 0]
  const take = async () => toNumbers(await stream.take(BYTES[type]), type, little)[0]!
  if (areOffsets) {
    const first = shape[0]! > 0 ? await take() : 0
    index = 1
    if (first !== 0) throw formatError(place, `expected offsets from 0 on, got ${first}`)
  }
  return {
    async next() {
      if (index >= shape[0]!) {
        await stream.end()
        if (sum === total) return undefined
        throw formatError(place, `tells of ${sum} rows, but there are ${total}`)
      }
      const told = await take()
      const rows = areOffsets ? told - sum : told
      const place1 = `${place}[${index++}]`
      if (!(rows >= 1) || sum + rows > total)
        throw formatError(place1, `expected 1 to ${total - sum} rows, got ${rows}`)
      sum += rows
      return rows
    },
    close: () => stream.close(),
  }
}

/** A document an array. */
async function* manyArrays(arrays: readonly StoredArray[]): AsyncGenerator<FilePoint> {
  for (const array of arrays) {
    const { name, place, shape, type } = array
    if (type === 'text' || shape.length !== 2) {
      throw formatError(
        place,
        `expected a document of rows x dim, got ${type} of shape (${shape.join(', ')})`,
      )
    }
    const [count, dim] = shape as [number, number]
    checkShape(count, dim, place)
    const rows = await openRows(array, 1, dim)
    try {
      const vector = { data: await rows.next(count), dim }
      await rows.end()
      yield {
        id: nameToId(name),
        vector,
        text: undefined,
        payload: nameToId(name) === undefined ? { name } : {},
      }
    } finally {
      await rows.close()
    }
  }
}

/** `7`, NumPy's own `arr_7`, a UUID. */
function nameToId(name: string): PointId | undefined {
  try {
    return fileIdOf(name.replace(/^arr_(?=\d+$)/, ''), name)
  } catch {
    return undefined
  }
}
