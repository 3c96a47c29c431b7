// Writes points to a .npz file in one pass: `data` (all rows, f4), `lengths` (rows of each document, i8), `ids` (i8, or
// text if one is a text) and `payload` (lines of JSON, u1). Memory holds the lengths, ids and payloads, and one
// document. The shape of `data` is known after the last point: the headers of `data` are then written again. NumPy
// reads it by np.load.

import { concatBytes } from '../../base/concat-bytes.js'
import { plural } from '../../base/plural.js'
import { type ByteSink, writeOutput } from '../bytes/byte-sink.js'
import { combineCrc32, crc32, localHeader, type StoredEntry, zipDirectory } from '../bytes/zip-writer.js'
import type { PointToWrite } from '../file-point.js'
import { checkPointToWrite } from '../point-to-write.js'
import { isLittleEndianHost } from './element-types.js'
import { HEADER_SIZE, writeHeader } from './npy.js'

const DATA = 'data.npy'

/** The ids, lengths and payloads of the points, and the size and checksum of their rows. */
interface WrittenPoints {
  readonly ids: readonly (number | string)[]
  readonly lengths: readonly number[]
  readonly payloads: readonly string[]
  readonly rows: number
  readonly dim: number
  /** The checksum of all rows. */
  readonly crc: number
}

/**
 * Writes points to a sink as a .npz file and closes the sink. If a point is refused or a write fails, the output is
 * discarded. The file depends on the points only, not on the time.
 *
 * @returns the number of points
 * @throws RangeError if there are no points, their rows have different dims, or a payload has NaN or an infinity
 * @throws TypeError if an id or a vector is missing
 * @throws the error of `points` or of the sink
 *
 * @example
 * import { blobSource, memorySink, readPoints, writeNpz } from 'maxsimd/formats'
 *
 * const sink = memorySink() // or await createFile('corpus.npz')
 * const points = [{ id: 7, vector: { data: Float32Array.of(1, 0, 0, 1), dim: 2 }, payload: { title: 'two rows' } }]
 * await writeNpz(points, sink) // 1
 * for await (const { id, vector, payload } of readPoints(blobSource(sink.blob()))) console.log(id, vector.data, payload)
 */
export async function writeNpz(
  points: AsyncIterable<PointToWrite> | Iterable<PointToWrite>,
  sink: ByteSink,
): Promise<number> {
  return writeOutput(sink, async () => {
    const written = await writeData(points, sink)
    await writeOtherArrays(written, sink)
    return written.ids.length
  })
}

/** Writes the entry `data`, with a placeholder for its headers, then the headers. */
async function writeData(
  points: AsyncIterable<PointToWrite> | Iterable<PointToWrite>,
  sink: ByteSink,
): Promise<WrittenPoints> {
  const [ids, lengths, payloads]: [(number | string)[], number[], string[]] = [[], [], []]
  let [dim, rows, crc] = [0, 0, 0]
  const placeholder = localHeader({ name: DATA, size: 0, crc: 0 })
  await sink.write(concatBytes([placeholder, writeHeader('<f4', [0, 0])]))
  for await (const point of points) {
    const { id, vector, payload = '{}' } = checkPointToWrite(point)
    if (dim === 0) dim = vector.dim
    if (vector.dim !== dim) {
      throw new RangeError(
        `point ${id} expected rows of ${plural(dim, 'number')}, as the points before it have, got ${vector.dim}`,
      )
    }
    ids.push(id)
    lengths.push(vector.data.length / dim)
    payloads.push(payload)
    rows += vector.data.length / dim
    const bytes = littleEndianBytes(vector.data)
    crc = crc32(bytes, crc)
    await sink.write(bytes)
  }
  if (ids.length === 0) throw new RangeError('there are no points to write')
  const written = { ids, lengths, payloads, rows, dim, crc }
  const header = concatBytes([localHeader(dataEntry(written)), dataHeader(written)])
  await sink.writeAt(0, header)
  return written
}

const dataHeader = ({ rows, dim }: WrittenPoints) => writeHeader('<f4', [rows, dim])

function dataEntry(written: WrittenPoints): StoredEntry {
  const rowBytes = 4 * written.rows * written.dim
  const crc = combineCrc32(crc32(dataHeader(written)), written.crc, rowBytes)
  return { name: DATA, size: HEADER_SIZE + rowBytes, crc }
}

/** Writes the other entries and the directory. */
async function writeOtherArrays(written: WrittenPoints, sink: ByteSink): Promise<void> {
  const first = dataEntry(written)
  const entries = [first]
  let end = localHeader(first).length + first.size
  const arrays = [
    { name: 'lengths.npy', bytes: integerArray(written.lengths) },
    { name: 'ids.npy', bytes: idArray(written.ids) },
    { name: 'payload.npy', bytes: lineArray(written.payloads) },
  ]
  for (const { name, bytes } of arrays) {
    const entry = { name, size: bytes.length, crc: crc32(bytes) }
    const header = localHeader(entry)
    await sink.write(header)
    await sink.write(bytes)
    entries.push(entry)
    end += header.length + bytes.length
  }
  await sink.write(zipDirectory(entries, end))
}

function littleEndianBytes(floats: Float32Array): Uint8Array {
  if (isLittleEndianHost) return new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength)
  const bytes = new Uint8Array(4 * floats.length)
  const view = new DataView(bytes.buffer)
  for (let i = 0; i < floats.length; i++) view.setFloat32(4 * i, floats[i]!, true)
  return bytes
}

function integerArray(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(8 * values.length)
  const view = new DataView(bytes.buffer)
  for (const [index, value] of values.entries()) view.setBigInt64(8 * index, BigInt(value), true)
  return concatBytes([writeHeader('<i8', [values.length]), bytes])
}

/** Ids as integers, or all as text if one is a text. NumPy's text has four bytes for each character, and one width. */
function idArray(ids: readonly (number | string)[]): Uint8Array {
  if (ids.every(id => typeof id === 'number')) return integerArray(ids)
  const texts = ids.map(id => [...String(id)])
  const width = texts.reduce((most, { length }) => Math.max(most, length), 1)
  const bytes = new Uint8Array(4 * width * texts.length)
  const view = new DataView(bytes.buffer)
  for (const [index, characters] of texts.entries()) {
    for (const [position, character] of characters.entries()) {
      view.setUint32(4 * (width * index + position), character.codePointAt(0)!, true)
    }
  }
  return concatBytes([writeHeader(`<U${width}`, [ids.length]), bytes])
}

function lineArray(lines: readonly string[]): Uint8Array {
  const bytes = new TextEncoder().encode(`${lines.join('\n')}\n`)
  return concatBytes([writeHeader('|u1', [bytes.length]), bytes])
}
