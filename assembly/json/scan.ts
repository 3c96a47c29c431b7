// Finds the vectors in a Qdrant response and skips the rest. The position of a value decides its type, by the rules of
// `src/kernel/codec/response-types.ts`:
//
//   text     the whole text; its member `result` is a result
//   result   an object, or an array of results; the members `points`, `groups`, `hits` and `lookup` are results,
//            the member `vector` is a vector
//   vector   an array of numbers, an array of rows, or an object of such arrays by name (sparse vectors are skipped)
//   other    payloads, ids, scores; their content is skipped, including members called `vector`
//
// The scan does not check commas or what it skips, because the caller parses everything but the vectors with
// JSON.parse. It returns UNKNOWN for text that it does not handle, which the caller then reads with the other reader:
// names with escapes, which could spell `vector`; deep nesting; malformed vectors.

import { prepareShuffles, readArray, skipSpace } from './array'

const TEXT = 0
const RESULT = 1
const VECTOR = 2
const NAMED = 3
const OTHER = 4
/** Added to the type of an open array. */
const ARRAY = 8

/** Results of `next`. */
export const END = 0
export const FOUND = 1
export const UNKNOWN = -1

/** The largest depth of containers that the scan looks into. */
const MAX_CONTAINERS = 64
/** The largest depth of a response: deeper than a server nests (128), and shallow enough for a recursive reader. */
export const MAX_DEPTH = 512

/** The types of the open containers, one byte each. */
const containers = memory.data(MAX_CONTAINERS)
let depth = 0
let cursor: usize = 0
let textEnd: usize = 0
let isPrepared = false

/** The addresses of the `[` and after the `]` of the array that `next` found. */
export let start: usize = 0
export let end: usize = 0

/**
 * Starts a scan of the text from `first` to `last`, after which at least 32 bytes are zero. Returns whether the text is an
 * object: nothing else can have vectors, and the scan would not check its depth.
 */
export function open(first: usize, last: usize): bool {
  if (!isPrepared) {
    prepareShuffles()
    isPrepared = true
  }
  cursor = skipSpace(first)
  textEnd = last
  depth = 0
  if (load<u8>(cursor) != 0x7b) return false
  enter(TEXT)
  return true
}

/** Enters the container at the cursor. */
// @ts-ignore: decorator
@inline
function enter(type: i32): void {
  store<u8>(containers + <usize>depth, <u8>type)
  depth++
  cursor++
}

/** Writes the next vector's numbers to `target`. Returns FOUND, END if there are no more vectors, or UNKNOWN. */
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
      if (depth == MAX_CONTAINERS) return UNKNOWN
      let type = RESULT
      if (!(container & ARRAY)) {
        if (byte != 0x22) return UNKNOWN
        const name = cursor + 1
        if (!skipString(container < VECTOR)) return UNKNOWN
        type = memberType(container, name, <i32>(cursor - 1 - name))
        cursor = skipSpace(cursor)
        if (load<u8>(cursor) != 0x3a) return UNKNOWN
        cursor = skipSpace(cursor + 1)
      }
      const opening = load<u8>(cursor)
      if (opening == 0x5b && (type == VECTOR || type == NAMED)) {
        start = cursor
        end = readArray(cursor, target)
        if (end == 0) return UNKNOWN
        cursor = end
        return FOUND
      }
      if (opening == 0x5b && type == RESULT) enter(RESULT | ARRAY)
      else if (opening == 0x7b && type <= VECTOR) enter(type)
      else if (!skipValue()) return UNKNOWN
    }
  }
  return END
}

/** Returns the type of an object's member. `container`: the type of the object. */
function memberType(container: i32, name: usize, length: i32): i32 {
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

/**
 * Moves the cursor after the string whose `"` is there. Returns false at the end of the text, or, if `isPlain`, at an
 * escape.
 */
function skipString(isPlain: bool): bool {
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
    if (isPlain) return false
    at += 2
  }
  return false
}

/** Moves the cursor after the value there. Returns false if the value does not end or is too deep. */
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
      if (++level > MAX_DEPTH - MAX_CONTAINERS) return false
    } else if (byte == 0x5d || byte == 0x7d) {
      // the end of the container, after a number or a literal
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
