// Reads Protobuf messages: the numbers and nested messages of a response.

/** A field of a message: a varint, or the bytes of a nested message, a text or a number of fixed size. */
export interface MessageField {
  readonly field: number
  readonly value: bigint | Uint8Array
}

/** Bytes of the wire types with a fixed size. */
const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 }

/** @throws SyntaxError if there is no such wire type, or if it is a group, which no message of Qdrant has */
function bytesOf(type: number): number {
  const bytes = FIXED_BYTES[type]
  if (bytes === undefined) throw new SyntaxError('not a Protobuf message')
  return bytes
}

/**
 * Reads the fields of a message in their order.
 *
 * @throws SyntaxError if it is not a message
 */
export function* readMessage(bytes: Uint8Array): Generator<MessageField> {
  let at = 0

  function varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++]
      if (byte === undefined) break
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw new SyntaxError('not a Protobuf message')
  }

  function take(length: number): Uint8Array {
    if (length > bytes.length - at) throw new SyntaxError('not a Protobuf message')
    at += length
    return bytes.subarray(at - length, at)
  }

  while (at < bytes.length) {
    const tag = Number(varint())
    const field = Math.floor(tag / 8)
    const type = tag % 8
    if (type === 0) yield { field, value: varint() }
    else yield { field, value: take(type === 2 ? Number(varint()) : bytesOf(type)) }
  }
}

/** Returns the bytes of the nested messages with a number. */
export const nestedMessages = (bytes: Uint8Array, number: number): Uint8Array[] =>
  [...readMessage(bytes)].flatMap(({ field, value }) =>
    field === number && typeof value !== 'bigint' ? [value] : [],
  )

/** Returns a whole number of a message; 0 if it is absent, as everywhere in Protobuf. */
export function numberIn(bytes: Uint8Array, number: number): bigint {
  let found = 0n
  for (const { field, value } of readMessage(bytes)) {
    if (field === number && typeof value === 'bigint') found = value
  }
  return found
}
