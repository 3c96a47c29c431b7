// Whether bytes can be a struct in Thrift's compact protocol: lists that are no longer than what follows, and not too
// deep. hyparquet would build a list of four thousand million flags that take no bytes. Knows no field's meaning.
// Source: thrift/doc/specs/thrift-compact-protocol.md.

const DEEPEST = 32

/** The byte after the struct that begins at `at`; undefined if none does. */
export function endOfStruct(bytes: Uint8Array, at = 0, depth = 0): number | undefined {
  if (depth > DEEPEST) return undefined
  for (let next: number | undefined = at; next !== undefined; ) {
    const head: number | undefined = bytes[next++]
    if (head === undefined) return undefined
    if ((head & 15) === 0) return next
    // a field's number stands apart where it does not fit beside the type
    if (head >> 4 === 0) next = afterVarint(bytes, next)
    if (next !== undefined) next = afterElement(bytes, next, head & 15, depth)
  }
  return undefined
}

function afterElement(bytes: Uint8Array, at: number, type: number, depth: number): number | undefined {
  switch (type) {
    case 1:
    case 2:
      return at
    case 3:
      return within(bytes, at + 1)
    case 4:
    case 5:
    case 6:
      return afterVarint(bytes, at)
    case 7:
      return within(bytes, at + 8)
    case 8: {
      const start = afterVarint(bytes, at)
      return start === undefined ? undefined : within(bytes, start + varint(bytes, at))
    }
    case 9:
      return afterList(bytes, at, depth)
    case 12:
      return endOfStruct(bytes, at, depth + 1)
    default:
      return undefined
  }
}

function afterList(bytes: Uint8Array, at: number, depth: number): number | undefined {
  const head = bytes[at]
  if (head === undefined || depth > DEEPEST) return undefined
  const isLong = head >> 4 === 15
  const count = isLong ? varint(bytes, at + 1) : head >> 4
  let next = isLong ? afterVarint(bytes, at + 1) : at + 1
  if (next === undefined || count > bytes.length - next) return undefined
  for (let index = 0; index < count && next !== undefined; index++) {
    // a flag in a list takes a byte, which one in a struct does not
    next = (head & 15) < 3 ? next + 1 : afterElement(bytes, next, head & 15, depth + 1)
  }
  return next
}

const within = (bytes: Uint8Array, end: number) => (end <= bytes.length ? end : undefined)

function afterVarint(bytes: Uint8Array, at: number): number | undefined {
  for (let next = at; next < at + 10; next++) {
    const byte = bytes[next]
    if (byte === undefined) return undefined
    if (byte < 128) return next + 1
  }
  return undefined
}

function varint(bytes: Uint8Array, at: number): number {
  let value = 0
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = bytes[at++] ?? 0
    value += (byte & 127) * 2 ** shift
    if (byte < 128) break
  }
  return value
}
