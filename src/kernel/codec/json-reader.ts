// A strict JSON reader over bytes, for responses: what JSON.parse gives, but vectors as f32, whole numbers beyond 2^53 as
// bigints, and errors that name the byte. All of the reference codec's reading, and the other codec's word on texts that
// are malformed or unusual. Made for exactness: six to ten times as slow as JSON.parse.

import { elementPath, isVectorPath, memberPath, type ResponsePath } from './response-path.js'

/** Deeper than a server nests (128), and not so deep that the call stack ends. */
const MOST_DEPTH = 512

const OPENING_ARRAY = 0x5b
const CLOSING_ARRAY = 0x5d
const OPENING_OBJECT = 0x7b
const CLOSING_OBJECT = 0x7d
const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
const MINUS = 0x2d
const POINT = 0x2e

const isDigit = (byte: number | undefined) => byte !== undefined && byte >= 0x30 && byte <= 0x39
const isHex = (byte: number | undefined) =>
  byte !== undefined && /[0-9a-f]/i.test(String.fromCharCode(byte)) && byte < 0x80

/**
 * Reads a response; see `Codec.readResponse`. With `place` 'other' no vectors are looked for.
 *
 * @throws SyntaxError that names the byte offset, what was expected and what is there
 */
export function readJson(text: Uint8Array, place: ResponsePath = 'text'): unknown {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const isMarked = text[0] === 0xef && text[1] === 0xbb && text[2] === 0xbf
  let at = isMarked && place === 'text' ? 3 : 0
  let depth = 0

  const value = readValue(place)
  skipSpace()
  if (at < text.length) throw unexpected('the end of the text')
  return value

  function unexpected(expected: string): SyntaxError {
    return new SyntaxError(`"text" expected ${expected} at byte ${at}, got ${found(text[at])}`)
  }

  function skipSpace(): void {
    let byte = text[at]
    while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = text[++at]
  }

  function expect(byte: number, expected: string): void {
    if (text[at] !== byte) throw unexpected(expected)
    at++
  }

  function descend(): void {
    if (++depth > MOST_DEPTH) throw unexpected(`at most ${MOST_DEPTH} levels`)
    at++
    skipSpace()
  }

  function readValue(place: ResponsePath): unknown {
    skipSpace()
    const byte = text[at]
    if (byte === OPENING_ARRAY) return isVectorPath(place) ? readVector() : readArray(place)
    if (byte === OPENING_OBJECT) return readObject(place)
    if (byte === QUOTE) return readString()
    if (byte === MINUS || isDigit(byte)) return exactly(readNumber())
    for (const [word, literal] of LITERALS) if (readWord(word)) return literal
    throw unexpected('a value')
  }

  /** The elements up to the array's end, each read by `element`. */
  function readElements(element: () => void): void {
    descend()
    if (text[at] !== CLOSING_ARRAY) {
      for (;;) {
        element()
        skipSpace()
        if (text[at] !== COMMA) break
        at++
        skipSpace()
      }
    }
    expect(CLOSING_ARRAY, '"," or "]"')
    depth--
  }

  function readArray(place: ResponsePath): unknown[] {
    const elements: unknown[] = []
    readElements(() => elements.push(readValue(elementPath(place))))
    return elements
  }

  function readObject(place: ResponsePath): object {
    const members: Record<string, unknown> = {}
    descend()
    if (text[at] !== CLOSING_OBJECT) {
      for (;;) {
        if (text[at] !== QUOTE) throw unexpected('a name in quotes')
        const name = readString()
        skipSpace()
        expect(COLON, '":"')
        const member = readValue(memberPath(place, name))
        // not an assignment, which "__proto__" would turn into something else
        Object.defineProperty(members, name, {
          value: member,
          configurable: true,
          enumerable: true,
          writable: true,
        })
        skipSpace()
        if (text[at] !== COMMA) break
        at++
        skipSpace()
      }
    }
    expect(CLOSING_OBJECT, '"," or "}"')
    depth--
    return members
  }

  /** The text of a number. */
  function readNumber(): string {
    const start = at
    const digits = (): void => {
      if (!isDigit(text[at])) throw unexpected('a digit')
      while (isDigit(text[at])) at++
    }
    if (text[at] === MINUS) at++
    if (text[at] === 0x30) at++
    else digits()
    if (text[at] === POINT) {
      at++
      digits()
    }
    if (text[at] === 0x65 || text[at] === 0x45) {
      at++
      if (text[at] === 0x2b || text[at] === MINUS) at++
      digits()
    }
    return decoder.decode(text.subarray(start, at))
  }

  function readWord(word: string): boolean {
    for (let i = 0; i < word.length; i++) if (text[at + i] !== word.charCodeAt(i)) return false
    at += word.length
    return true
  }

  function readString(): string {
    const start = at++
    for (;;) {
      const byte = text[at]
      if (byte === undefined) throw unexpected('a quote')
      if (byte < 0x20) throw unexpected('a character or a quote')
      at++
      if (byte === QUOTE) return JSON.parse(decoder.decode(text.subarray(start, at)))
      if (byte === BACKSLASH) readEscape()
    }
  }

  function readEscape(): void {
    const byte = text[at]
    if (byte === undefined || !'"\\/bfnrtu'.includes(String.fromCharCode(byte))) throw unexpected('an escape')
    at++
    if (byte !== 0x75) return
    for (let i = 0; i < 4; i++, at++) if (!isHex(text[at])) throw unexpected('a hexadecimal digit')
  }

  /** The array at `at`: numbers, or rows of them. */
  function readVector(): Float32Array | { data: Float32Array; dim: number } {
    const numbers: number[] = []
    let dim = -1
    let rows = 0
    readElements(() => {
      if (rows === 0 && numbers.length === 0 && text[at] === OPENING_ARRAY) dim = 0
      if (dim < 0) return void numbers.push(readElement())
      if (text[at] !== OPENING_ARRAY) throw unexpected('a row')
      const start = at
      const before = numbers.length
      readElements(() => numbers.push(readElement()))
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

  /** A number of a vector; a server writes null for infinity and NaN. */
  function readElement(): number {
    if (text[at] === MINUS || isDigit(text[at])) return Number(readNumber())
    if (readWord('null')) return Number.NaN
    throw unexpected('a number')
  }
}

/** A byte in the words of an error. */
function found(byte: number | undefined): string {
  if (byte === undefined) return 'the end of the text'
  const isVisible = byte > 0x20 && byte < 0x7f
  return isVisible
    ? JSON.stringify(String.fromCharCode(byte))
    : `byte 0x${byte.toString(16).padStart(2, '0')}`
}

const LITERALS = [
  ['null', null],
  ['true', true],
  ['false', false],
] as const

/** A number's value; a bigint if it is a whole number, written as one, that is not safe as a number. */
function exactly(text: string): number | bigint {
  const value = Number(text)
  return Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\d+$/.test(text)
    ? BigInt(text)
    : value
}
