// Finds the vectors in a Qdrant response, and passes over the rest. Where a value stands decides what it is:
//
//   text     the whole text: its member `result` is a result
//   result   an object or an array of results; the members `points`, `groups`, `hits` and `lookup` are results,
//            the member `vector` is a vector
//   vector   an array of numbers, an array of rows, or an object of such arrays by name (sparse vectors pass)
//   other    payloads, ids, scores: not looked into, so what is called `vector` there stays as it is
//
// The scan takes liberties with commas and with what it passes over, because the caller parses all of the text but the
// vectors with JSON.parse. It gives up, for the caller to read the text by its other reader, at anything that it does
// not know: names with escapes, where a `vector` could hide; depth; a malformed vector.

import { prepareShuffles, readArray, skipSpace } from './array'

const TEXT = 0
const RESULT = 1
const VECTOR = 2
const NAMED = 3
const OTHER = 4
/** Set for an array among the open containers. */
const ARRAY = 8

export const END = 0
export const FOUND = 1
export const UNKNOWN = -1

const MOST_CONTAINERS = 64
/** As in `src/kernel/codec/json-reader.ts`. */
const MOST_DEPTH = 512

/** The kinds of the containers that are open, a byte each. */
const containers = memory.data(MOST_CONTAINERS)
let depth = 0
let cursor: usize = 0
let textEnd: usize = 0
let isPrepared = false

/** Where the array that `next` found starts and ends. */
export let start: usize = 0
export let end: usize = 0

/** Begins with the text from `at` to `last`, behind which at least 32 bytes are zero. */
export function open(at: usize, last: usize): void {
  if (!isPrepared) {
    prepareShuffles()
    isPrepared = true
  }
  cursor = skipSpace(at)
  textEnd = last
  depth = 0
  // anything but an object has no vectors
  if (load<u8>(cursor) != 0x7b) cursor = last
  else enter(TEXT)
}

// @ts-ignore: decorator
@inline
function enter(kind: i32): void {
  store<u8>(containers + <usize>depth, <u8>kind)
  depth++
  cursor++
}

/** Reads the next vector's numbers to `target`: FOUND, or END if there is none, or UNKNOWN. */
export function next(target: usize): i32 {
  while (cursor < textEnd && depth > 0) {
    const container = <i32>load<u8>(containers + <usize>depth - 1)
    const byte = load<u8>(cursor)
    if (byte <= 0x20 || byte == 0x2c) {
      cursor++
    } else if (byte == 0x5d || byte == 0x7d) {
      depth--
      cursor++
    } else {
      if (depth == MOST_CONTAINERS) return UNKNOWN
      let kind = RESULT
      if (!(container & ARRAY)) {
        if (byte != 0x22) return UNKNOWN
        const name = cursor + 1
        if (!skipString(container < VECTOR)) return UNKNOWN
        kind = kindOf(container, name, <i32>(cursor - 1 - name))
        cursor = skipSpace(cursor)
        if (load<u8>(cursor) != 0x3a) return UNKNOWN
        cursor = skipSpace(cursor + 1)
      }
      const opening = load<u8>(cursor)
      if (opening == 0x5b && (kind == VECTOR || kind == NAMED)) {
        start = cursor
        end = readArray(cursor, target)
        if (end == 0) return UNKNOWN
        cursor = end
        return FOUND
      }
      if (opening == 0x5b && kind == RESULT) enter(RESULT | ARRAY)
      else if (opening == 0x7b && kind <= VECTOR) enter(kind)
      else if (!skipValue()) return UNKNOWN
    }
  }
  return END
}

/** What the member of an object of `container`'s kind is. */
function kindOf(container: i32, name: usize, length: i32): i32 {
  if (container == VECTOR) return NAMED
  if (length == 4) return container == RESULT && load<u32>(name) == 0x73746968 /* hits */ ? RESULT : OTHER
  if (length != 6) return OTHER
  const four = load<u32>(name)
  const two = <u32>load<u16>(name, 4)
  if (container == TEXT) return four == 0x75736572 && two == 0x746c /* result */ ? RESULT : OTHER
  if (four == 0x74636576 && two == 0x726f /* vector */) return VECTOR
  const isResult =
    (four == 0x6e696f70 && two == 0x7374) /* points */ ||
    (four == 0x756f7267 && two == 0x7370) /* groups */ ||
    (four == 0x6b6f6f6c && two == 0x7075) /* lookup */
  return isResult ? RESULT : OTHER
}

/** Moves behind the string whose `"` is at the cursor; false at the text's end, or at an escape where `plain` is asked. */
function skipString(plain: bool): bool {
  const quote = i8x16.splat(0x22)
  const escape = i8x16.splat(0x5c)
  let at = cursor + 1
  while (at < textEnd) {
    const text = v128.load(at)
    const marks = i8x16.bitmask(v128.or(i8x16.eq(text, quote), i8x16.eq(text, escape)))
    if (marks == 0) {
      at += 16
      continue
    }
    at += <usize>ctz<i32>(marks)
    if (load<u8>(at) == 0x22) {
      cursor = at + 1
      return true
    }
    if (plain) return false
    at += 2
  }
  return false
}

/** Moves behind the value at the cursor; false if it does not end or is too deep. */
function skipValue(): bool {
  let level = 0
  do {
    if (cursor >= textEnd) return false
    const byte = load<u8>(cursor)
    if (byte == 0x22) {
      if (!skipString(false)) return false
      if (level == 0) return true
      continue
    }
    if (byte == 0x5b || byte == 0x7b) {
      if (++level > MOST_DEPTH - MOST_CONTAINERS) return false
    } else if (byte == 0x5d || byte == 0x7d) {
      // the container's own end, behind a number or a literal
      if (level == 0) return true
      if (--level == 0) {
        cursor++
        return true
      }
    } else if (byte == 0x2c && level == 0) return true
    cursor++
  } while (true)
  return false
}
