// How documents are added to the memories of several threads.

import { describe, expect, it } from 'vitest'
import { createScorer } from '../../src/index.js'
import { createDocumentAdder } from '../../src/threads/document-adder.js'
import { createCallQueue } from '../../src/threads/pool/call-queue.js'
import type { WorkerPool } from '../../src/threads/pool/worker-pool.js'
import { createShardDirectory } from '../../src/threads/shard-directory.js'
import { random, randomRows } from '../support/random.js'

describe('memory', () => {
  it('holds a corpus that is larger than the memory of one thread', async () => {
    const document = randomRows(random(1), 100, 256)
    const query = randomRows(random(2), 4, 256)
    using one = await createScorer({ maxBytes: 2 ** 20 })
    await using many = await createScorer({ maxBytes: 2 ** 20, threads: 3 })
    const small = one.corpus({ dim: 256 })
    const large = many.corpus({ dim: 256 })
    let capacity = 0
    const full =
      /^the kernel's memory cannot hold 102400 bytes more: \d+ of 1048576 are in use; dispose of a corpus, or use a second scorer$/
    expect(() => {
      while (true) capacity = small.add(document) + 1
    }).toThrow(full)
    for (let i = 0; i < 3 * capacity; i++) expect(await large.add(document)).toBe(i)
    const before = [large.length, large.rows, large.byteLength]
    await expect(large.add(document)).rejects.toThrow(full)
    // several at once: the long ones are refused, and a short one still fits
    const more = [large.add(document), large.add(randomRows(random(3), 1, 256)), large.add(document)]
    const results = await Promise.allSettled(more)
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected'])
    expect(results[1]).toMatchObject({ value: 3 * capacity })
    expect(large.length).toBe(Number(before[0]) + 1)
    const [score] = small.scores(query)
    expect([...(await large.scores(query)).subarray(0, 3 * capacity)]).toEqual(
      Array(3 * capacity).fill(score),
    )
    expect(many.memoryBytes).toBeLessThanOrEqual(3 * 2 ** 20)
  })

  it('frees the memory of a disposed corpus', async () => {
    await using scorer = await createScorer({ threads: 2 })
    const document = { data: new Float32Array(65536 * 64), dim: 65536 }
    for (let round = 0; round < 3; round++) {
      const corpus = scorer.corpus({ dim: 65536 })
      for (let i = 0; i < 12; i++) await corpus.add(document)
      expect(scorer.memoryBytes).toBeGreaterThan(190e6)
      await corpus.dispose()
      expect(scorer.memoryBytes).toBe(2 * 65536)
    }
  })

  it('adds documents one at a time when memories are nearly full, and refuses those that fit nowhere', async () => {
    const maxBytes = 64 * 2 ** 20
    await using scorer = await createScorer({ threads: 2, maxBytes })
    const corpus = scorer.corpus({ dim: 1024 })
    const document = randomRows(random(4), 256, 1024)
    using one = await createScorer({ maxBytes })
    const alone = one.corpus({ dim: 1024 })
    expect(() => {
      while (true) alone.add(document)
    }).toThrow(RangeError)
    const results = await Promise.allSettled(Array.from({ length: 150 }, () => corpus.add(document)))
    const indices = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
    expect(indices.length).toBe(2 * alone.length)
    expect(indices).toEqual([...indices.keys()])
    expect(corpus.length).toBe(indices.length)
    expect(new Set(await corpus.scores(document)).size).toBe(1)
  })
})

it('rejects a document that one worker refuses, and offers the later ones to every worker', async () => {
  // a fake: an engine that has no more memory for one of its workers cannot be set up
  const counts = [0, 0]
  const workers = counts.map((_, i) => ({
    usedBytes: 0,
    capacityBytes: 0,
    pendingCalls: 0,
    inFlightBytes: 0,
    call: async (_method: string, { rows }: { rows: Uint32Array }) => {
      const room = i === 0 ? Math.max(0, 3 - counts[0]!) : rows.length
      counts[i]! += Math.min(room, rows.length)
      const error = { name: 'RangeError', message: 'full' }
      const refused = [...rows.keys()].slice(room).map(position => ({ position, error }))
      return { result: { refused, byteLength: 0, largest: 1 } }
    },
    end: async () => {},
  }))
  const queue = createCallQueue(3)
  const pool: WorkerPool = {
    workers: workers as never,
    queue,
    memoryBytes: 0,
    hasRoom: () => true,
    end: async () => {},
  }
  const directory = createShardDirectory(2)
  const adder = createDocumentAdder({ pool, corpus: 0, dim: 1, directory })
  const add = () => adder.add(Float32Array.of(1), undefined)
  const results = await Promise.allSettled(Array.from({ length: 10 }, add))
  expect(
    results.map(result => (result.status === 'fulfilled' ? result.value : String(result.reason))),
  ).toEqual([...[0, 1, 2, 3, 4, 5], 'RangeError: full', 6, 'RangeError: full', 7])
  expect(await Promise.all([add(), add(), add()])).toEqual([8, 9, 10])
  expect([...directory.indicesOf(0)]).toEqual([0, 2, 4])
  expect([...directory.indicesOf(1)]).toEqual([1, 3, 5, 6, 7, 8, 9, 10])
})
