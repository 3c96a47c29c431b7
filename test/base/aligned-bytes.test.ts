// Bytes at an address of which views of 32-bit numbers can be made: a copy only where one is needed.

import { expect, it } from 'vitest'
import { alignedBytes } from '../../src/base/aligned-bytes.js'

it.each([0, 4, 12])('bytes at %i are returned as they are', offset => {
  const bytes = new Uint8Array(32).subarray(offset)
  expect(alignedBytes(bytes)).toBe(bytes)
})

it.each([1, 2, 7])('bytes at %i are copied', offset => {
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => i).subarray(offset)
  const copy = alignedBytes(bytes)
  expect(copy).toEqual(bytes)
  expect(copy.buffer).not.toBe(bytes.buffer)
  expect(copy.byteOffset % 4).toBe(0)
})

it('bytes of a Buffer are copied too, not viewed', () => {
  const bytes = Buffer.from('0123456789').subarray(1)
  const copy = alignedBytes(bytes)
  bytes[0] = 0
  expect(String.fromCharCode(copy[0]!)).toBe('1')
  expect(copy.byteOffset % 4).toBe(0)
})
