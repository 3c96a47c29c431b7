import { describe, expect, it } from 'vitest'
import { createMemory, type Memory } from '../../src/kernel/memory.js'
import { createReferencePages } from '../../src/kernel/reference.js'
import { between, random } from '../support/random.js'

const PAGE = 65536

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

/** Pages without bytes: only their number counts. At most `most` can be added at once. */
function countedPages() {
  const counted = { asked: [] as number[], most: Infinity, starts: 0, start }
  function start() {
    let count = 1
    counted.starts++
    return {
      get buffer() {
        return { byteLength: count * PAGE } as ArrayBuffer
      },
      grow(more: number) {
        counted.asked.push(more)
        if (more > counted.most) throw new RangeError('no memory')
        count += more
        return count - more
      },
    }
  }
  return counted
}

it('grows by an eighth of its size, or by no more than is missing if the engine refuses that', () => {
  const counted = countedPages()
  const memory = createMemory(counted.start)
  expect(memory.allocate(80 * PAGE)).toBe(1024)
  memory.allocate(PAGE)
  expect(counted.asked).toEqual([80, 11])
  counted.most = 1
  memory.allocate(11 * PAGE)
  expect(counted.asked).toEqual([80, 11, 12, 1])
  expect(memory.capacity).toBe(93 * PAGE)
  counted.most = 0
  const { used } = memory
  let error: unknown
  try {
    memory.allocate(PAGE)
  } catch (reason) {
    error = reason
  }
  expect(error).toMatchObject({
    message: expect.stringContaining(`cannot hold ${PAGE} bytes more: ${used} of ${65535 * PAGE} are in use`),
    cause: new RangeError('no memory'),
  })
  expect([memory.used, memory.capacity]).toEqual([used, 93 * PAGE])
})

it('grows up to its limit of whole pages, of which lasting blocks leave an eighth', () => {
  const counted = countedPages()
  const memory = createMemory(counted.start, 100 * PAGE + 5)
  const address = memory.allocate(87 * PAGE, true)
  expect(memory.extend(address, PAGE / 2)).toBe(true)
  expect(memory.extend(address, 16)).toBe(false)
  expect(() => memory.allocate(16, true)).toThrow('cannot hold 16 bytes more')
  memory.allocate(11 * PAGE)
  memory.allocate(PAGE)
  expect(memory.capacity).toBe(100 * PAGE)
  const { length } = counted.asked
  expect(() => memory.allocate(PAGE)).toThrow('cannot hold 65536 bytes more')
  expect(counted.asked).toHaveLength(length)
  // of a large memory lasting blocks leave 16 MiB
  const large = createMemory(countedPages().start, 4096 * PAGE)
  expect(() => large.allocate(3840 * PAGE + 16, true)).toThrow('bytes more')
  large.allocate(3840 * PAGE, true)
})

it('returns a memory of more than 64 MiB to the engine when its last block is freed', () => {
  for (const [pagesOfBlock, starts] of [
    [1023, 1],
    [1024, 2],
  ] as const) {
    const counted = countedPages()
    const memory = createMemory(counted.start)
    const address = memory.allocate(pagesOfBlock * PAGE)
    const small = memory.allocate(16)
    memory.free(address)
    expect(counted.starts).toBe(1)
    memory.free(small)
    expect([counted.starts, memory.used]).toEqual([starts, 0])
    expect(memory.allocate(16)).toBe(1024)
    // a memory that was started again is small
    const large = memory.allocate(1022 * PAGE)
    expect(large + 1022 * PAGE).toBeLessThanOrEqual(memory.capacity - 64)
  }
})

it('returns no memory to the engine while a block is in use, and refuses addresses of before a restart', () => {
  const counted = countedPages()
  const memory = createMemory(counted.start)
  const [large, other] = [memory.allocate(2000 * PAGE), memory.allocate(2000 * PAGE)]
  memory.free(large)
  expect([counted.starts, memory.capacity]).toEqual([1, 4001 * PAGE])
  memory.free(other)
  expect([counted.starts, memory.capacity]).toEqual([2, PAGE])
  for (const address of [large, other]) {
    expect(() => memory.free(address)).toThrow(new RangeError(`no block at ${address}`))
    expect(() => memory.extend(address, 16)).toThrow(new RangeError(`no block at ${address}`))
    expect(() => memory.shrink(address, 16)).toThrow(new RangeError(`no block at ${address}`))
  }
})

it('leaves a block as it is that is already as small as it is cut to', () => {
  const memory = createMemory(pages)
  const address = memory.allocate(48)
  for (const bytes of [48, 33, 64, 1000]) memory.shrink(address, bytes)
  expect(memory.used).toBe(48)
  expect(memory.allocate(16)).toBe(address + 48)
  memory.shrink(address, 17)
  expect(memory.used).toBe(48)
  expect(memory.allocate(16)).toBe(address + 32)
})

it('extends a last block by growing the memory, and not beyond what the engine gives', () => {
  const counted = countedPages()
  const memory = createMemory(counted.start)
  const address = memory.allocate(PAGE / 2, true)
  expect(memory.extend(address, PAGE)).toBe(true)
  expect([memory.used, counted.asked]).toEqual([1.5 * PAGE, [1]])
  counted.most = 0
  expect(memory.extend(address, PAGE)).toBe(false)
  expect(memory.used).toBe(1.5 * PAGE)
  // the free bytes after it are still free
  expect(memory.extend(address, PAGE / 4)).toBe(true)
  memory.allocate(16)
  expect(memory.extend(address, 16)).toBe(false)
  expect(memory.used).toBe(1.75 * PAGE + 16)
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
