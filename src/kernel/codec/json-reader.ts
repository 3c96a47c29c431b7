// A strict JSON reader over bytes, for responses. It returns what JSON.parse returns, but vectors as f32, integers
// beyond 2^53 as bigints, and errors that name the byte. The reference codec reads every text with it, the SIMD codec
// only texts that are malformed or unusual. It is six to ten times as slow as JSON.parse.
//
// It is not replaced by JSON.parse and a walk over the result, which would need it anyway: for the byte of an error,
// for the limit of the depth, and, before Node 21, for integers beyond 2^53.

import { MAX_DEPTH } from '../constants.generated.js'
import type { DecodedRows } from './codec-types.js'
import { elementType, isVector, memberType, type ResponseType } from './response-types.js'

const OPENING_ARRAY = 0x5b
const CLOSING_ARRAY = 0x5d
const OPENING_OBJECT = 0x7b
const CLOSING_OBJECT = 0x7d
const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
const MINUS = 0x2d
const PLUS = 0x2b
const POINT = 0x2e
const ZERO = 0x30
const LOWER_E = 0x65
const UPPER_E = 0x45
const LOWER_U = 0x75

const LITERALS = [
  ['null', null],
  ['true', true],
  ['false', false],
] as const

/** A text, and how far it is read. */
interface Reader {
  readonly text: Uint8Array
  readonly decoder: TextDecoder
  /** Offset of the next byte. */
  at: number
  /** The number of open arrays and objects. */
  depth: number
}

/**
 * Reads a response: see `Codec.readResponse`.
 *
 * @param type the type of the whole text. Default: `text`. With `other` no vectors are looked for.
 * @throws SyntaxError that names the byte offset, what was expected and what was found
 */
export function readJson(text: Uint8Array, type: ResponseType = 'text'): unknown {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const hasMark = text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf
  const reader: Reader = { text, decoder, at: hasMark && type === 'text' ? 3 : 0, depth: 0 }
  const value = readValue(reader, type)
  skipSpace(reader)
  if (reader.at < text.length) throw unexpected(reader, 'the end of the text')
  return value
}

function unexpected({ text, at }: Reader, expected: string): SyntaxError {
  return new SyntaxError(`"text" expected ${expected} at byte ${at}, got ${describeByte(text[at])}`)
}

function describeByte(byte: number | undefined): string {
  if (byte === undefined) return 'the end of the text'
  const isVisible = byte > 0x20 && byte < 0x7f
  return isVisible
    ? JSON.stringify(String.fromCharCode(byte))
    : `byte 0x${byte.toString(16).padStart(2, '0')}`
}

const isDigit = (byte: number | undefined) => byte !== undefined && byte >= ZERO && byte <= 0x39
const isHex = (byte: number | undefined) =>
  byte !== undefined && /[0-9a-f]/i.test(String.fromCharCode(byte)) && byte < 0x80

function skipSpace(reader: Reader): void {
  const { text } = reader
  let byte = text[reader.at]
  while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = text[++reader.at]
}

/** Skips `byte` if it is next, and returns whether it was. */
function skip(reader: Reader, byte: number): boolean {
  if (reader.text[reader.at] !== byte) return false
  reader.at++
  return true
}

function readValue(reader: Reader, type: ResponseType): unknown {
  skipSpace(reader)
  const byte = reader.text[reader.at]
  if (byte === OPENING_ARRAY) return isVector(type) ? readVector(reader) : readArray(reader, type)
  if (byte === OPENING_OBJECT) return readObject(reader, type)
  if (byte === QUOTE) return readString(reader)
  if (byte === MINUS || isDigit(byte)) return exactNumber(readNumber(reader))
  for (const [word, literal] of LITERALS) if (skipWord(reader, word)) return literal
  throw unexpected(reader, 'a value')
}

/** Reads an array or object up to the byte `closing`; `readItem` reads an element or member. */
function readItems(reader: Reader, closing: number, readItem: () => void): void {
  if (++reader.depth > MAX_DEPTH) throw unexpected(reader, `at most ${MAX_DEPTH} levels`)
  reader.at++
  skipSpace(reader)
  if (reader.text[reader.at] !== closing) {
    do {
      skipSpace(reader)
      readItem()
      skipSpace(reader)
    } while (skip(reader, COMMA))
  }
  if (!skip(reader, closing)) throw unexpected(reader, `"," or "${String.fromCharCode(closing)}"`)
  reader.depth--
}

function readArray(reader: Reader, type: ResponseType): unknown[] {
  const elements: unknown[] = []
  readItems(reader, CLOSING_ARRAY, () => elements.push(readValue(reader, elementType(type))))
  return elements
}

function readObject(reader: Reader, type: ResponseType): object {
  const members: Record<string, unknown> = {}
  readItems(reader, CLOSING_OBJECT, () => {
    if (reader.text[reader.at] !== QUOTE) throw unexpected(reader, 'a name in quotes')
    const name = readString(reader)
    skipSpace(reader)
    if (!skip(reader, COLON)) throw unexpected(reader, '":"')
    const value = readValue(reader, memberType(type, name))
    // an assignment to "__proto__" would set the prototype
    Object.defineProperty(members, name, { value, configurable: true, enumerable: true, writable: true })
  })
  return members
}

/** Reads the text of a number. */
function readNumber(reader: Reader): string {
  const { text, at: start } = reader
  skip(reader, MINUS)
  if (!skip(reader, ZERO)) readDigits(reader)
  if (skip(reader, POINT)) readDigits(reader)
  if (skip(reader, LOWER_E) || skip(reader, UPPER_E)) {
    if (!skip(reader, PLUS)) skip(reader, MINUS)
    readDigits(reader)
  }
  return reader.decoder.decode(text.subarray(start, reader.at))
}

function readDigits(reader: Reader): void {
  if (!isDigit(reader.text[reader.at])) throw unexpected(reader, 'a digit')
  while (isDigit(reader.text[reader.at])) reader.at++
}

/** Returns the value of a number: a bigint if it is written as an integer and a number cannot hold it safely. */
function exactNumber(text: string): number | bigint {
  const value = Number(text)
  return Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\d+$/.test(text)
    ? BigInt(text)
    : value
}

/** Skips `word` if it is next, and returns whether it was. */
function skipWord(reader: Reader, word: string): boolean {
  for (let i = 0; i < word.length; i++) {
    if (reader.text[reader.at + i] !== word.charCodeAt(i)) return false
  }
  reader.at += word.length
  return true
}

function readString(reader: Reader): string {
  const { text, decoder } = reader
  const start = reader.at++
  for (;;) {
    const byte = text[reader.at]
    if (byte === undefined) throw unexpected(reader, 'a quote')
    if (byte < 0x20) throw unexpected(reader, 'a character or a quote')
    reader.at++
    if (byte === QUOTE) return JSON.parse(decoder.decode(text.subarray(start, reader.at)))
    if (byte === BACKSLASH) readEscape(reader)
  }
}

function readEscape(reader: Reader): void {
  const byte = reader.text[reader.at]
  if (byte === undefined || !'"\\/bfnrtu'.includes(String.fromCharCode(byte))) {
    throw unexpected(reader, 'an escape')
  }
  reader.at++
  if (byte !== LOWER_U) return
  for (let i = 0; i < 4; i++, reader.at++) {
    if (!isHex(reader.text[reader.at])) throw unexpected(reader, 'a hexadecimal digit')
  }
}

/** Reads an array of numbers, or of rows of numbers. */
function readVector(reader: Reader): Float32Array | DecodedRows {
  const { text } = reader
  const numbers: number[] = []
  let dim = -1
  let rows = 0
  readItems(reader, CLOSING_ARRAY, () => {
    if (rows === 0 && numbers.length === 0 && text[reader.at] === OPENING_ARRAY) dim = 0
    if (dim < 0) return void numbers.push(readElement(reader))
    if (text[reader.at] !== OPENING_ARRAY) throw unexpected(reader, 'a row')
    const start = reader.at
    const before = numbers.length
    readItems(reader, CLOSING_ARRAY, () => numbers.push(readElement(reader)))
    const length = numbers.length - before
    if (rows++ === 0) dim = length
    if (length !== dim) {
      const expected = `a row of ${dim} numbers, as the first, at byte ${start}`
      throw new SyntaxError(`"text" expected ${expected}, got one of ${length}`)
    }
  })
  const data = Float32Array.from(numbers)
  return dim < 0 ? data : { data, dim }
}

/** Reads a number of a vector. `null` is NaN: a server writes it for infinity and NaN. */
function readElement(reader: Reader): number {
  const byte = reader.text[reader.at]
  if (byte === MINUS || isDigit(byte)) return Number(readNumber(reader))
  if (skipWord(reader, 'null')) return Number.NaN
  throw unexpected(reader, 'a number')
}
