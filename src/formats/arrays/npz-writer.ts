// Points into a .npz file in one pass, with flat memory: `data` (all rows, f4), `lengths` (rows of each document), `ids`
// and `payload` (lines of JSON). How many rows there are is known at the end, so the header of `data` is written again
// then; its checksum is put together from those of header and rows. Read it back with `np.load`.

import { concatBytes } from '../../base/concat-bytes.js'
import type { PointId } from '../../collection/collection.js'
import type { ByteSink } from '../bytes/byte-sink.js'
import { combine, crc32 } from '../bytes/crc32.js'
import type { Rows } from '../file-point.js'
import { HEADER_SIZE, writeHeader } from './npy.js'

/** A point to write. */
export interface PointToWrite {
  readonly id: PointId
  readonly vector: Rows
  readonly payload?: Readonly<Record<string, unknown>> | undefined
}

/** An entry whose bytes are counted while they are written. */
interface Entry {
  readonly name: string
  readonly offset: number
  readonly size: number
  readonly crc: number
}

/**
 * Writes points to a sink as .npz, and closes it; nothing is left if it fails.
 *
 * @returns how many points it wrote
 * @throws RangeError if rows of another dim come, or no point at all
 */
export async function writeNpz(
  points: AsyncIterable<PointToWrite> | Iterable<PointToWrite>,
  sink: ByteSink,
): Promise<number> {
  try {
    const count = await write(points, sink)
    await sink.close()
    return count
  } catch (error) {
    await sink.abort()
    throw error
  }
}

async function write(
  points: AsyncIterable<PointToWrite> | Iterable<PointToWrite>,
  sink: ByteSink,
): Promise<number> {
  let end = 0
  const put = async (bytes: Uint8Array) => {
    await sink.write(bytes)
    end += bytes.length
  }
  const [ids, lengths, payloads]: [PointId[], number[], string[]] = [[], [], []]
  let [dim, rows, crc] = [0, 0, 0]
  await put(localHeader('data.npy', 0, 0))
  await put(writeHeader('<f4', [0, 0]))
  for await (const { id, vector, payload } of points) {
    if (dim === 0) dim = vector.dim
    if (vector.dim !== dim)
      throw new RangeError(`point ${id} has rows of ${vector.dim} numbers, those before it ${dim}`)
    ids.push(id)
    lengths.push(vector.data.length / dim)
    payloads.push(JSON.stringify(payload ?? {}))
    rows += vector.data.length / dim
    const bytes = littleEndian(vector.data)
    crc = crc32(bytes, crc)
    await put(bytes)
  }
  if (ids.length === 0) throw new RangeError('there are no points to write')
  const header = writeHeader('<f4', [rows, dim])
  const size = HEADER_SIZE + 4 * rows * dim
  const data = { name: 'data.npy', offset: 0, size, crc: combine(crc32(header), crc, 4 * rows * dim) }
  const start = localHeader(data.name, data.size, data.crc)
  await sink.writeAt(0, start)
  await sink.writeAt(start.length, header)
  const entries: Entry[] = [data]
  for (const { name, bytes } of [
    { name: 'lengths.npy', bytes: integers(lengths) },
    { name: 'ids.npy', bytes: idBytes(ids) },
    { name: 'payload.npy', bytes: textBytes(payloads) },
  ]) {
    const entry = { name, offset: end, size: bytes.length, crc: crc32(bytes) }
    entries.push(entry)
    await put(localHeader(name, entry.size, entry.crc))
    await put(bytes)
  }
  await put(directory(entries, end))
  return ids.length
}

function littleEndian(floats: Float32Array): Uint8Array {
  const bytes = new Uint8Array(4 * floats.length)
  const view = new DataView(bytes.buffer)
  if (new Uint8Array(Uint16Array.of(1).buffer)[0] === 1) {
    bytes.set(new Uint8Array(floats.buffer, floats.byteOffset, floats.byteLength))
  } else for (let i = 0; i < floats.length; i++) view.setFloat32(4 * i, floats[i]!, true)
  return bytes
}

function integers(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(8 * values.length)
  const view = new DataView(bytes.buffer)
  for (const [index, value] of values.entries()) view.setBigInt64(8 * index, BigInt(value), true)
  return concatBytes([writeHeader('<i8', [values.length]), bytes])
}

/** Whole numbers as such; with a UUID among them all are text. */
function idBytes(ids: readonly PointId[]): Uint8Array {
  if (ids.every(id => typeof id === 'number')) return integers(ids)
  const bytes = new Uint8Array(4 * 36 * ids.length)
  const view = new DataView(bytes.buffer)
  for (const [index, id] of ids.entries()) {
    for (const [at, character] of [...String(id)].entries()) {
      view.setUint32(4 * (36 * index + at), character.charCodeAt(0), true)
    }
  }
  return concatBytes([writeHeader('<U36', [ids.length]), bytes])
}

function textBytes(lines: readonly string[]): Uint8Array {
  const bytes = new TextEncoder().encode(`${lines.join('\n')}\n`)
  return concatBytes([writeHeader('|u1', [bytes.length]), bytes])
}

/** A record of a zip file: numbers of 2, 4 or 8 bytes, then bytes. */
function record(
  numbers: readonly (readonly [value: number, bytes: 2 | 4 | 8])[],
  ...rest: readonly Uint8Array[]
) {
  const bytes = new Uint8Array(numbers.reduce((sum, [, length]) => sum + length, 0))
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const [value, length] of numbers) {
    if (length === 8) view.setBigUint64(at, BigInt(value), true)
    else if (length === 4) view.setUint32(at, value, true)
    else view.setUint16(at, value, true)
    at += length
  }
  return concatBytes([bytes, ...rest])
}

// every entry has zip64 sizes, so that a large one needs no other layout; the date is the first of 1980, for files that
// depend on their content alone
const [VERSION, DATE, LARGE] = [45, 0x21, 0xffffffff]

function localHeader(name: string, size: number, crc: number): Uint8Array {
  const extra = record([
    [1, 2],
    [16, 2],
    [size, 8],
    [size, 8],
  ])
  return record(
    [
      [0x04034b50, 4],
      [VERSION, 2],
      [0, 2],
      [0, 2],
      [0, 2],
      [DATE, 2],
      [crc, 4],
      [LARGE, 4],
      [LARGE, 4],
      [name.length, 2],
      [extra.length, 2],
    ],
    new TextEncoder().encode(name),
    extra,
  )
}

function directory(entries: readonly Entry[], offset: number): Uint8Array {
  const records = entries.map(({ name, size, crc, offset: at }) => {
    const extra = record([
      [1, 2],
      [24, 2],
      [size, 8],
      [size, 8],
      [at, 8],
    ])
    return record(
      [
        [0x02014b50, 4],
        [VERSION, 2],
        [VERSION, 2],
        [0, 2],
        [0, 2],
        [0, 2],
        [DATE, 2],
        [crc, 4],
        [LARGE, 4],
        [LARGE, 4],
        [name.length, 2],
        [extra.length, 2],
        [0, 2],
        [0, 2],
        [0, 2],
        [0, 4],
        [LARGE, 4],
      ],
      new TextEncoder().encode(name),
      extra,
    )
  })
  const central = concatBytes(records)
  const count = entries.length
  const after = offset + central.length
  return concatBytes([
    central,
    record([
      [0x06064b50, 4],
      [44, 8],
      [VERSION, 2],
      [VERSION, 2],
      [0, 4],
      [0, 4],
      [count, 8],
      [count, 8],
      [central.length, 8],
      [offset, 8],
    ]),
    record([
      [0x07064b50, 4],
      [0, 4],
      [after, 8],
      [1, 4],
    ]),
    record([
      [0x06054b50, 4],
      [0, 2],
      [0, 2],
      [count, 2],
      [count, 2],
      [central.length, 4],
      [LARGE, 4],
      [0, 2],
    ]),
  ])
}
