// The codec on WebAssembly. Its memory, from `heap` on, holds one call's data:
//
//   writeRows      | f32 of some rows | their text, one byte in front |        rows go through in parts
//   readResponse   | the whole text | 32 zeros | f32 of one vector ...          each is copied out when it is read
//
// The module finds the vectors and reads them; what is between them, with `[index]` in each vector's place, goes to
// JSON.parse. Where it gives up, the text is malformed or unusual, and the other reader has the word. Growing the memory
// detaches views, so each lives no longer than the next call into the module.

import type { WireDatatype } from '../../base/float16.js'
import { cannotWriteError, checkResponseText, checkRowsToWrite } from './check-rows.js'
import type { Codec } from './codec-types.js'
import { readJson } from './json-reader.js'
import { attachVectors } from './response-path.js'

/** The exports of `assembly/json/index.ts`. */
interface CodecExports {
  readonly memory: WebAssembly.Memory
  readonly heap: WebAssembly.Global
  /** Where the array that `next` found starts and ends; how many numbers it has; its rows' length, or -1. */
  readonly start: WebAssembly.Global
  readonly end: WebAssembly.Global
  readonly count: WebAssembly.Global
  readonly dim: WebAssembly.Global
  open(text: number, end: number): void
  next(target: number): number
  writeFloat32Rows: RowWriter
  writeFloat16Rows: RowWriter
  writeUint8Rows: RowWriter
}

/** Writes rows of `dim` f32 as text; returns its end, or 0 if a number cannot be written. */
type RowWriter = (values: number, rows: number, dim: number, out: number) => number

const WRITERS = {
  float32: 'writeFloat32Rows',
  float16: 'writeFloat16Rows',
  uint8: 'writeUint8Rows',
} as const

const PAGE = 65536
/** A memory beyond this is given back to the engine after the call. */
const KEEP_BYTES = 64 * 1024 * 1024
/** Numbers in a part: most documents are one, whose text then is a view and not a copy. */
const PART = 128 * 1024
/** The longest number, `-0.00000123456789`; its comma; a row's brackets, where each row is one number. */
const MOST_BYTES = 20
/** What the writer stores beyond the text's end, and the reader reads. */
const MARGIN = 32

const FOUND = 1
const UNKNOWN = -1
const OPENING = 0x5b
const COMMA = 0x2c
const CLOSING = 0x5d

export function createSimdCodec(module: WebAssembly.Module): Codec {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let exports = start()

  function start(): CodecExports {
    const instance = new WebAssembly.Instance(module, { codec: { nearest } })
    return instance.exports as unknown as CodecExports
  }

  /** The value of a number that is too close to the middle between two f32 for the module's arithmetic. */
  function nearest(from: number, to: number): number {
    return Number(decoder.decode(new Uint8Array(exports.memory.buffer, from, to - from)))
  }

  /** Makes room for `bytes` from `heap` on. */
  function reserve(bytes: number): void {
    const missing = exports.heap.value + bytes - exports.memory.buffer.byteLength
    if (missing <= 0) return
    try {
      exports.memory.grow(Math.ceil(missing / PAGE))
    } catch (cause) {
      throw new RangeError(
        `the codec's memory cannot hold ${bytes} bytes; ask the server for fewer points at a time`,
        { cause },
      )
    }
  }

  function giveBack(): void {
    if (exports.memory.buffer.byteLength > KEEP_BYTES) exports = start()
  }

  /** The text of some rows, without the outer brackets but with a byte to spare at both ends. */
  function writePart(rows: Float32Array, dim: number, datatype: WireDatatype): Uint8Array | undefined {
    const values = Math.ceil(exports.heap.value / 16) * 16
    const text = values + rows.byteLength
    new Float32Array(exports.memory.buffer, values, rows.length).set(rows)
    const end = exports[WRITERS[datatype]](values, rows.length / dim, dim, text + 1)
    return end === 0 ? undefined : new Uint8Array(exports.memory.buffer, text, end + 1 - text)
  }

  return {
    kernel: 'simd',
    writeRows(rows, dim, datatype) {
      const count = checkRowsToWrite(rows, dim, datatype)
      const most = Math.max(1, Math.floor(PART / dim))
      reserve(Math.min(count, most) * dim * (4 + MOST_BYTES) + MARGIN)
      const parts: Uint8Array[] = []
      for (let row = 0; row < count; row += most) {
        const part = writePart(rows.subarray(row * dim, (row + most) * dim), dim, datatype)
        if (!part) throw cannotWriteError(rows, dim, datatype)
        // each part ends in the byte that begins the next
        part[0] = row === 0 ? OPENING : COMMA
        part[part.length - 1] = CLOSING
        if (count <= most) return part
        parts.push(part.slice(0, row + most < count ? -1 : undefined))
      }
      return concatenate(parts)
    },
    readResponse(text) {
      checkResponseText(text)
      try {
        const response = read(text)
        return response ? response.value : readJson(text)
      } finally {
        giveBack()
      }
    },
  }

  /** The response, or nothing if the module or JSON.parse does not take the text. */
  function read(text: Uint8Array): { value: unknown } | undefined {
    const first = exports.heap.value
    reserve(text.length + MARGIN + PAGE)
    const last = first + text.length
    const bytes = new Uint8Array(exports.memory.buffer)
    bytes.set(text, first)
    bytes.fill(0, last, last + MARGIN)
    const target = Math.ceil((last + MARGIN) / 16) * 16

    const mark = text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf ? 3 : 0
    exports.open(first + mark, last)
    const vectors: unknown[] = []
    let between = ''
    let from = mark
    for (;;) {
      const found = exports.next(target)
      if (found === UNKNOWN) return
      if (found !== FOUND) break
      const data = new Float32Array(exports.memory.buffer, target, exports.count.value).slice()
      const dim = exports.dim.value
      // the globals are signed, and addresses beyond 2 GiB look negative
      between += `${decoder.decode(text.subarray(from, (exports.start.value >>> 0) - first))}[${vectors.length}]`
      vectors.push(dim < 0 ? data : { data, dim })
      from = (exports.end.value >>> 0) - first
    }
    between += decoder.decode(text.subarray(from))
    try {
      return { value: attachVectors(parseExactly(between), 'text', vectors) }
    } catch (error) {
      // the other reader says where, in bytes of the whole text
      if (error instanceof SyntaxError) return
      throw error
    }
  }
}

/** JSON.parse, but whole numbers beyond 2^53 as bigints, which takes an engine that shows a number's text. */
function parseExactly(text: string): unknown {
  if (!/(?<![\d.])\d{16}/.test(text)) return JSON.parse(text)
  if ('rawJSON' in JSON) return JSON.parse(text, exactInteger)
  return readJson(new TextEncoder().encode(text), 'other')
}

function exactInteger(_name: string, value: unknown, context?: { readonly source: string }): unknown {
  if (!Number.isInteger(value) || Number.isSafeInteger(value)) return value
  return context && /^-?\d+$/.test(context.source) ? BigInt(context.source) : value
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
