// The codec on WebAssembly. Its memory, from `heap` on, has the data of one call:
//
//   writeRows      | f32 of some rows | their text, one byte in front |        long inputs are written in parts
//   readResponse   | the whole text | 32 zeros | f32 of one vector ...      each vector is copied out when it is read
//
// The module finds and reads the vectors. The text between them, with `[index]` in place of each vector, goes to
// JSON.parse. Text that the module or JSON.parse rejects is malformed or unusual, and goes to `readJson`. Growing the
// memory detaches views: use them only until the next call into the module.

import { concatBytes } from '../../base/concat-bytes.js'
import type { WireDatatype } from '../../base/float16.js'
import { FOUND, UNKNOWN } from '../constants.generated.js'
import { cannotWriteError, checkResponseText, checkRowsToWrite } from './check-rows.js'
import type { Codec, CodecModule } from './codec-types.js'
import { readJson } from './json-reader.js'
import { attachVectors } from './response-types.js'

/** The exports of `assembly/json/index.ts`. */
interface CodecExports {
  readonly memory: WebAssembly.Memory
  readonly heap: WebAssembly.Global
  /** Addresses of the array that `next` found. */
  readonly start: WebAssembly.Global
  readonly end: WebAssembly.Global
  /** The number of its numbers, and the length of its rows or -1. */
  readonly count: WebAssembly.Global
  readonly dim: WebAssembly.Global
  /** Starts a scan of a text. Returns 0 if it is not an object. */
  open(text: number, end: number): number
  next(target: number): number
  writeFloat32Rows: RowWriter
  writeFloat16Rows: RowWriter
  writeUint8Rows: RowWriter
}

/** Writes rows of `dim` f32 as text. Returns its end, or 0 if a number cannot be written. */
type RowWriter = (values: number, rows: number, dim: number, out: number) => number

const WRITERS: Readonly<Record<WireDatatype, 'writeFloat32Rows' | 'writeFloat16Rows' | 'writeUint8Rows'>> = {
  float32: 'writeFloat32Rows',
  float16: 'writeFloat16Rows',
  uint8: 'writeUint8Rows',
}

const PAGE = 65536
/** After a call, a memory larger than this is returned to the engine. */
const KEEP_BYTES = 64 * 1024 * 1024
/** Numbers in a part. Most documents are one part, whose text is returned as a view instead of a copy. */
const PART_NUMBERS = 128 * 1024
/** The longest number, `-0.00000123456789`, with a comma and, in rows of one number, the brackets. */
const MAX_NUMBER_BYTES = 20
/** Bytes that the writer stores after the end of the text, and that the reader reads. */
const MARGIN = 32

const OPENING = 0x5b
const COMMA = 0x2c
const CLOSING = 0x5d

const decoder = new TextDecoder('utf-8', { ignoreBOM: true })

/** Creates a codec from a compiled `maxsimd/codec.wasm`. */
export function createSimdCodec(module: CodecModule): Codec {
  let exports = instantiate(module)
  return {
    kernel: 'simd',
    writeRows(rows, dim, datatype) {
      checkRowsToWrite(rows, dim, datatype)
      return writeRows(exports, rows, dim, datatype)
    },
    readResponse(text) {
      checkResponseText(text)
      try {
        const response = readWithModule(exports, text)
        return response ? response.value : readJson(text)
      } finally {
        if (exports.memory.buffer.byteLength > KEEP_BYTES) exports = instantiate(module)
      }
    },
  }
}

function instantiate(module: CodecModule): CodecExports {
  const { exports } = new WebAssembly.Instance(module, { codec: { nearest } })
  const { memory } = exports as unknown as CodecExports
  return exports as unknown as CodecExports

  /** Returns the value of a number that is too close to the middle of two f32 for the module's arithmetic. */
  function nearest(from: number, to: number): number {
    return Number(decoder.decode(new Uint8Array(memory.buffer, from, to - from)))
  }
}

/** Grows the memory to `bytes` bytes from `heap` on. */
function reserve({ heap, memory }: CodecExports, bytes: number): void {
  const missing = heap.value + bytes - memory.buffer.byteLength
  if (missing <= 0) return
  try {
    memory.grow(Math.ceil(missing / PAGE))
  } catch (cause) {
    throw new RangeError(
      `the codec's memory cannot hold ${bytes} bytes; ask the server for fewer points at a time`,
      { cause },
    )
  }
}

/** Returns the text of rows: a view into the memory if they are one part. */
function writeRows(
  exports: CodecExports,
  rows: Float32Array,
  dim: number,
  datatype: WireDatatype,
): Uint8Array {
  const step = dim * Math.max(1, Math.floor(PART_NUMBERS / dim))
  reserve(exports, Math.min(rows.length, step) * (4 + MAX_NUMBER_BYTES) + MARGIN)
  const parts: Uint8Array[] = []
  for (let first = 0; first < rows.length; first += step) {
    const part = writePart(exports, rows.subarray(first, first + step), dim, datatype)
    if (!part) throw cannotWriteError(rows, dim, datatype)
    part[0] = first === 0 ? OPENING : COMMA
    part[part.length - 1] = CLOSING
    if (rows.length <= step) return part
    // the comma of the next part replaces the closing bracket
    parts.push(part.slice(0, first + step < rows.length ? -1 : undefined))
  }
  return concatBytes(parts)
}

/** Returns the text of some rows with a free byte at both ends, or undefined if a number cannot be written. */
function writePart(
  exports: CodecExports,
  rows: Float32Array,
  dim: number,
  datatype: WireDatatype,
): Uint8Array | undefined {
  const values = Math.ceil(exports.heap.value / 16) * 16
  const text = values + rows.byteLength
  new Float32Array(exports.memory.buffer, values, rows.length).set(rows)
  const end = exports[WRITERS[datatype]](values, rows.length / dim, dim, text + 1)
  return end === 0 ? undefined : new Uint8Array(exports.memory.buffer, text, end + 1 - text)
}

/** Returns the response, or undefined if the module or JSON.parse rejects the text. */
function readWithModule(exports: CodecExports, text: Uint8Array): { value: unknown } | undefined {
  const found = readVectors(exports, text)
  if (!found) return undefined
  try {
    return { value: attachVectors(parseExactly(found.rest), 'text', found.vectors) }
  } catch (error) {
    // the other reader finds the byte in the whole text
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/**
 * Returns the vectors of a text, and the rest of the text with `[index]` in their place. Returns undefined for a text that
 * the module does not read.
 */
function readVectors(
  exports: CodecExports,
  text: Uint8Array,
): { vectors: unknown[]; rest: string } | undefined {
  const first = exports.heap.value
  const last = first + text.length
  reserve(exports, text.length + MARGIN + PAGE)
  const bytes = new Uint8Array(exports.memory.buffer)
  bytes.set(text, first)
  bytes.fill(0, last, last + MARGIN)
  const target = Math.ceil((last + MARGIN) / 16) * 16

  const hasMark = text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf
  let from = hasMark ? 3 : 0
  if (!exports.open(first + from, last)) return undefined
  const vectors: unknown[] = []
  let rest = ''
  for (;;) {
    const result = exports.next(target)
    if (result === UNKNOWN) return undefined
    if (result !== FOUND) return { vectors, rest: rest + decoder.decode(text.subarray(from)) }
    const data = new Float32Array(exports.memory.buffer, target, exports.count.value).slice()
    const dim = exports.dim.value
    // globals are signed, and addresses above 2 GiB are negative
    rest += `${decoder.decode(text.subarray(from, (exports.start.value >>> 0) - first))}[${vectors.length}]`
    vectors.push(dim < 0 ? data : { data, dim })
    from = (exports.end.value >>> 0) - first
  }
}

/** JSON.parse, but integers beyond 2^53 are bigints. A reviver can do this if the engine passes it a number's text. */
function parseExactly(text: string): unknown {
  if (!/(?<![\d.])\d{16}/.test(text)) return JSON.parse(text)
  if ('rawJSON' in JSON) return JSON.parse(text, exactInteger)
  return readJson(new TextEncoder().encode(text), 'other')
}

function exactInteger(_name: string, value: unknown, context?: { readonly source: string }): unknown {
  if (!Number.isInteger(value) || Number.isSafeInteger(value)) return value
  return context && /^-?\d+$/.test(context.source) ? BigInt(context.source) : value
}
