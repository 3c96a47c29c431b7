// Memory that grows at its end returns what a failed call has reserved.

import { expect, it } from 'vitest'
import { chooseScorerKernel } from '../../../src/core/choose-kernel.js'
import { createGrowableBlock } from '../../../src/core/memory/growable-block.js'
import { createMemory } from '../../../src/kernel/memory.js'
import { createReferencePages } from '../../../src/kernel/reference.js'

const startMemory = async () => (await (await chooseScorerKernel({})).start()).memory

const fail = () => {
  throw new Error('refused')
}

it('returns what it reserved if the write fails: of a new block, and of one that was extended', async () => {
  const memory = await startMemory()
  const block = createGrowableBlock(memory)
  for (const written of [0, 10_000, 50_000]) {
    if (written > 0) block.append(written, () => undefined)
    const before = [memory.used, block.byteLength]
    for (const bytes of [16, 100_000, 1_000_000]) expect(() => block.append(bytes, fail)).toThrow('refused')
    expect([memory.used, block.byteLength], `after ${written} bytes`).toEqual(before)
  }
})

it('takes less than 1/128 more than what was written, and nothing after it was disposed', async () => {
  const memory = await startMemory()
  const blocks = [createGrowableBlock(memory), createGrowableBlock(memory)]
  const before = memory.used
  // blocks that grow in turn cannot be extended in place
  for (let i = 0; i < 200; i++) for (const block of blocks) block.append(10_000, address => address)
  for (const { byteLength } of blocks) expect(byteLength / (200 * 10_000)).toBeLessThan(1 + 1 / 100)
  expect(memory.used).toBe(before + blocks.reduce((sum, { byteLength }) => sum + byteLength, 0))
  for (const block of blocks) block.dispose()
  expect(memory.used).toBe(before)
})

it('leaves an eighth of a full memory free for queries', () => {
  const size = 2 ** 20
  const memory = createMemory(createReferencePages, size)
  const block = createGrowableBlock(memory)
  expect(() => {
    for (;;) block.append(10_000, () => undefined)
  }).toThrow('cannot hold')
  expect(memory.used).toBeGreaterThan((7 / 8) * size - 20_000)
  expect(memory.used).toBeLessThanOrEqual((7 / 8) * size)
  expect(memory.allocate(size / 8 - 2048)).toBeGreaterThan(0)
})
