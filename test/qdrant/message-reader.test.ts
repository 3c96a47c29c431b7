// The reader of Protobuf messages at the edges of its numbers, and what is not a message. Answers of a server are read in
// grpc.test.ts.

import { expect, it } from 'vitest'
import { nestedMessages, numberIn, readMessage } from '../../src/qdrant/grpc/message-reader.js'

/** A number in groups of seven bits, the lowest first. */
function varint(value: bigint): number[] {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return [...bytes, Number(rest)]
}

it.each([0n, 1n, 127n, 128n, 2n ** 32n, 2n ** 53n + 1n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n])(
  'the number %i is read exactly, and the last one of several counts',
  value => {
    const field = [0x10, ...varint(value)]
    expect(numberIn(Uint8Array.from(field), 2)).toBe(value)
    expect(numberIn(Uint8Array.of(0x10, 5, 0x08, 6, ...field), 2)).toBe(value)
    expect(numberIn(Uint8Array.from(field), 1)).toBe(0n)
  },
)

it('numbers of fixed size are skipped, and nested messages are found whatever their number', () => {
  const tag = varint((5000n << 3n) | 2n)
  const bytes = Uint8Array.of(0x09, 1, 2, 3, 4, 5, 6, 7, 8, 0x0d, 1, 2, 3, 4, ...tag, 2, 0x10, 7, ...tag, 0)
  expect(nestedMessages(bytes, 5000).map(message => [...message])).toEqual([[0x10, 7], []])
  expect(numberIn(nestedMessages(bytes, 5000)[0]!, 2)).toBe(7n)
})

it.each<[name: string, bytes: number[]]>([
  ['a number that does not end', [0x08, 0x80]],
  ['a number of eleven bytes', [0x08, ...Array(10).fill(0x80), 1]],
  ['a nested message that is cut', [0x12, 3, 1, 2]],
  ['four bytes of eight', [0x09, 1, 2, 3, 4]],
  ['the begin of a group, which no message of Qdrant has', [0x0b, 0x08, 1, 0x0c]],
  ['an unknown type', [0x0e, 1]],
])('is refused: %s', (_, bytes) => {
  expect(() => [...readMessage(Uint8Array.from(bytes))]).toThrow(new SyntaxError('not a Protobuf message'))
})
