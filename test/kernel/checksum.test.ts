// The checksum of stored files: the same on every kernel, for ever.

import { expect, it } from 'vitest'
import { availableKernels } from '../../src/index.js'
import { checksumOf } from '../../src/kernel/checksum.js'
import { chooseKernel, startKernel } from '../../src/kernel/load-kernel.js'
import { random } from '../support/random.js'

const next = random(61)
const BYTES = Uint8Array.from({ length: 400 }, () => 256 * next())

it.each([
  [0, 4093921379],
  [1, 4258763637],
  [63, 1803306615],
  [64, 3950652446],
  [399, 1739161746],
])('the checksum of %i known bytes never changes, because files have it', (length, expected) => {
  expect(checksumOf(BYTES.subarray(0, length))).toBe(expected)
})

it.each(availableKernels())(
  'the checksum of the %s kernel is the same at every length and address',
  async name => {
    const { memory, functions } = await startKernel((await chooseKernel(name, undefined)).module, undefined)
    const address = memory.allocate(512)
    const bytes = new Uint8Array(memory.u32(0, 0).buffer)
    for (let length = 0; length <= 200; length++) {
      for (const offset of [0, 1, 4, 7]) {
        const part = BYTES.subarray(offset, offset + length)
        bytes.set(part, address + offset)
        const sum = functions.checksum(address + offset, length) >>> 0
        expect(sum, `${length} bytes at offset ${offset}`).toBe(checksumOf(part))
      }
    }
  },
)

it('the checksum of a part of a Buffer is that of its bytes, at every address', () => {
  const buffer = Buffer.from(BYTES)
  for (const offset of [0, 1, 2, 3, 4])
    expect(checksumOf(buffer.subarray(offset, offset + 99))).toBe(
      checksumOf(BYTES.slice(offset, offset + 99)),
    )
})

it('one changed bit anywhere changes the checksum', () => {
  const sum = checksumOf(BYTES)
  for (let i = 0; i < BYTES.length; i++) {
    const changed = BYTES.slice()
    changed[i]! ^= 1 << (i % 8)
    expect(checksumOf(changed), `byte ${i}`).not.toBe(sum)
  }
})
