import { describe, expect, it } from 'vitest'
import { createMemory, type Memory } from '../../src/kernel/memory.js'
import { createReferencePages } from '../../src/kernel/reference.js'
import { between, random } from '../support/random.js'

const pages = () => new WebAssembly.Memory({ initial: 1, maximum: 65536 })

/** Fills a block with its address, so that an overlap is detected. */
function mark(memory: Memory, address: number, bytes: number): void {
  memory.u32(address, bytes / 4).fill(address)
}

describe.each([
  ['WebAssembly', pages],
  ['the reference', createReferencePages],
])('on the pages of %s', (_, start) => {
  it('never assigns a byte to two blocks when blocks are allocated, extended, shrunk and freed at random', () => {
    const next = random(42)
    const memory = createMemory(start, 64 * 2 ** 20)
    const blocks = new Map<number, number>()
    let used = 0
    for (let step = 0; step < 20_000; step++) {
      const bytes = 16 * between(next, 1, 500)
      const [address, size] = [...blocks][between(next, 0, blocks.size - 1)] ?? [0, 0]
      const action = blocks.size < 3 ? 0 : between(next, 0, 3)
      if (action === 0) {
        const fresh = memory.allocate(bytes)
        expect(fresh % 16).toBe(0)
        expect(blocks.has(fresh)).toBe(false)
        blocks.set(fresh, bytes)
        used += bytes
        mark(memory, fresh, bytes)
      } else if (action === 1 && memory.extend(address, bytes)) {
        blocks.set(address, size + bytes)
        used += bytes
        mark(memory, address, size + bytes)
      } else if (action === 2 && size > 16) {
        memory.shrink(address, size - 16)
        blocks.set(address, size - 16)
        used -= 16
      } else if (action === 3) {
        memory.free(address)
        blocks.delete(address)
        used -= size
      }
      expect(memory.used).toBe(used)
    }
    for (const [address, size] of blocks) {
      expect(memory.u32(address, size / 4).every(value => value === address)).toBe(true)
      memory.free(address)
    }
    // all blocks are free, so that the whole memory is one range again
    const { capacity } = memory
    memory.allocate(capacity - 1024 - 64)
    expect(memory.capacity).toBe(capacity)
  })
})

it('uses 4 GiB but for the last page, and then reports that the memory is full', () => {
  const memory = createMemory(pages)
  const most = 65535 * 65536 - 1024 - 64
  const address = memory.allocate(most)
  memory.u32(address + most - 4, 1)[0] = 1
  expect(() => memory.allocate(16)).toThrow(
    new RangeError(
      `the kernel's memory cannot hold 16 bytes more: ${most} of ${65535 * 65536} are in use; ` +
        `dispose of a corpus, or use a second scorer`,
    ),
  )
  expect(memory.extend(address, 16)).toBe(false)
  memory.free(address)
  expect(memory.capacity).toBe(65536)
})

it('refuses to free an address that is not the start of a block', () => {
  const memory = createMemory(pages)
  const address = memory.allocate(32)
  expect(() => memory.free(address + 16)).toThrow(new RangeError(`no block at ${address + 16}`))
})

it('has no bytes in use and none from the engine after it was released', () => {
  let stops = 0
  const memory = createMemory(pages, 2 ** 20, () => {
    stops++
  })
  memory.allocate(1000)
  memory.release()
  expect([memory.used, memory.capacity, stops]).toEqual([0, 0, 1])
})
