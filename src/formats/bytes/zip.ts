// Zip files as far as .npz needs them: the directory at the end, with zip64, and entries that are stored or deflated, as
// streams with their checksums held. Every length is checked against the file before anything of it is taken.
// Source: PKWARE's APPNOTE.TXT, sections 4.3 and 4.5.3.

import { type ByteSource, type ByteStream, FormatError, formatError } from './byte-source.js'
import { chooseCrc32 } from './crc32.js'
import { inflated } from './inflate.js'

/** A file in a zip file. */
export interface ZipEntry {
  readonly name: string
  readonly deflated: boolean
  readonly crc: number
  /** Bytes in the zip file, and as they were. */
  readonly packed: number
  readonly size: number
  /** Where its local header stands. */
  readonly offset: number
}

/** Deflate has two bits at least for 258 bytes. */
const MOST_INFLATED = 1032

const [END, END64, LOCATOR64, CENTRAL, LOCAL] = [0x06054b50, 0x06064b50, 0x07064b50, 0x02014b50, 0x04034b50]

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

/** The entries, in the order of the directory. */
export async function readDirectory(source: ByteSource): Promise<ZipEntry[]> {
  const { count, offset, size } = await findDirectory(source)
  if (offset + size > source.size || count * 46 > size) {
    throw formatError(source.name, 'the directory of the zip file lies outside of it')
  }
  const bytes = await source.read(offset, size)
  const entries: ZipEntry[] = []
  for (let at = 0; entries.length < count; ) {
    if (at + 46 > size || viewOf(bytes).getUint32(at, true) !== CENTRAL) {
      throw formatError(source.name, `entry ${entries.length} of the zip directory is broken`)
    }
    const { entry, end } = parseEntry(bytes, at, source.name)
    if (entry.offset + 30 + entry.packed > source.size)
      throw formatError(source.name, `${entry.name} lies outside of the file`)
    entries.push(entry)
    at = end
  }
  return entries
}

interface Directory {
  readonly count: number
  readonly offset: number
  readonly size: number
}

async function findDirectory(source: ByteSource): Promise<Directory> {
  const length = Math.min(source.size, 22 + 65_535)
  const tail = await source.read(source.size - length, length)
  const view = viewOf(tail)
  let at = length - 22
  while (at >= 0 && view.getUint32(at, true) !== END) at--
  if (at < 0) throw formatError(source.name, 'has no zip directory at its end; it was cut off')
  const [count, size, offset] = [
    view.getUint16(at + 10, true),
    view.getUint32(at + 12, true),
    view.getUint32(at + 16, true),
  ]
  if (count < 0xffff && size < 0xffffffff && offset < 0xffffffff) return { count, size, offset }
  if (at < 20 || view.getUint32(at - 20, true) !== LOCATOR64) {
    throw formatError(source.name, 'has no zip64 directory where one is announced')
  }
  const place = whole(view, at - 12, source.name)
  if (place + 56 > source.size) throw formatError(source.name, 'the zip64 directory lies outside of it')
  const end = viewOf(await source.read(place, 56))
  if (end.getUint32(0, true) !== END64)
    throw formatError(source.name, 'has no zip64 directory where one is announced')
  return {
    count: whole(end, 32, source.name),
    size: whole(end, 40, source.name),
    offset: whole(end, 48, source.name),
  }
}

/** A 64-bit number that is one here. */
function whole(view: DataView, at: number, name: string): number {
  const value = Number(view.getBigUint64(at, true))
  if (Number.isSafeInteger(value)) return value
  throw formatError(name, `has the number ${value} in its zip directory, which no file reaches`)
}

function parseEntry(bytes: Uint8Array, at: number, file: string): { entry: ZipEntry; end: number } {
  const view = viewOf(bytes)
  const [flags, method] = [view.getUint16(at + 8, true), view.getUint16(at + 10, true)]
  const [nameLength, extraLength] = [view.getUint16(at + 28, true), view.getUint16(at + 30, true)]
  const end = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true)
  if (end > bytes.length) throw formatError(file, 'the zip directory is broken')
  const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength))
  if (flags & 1) throw formatError(file, `${name} is encrypted`)
  if (method !== 0 && method !== 8)
    throw formatError(file, `${name} expected to be stored or deflated, got method ${method}`)
  const told = [view.getUint32(at + 24, true), view.getUint32(at + 20, true), view.getUint32(at + 42, true)]
  const [size, packed, offset] = withZip64(told, view, at + 46 + nameLength, extraLength, `${file}: ${name}`)
  const crc = view.getUint32(at + 16, true)
  return { entry: { name, deflated: method === 8, crc, packed: packed!, size: size!, offset: offset! }, end }
}

/** Numbers that did not fit 32 bits stand in an extra field, in this order, those only. */
function withZip64(
  told: readonly number[],
  view: DataView,
  from: number,
  length: number,
  place: string,
): number[] {
  if (!told.includes(0xffffffff)) return [...told]
  for (let at = from; at + 4 <= from + length; at += 4 + view.getUint16(at + 2, true)) {
    if (view.getUint16(at, true) !== 1) continue
    let next = at + 4
    const end = Math.min(from + length, next + view.getUint16(at + 2, true))
    return told.map(value => {
      if (value !== 0xffffffff) return value
      if (next + 8 > end) throw formatError(place, 'lacks its zip64 sizes')
      next += 8
      return whole(view, next - 8, place)
    })
  }
  throw formatError(place, 'lacks its zip64 sizes')
}

/** The bytes of an entry as they were, one after another; at the end its checksum has to hold. */
export async function openEntry(source: ByteSource, entry: ZipEntry): Promise<ByteStream> {
  const place = `${source.name}: ${entry.name}`
  const local = viewOf(await source.read(entry.offset, 30))
  if (local.getUint32(0, true) !== LOCAL)
    throw formatError(place, 'does not begin where the zip directory says')
  const start = entry.offset + 30 + local.getUint16(26, true) + local.getUint16(28, true)
  if (start + entry.packed > source.size) throw formatError(place, 'lies outside of the file')
  if (!entry.deflated && entry.packed !== entry.size) throw formatError(place, 'is stored with two sizes')
  if (entry.size > MOST_INFLATED * entry.packed) {
    throw formatError(
      place,
      `says that ${entry.packed} bytes inflate to ${entry.size}, which is more than any do`,
    )
  }
  const pieces = entry.deflated ? inflate(source, start, entry, place) : stored(source, start, entry.size)
  return checked(pieces, entry, place, await chooseCrc32())
}

async function* stored(source: ByteSource, start: number, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < size; at += 1 << 18) yield await source.read(start + at, Math.min(1 << 18, size - at))
}

async function* inflate(
  source: ByteSource,
  start: number,
  { packed }: ZipEntry,
  place: string,
): AsyncGenerator<Uint8Array> {
  let at = 0
  const read = async (most: number) => {
    if (at >= packed) return undefined
    const bytes = await source.read(start + at, Math.min(most, packed - at))
    at += bytes.length
    return bytes
  }
  try {
    yield* inflated(read)
  } catch (cause) {
    if (cause instanceof FormatError) throw cause
    throw formatError(place, 'cannot be inflated; its bytes are damaged', cause)
  }
}

/** A stream over pieces that come to `size` bytes with this checksum. */
function checked(
  pieces: AsyncGenerator<Uint8Array>,
  { size, crc }: ZipEntry,
  place: string,
  crc32: Awaited<ReturnType<typeof chooseCrc32>>,
): ByteStream {
  let waiting: Uint8Array[] = []
  let [taken, seen, sum] = [0, 0, 0]
  async function more(): Promise<boolean> {
    const { done, value } = await pieces.next()
    if (done) return false
    seen += value.length
    if (seen > size) throw formatError(place, `has more than the ${size} bytes that the zip directory says`)
    sum = crc32(value, sum)
    waiting.push(value)
    return true
  }
  return {
    async take(count) {
      taken += count
      if (taken > size) throw formatError(place, `ends ${taken - size} bytes too early`)
      const bytes = new Uint8Array(count)
      // the pieces go as they are copied: what is large is not there twice
      for (let at = 0; at < count; ) {
        const piece = waiting.length > 0 || (await more()) ? waiting[0]! : undefined
        if (!piece) throw formatError(place, `ends ${count - at} bytes too early`)
        const part = piece.subarray(0, count - at)
        bytes.set(part, at)
        at += part.length
        if (part.length === piece.length) waiting.shift()
        else waiting[0] = piece.subarray(part.length)
      }
      return bytes
    },
    async end() {
      waiting = []
      while (await more()) waiting = []
      if (seen !== size) throw formatError(place, `expected ${size} bytes, got ${seen}`)
      if (sum !== crc) throw formatError(place, 'its checksum does not hold; its bytes are damaged')
    },
    async close() {
      await pieces.return(undefined)
    },
  }
}
