// How documents are added to the memories of several threads.

import { describe, expect, it } from 'vitest'
import { chooseScorerKernel } from '../../src/core/choose-kernel.js'
import { createScorer } from '../../src/index.js'
import { createDocumentAdder } from '../../src/threads/document-adder.js'
import { createCallQueue } from '../../src/threads/pool/call-queue.js'
import type { WorkerHandle } from '../../src/threads/pool/worker-handle.js'
import { createWorkerPool, type WorkerPool } from '../../src/threads/pool/worker-pool.js'
import { createShardDirectory } from '../../src/threads/shard-directory.js'
import { random, randomRows } from '../support/random.js'

describe('memory', () => {
  it('holds a corpus that is larger than the memory of one thread', async () => {
    const document = randomRows(random(1), 100, 256)
    const query = randomRows(random(2), 4, 256)
    using one = await createScorer({ maxBytes: 2 ** 20 })
    await using many = await createScorer({ maxBytes: 2 ** 20, threads: 3 })
    const small = one.corpus({ dim: 256, screen: 'convert' })
    const large = many.corpus({ dim: 256, screen: 'convert' })
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

  it('is that of all kernels before the first call', async () => {
    for (const threads of [1, 2]) {
      await using scorer = await createScorer({ threads })
      expect(scorer.memoryBytes).toBe(threads * 65536)
    }
  })

  it('frees the memory of a disposed corpus', async () => {
    await using scorer = await createScorer({ threads: 2 })
    // 80 MiB in each worker: a memory above 64 MiB restarts small
    const document = { data: new Float32Array(65536 * 64), dim: 65536 }
    const corpus = scorer.corpus({ dim: 65536 })
    for (let i = 0; i < 10; i++) await corpus.add(document)
    expect(scorer.memoryBytes).toBeGreaterThan(160e6)
    await corpus.dispose()
    expect(scorer.memoryBytes).toBe(2 * 65536)
  })

  it('adds documents one at a time when memories are nearly full, and refuses those that fit nowhere', async () => {
    const maxBytes = 64 * 2 ** 20
    await using scorer = await createScorer({ threads: 2, maxBytes })
    const corpus = scorer.corpus({ dim: 1024, screen: 'convert' })
    const document = randomRows(random(4), 256, 1024)
    using one = await createScorer({ maxBytes })
    const alone = one.corpus({ dim: 1024, screen: 'convert' })
    expect(() => {
      while (true) alone.add(document)
    }).toThrow(RangeError)
    const results = await Promise.allSettled(Array.from({ length: 150 }, () => corpus.add(document)))
    const indices = results.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
    expect(indices.length).toBe(2 * alone.length)
    expect(indices).toEqual([...indices.keys()])
    // none was refused while there was room for it
    expect(results.slice(0, indices.length).every(({ status }) => status === 'fulfilled')).toBe(true)
    expect(corpus.length).toBe(indices.length)
    expect(new Set(await corpus.scores(document)).size).toBe(1)
  })
})

it('a worker has less room by what it uses and by what was sent to it', async () => {
  const { choice, start } = await chooseScorerKernel({ kernel: 'reference' })
  const MiB = 2 ** 20
  // 7/8 of the memory, less a margin of 32 MiB; a document may be stored twice. A memory has less than 4 GiB
  const largest = 65_535 * 65_536 * (7 / 8) - 32 * MiB
  for (const [maxBytes, room] of [
    [128 * MiB, 80 * MiB],
    [undefined, largest],
    [2 ** 40, largest],
  ] as const) {
    const common = { choice, startKernel: start, threads: 1, createWorker: undefined }
    const pool = await createWorkerPool({ ...common, maxBytes })
    const hasRoom = (usedBytes: number, inFlightBytes: number, bytes: number) =>
      pool.hasRoom({ usedBytes, inFlightBytes } as WorkerHandle, bytes)
    expect([hasRoom(0, 0, room / 2), hasRoom(0, 0, room / 2 + 1)]).toEqual([true, false])
    expect([hasRoom(room - 20, 0, 10), hasRoom(room - 19, 0, 10)]).toEqual([true, false])
    expect([hasRoom(0, room - 20, 10), hasRoom(0, room - 19, 10)]).toEqual([true, false])
    await pool.end(new Error('the test has ended'))
  }
})

/**
 * A corpus of dim 1 on two fake workers, because no engine lets a test choose which of its workers has no more memory.
 *
 * @param takes decides whether a worker adds a document of this many rows
 * @param overrides properties of the pool
 */
function fakeCorpus(takes: (worker: number, rows: number) => boolean, overrides: Partial<WorkerPool> = {}) {
  const workers = [0, 1].map(worker => ({
    usedBytes: 0,
    capacityBytes: 0,
    pendingCalls: 0,
    inFlightBytes: 0,
    call: async (_method: string, { rows }: { rows: Uint32Array }) => {
      const error = { name: 'RangeError', message: `worker ${worker} is full` }
      const refused = [...rows].flatMap((count, position) =>
        takes(worker, count) ? [] : [{ position, error }],
      )
      return { result: { refused, byteLength: 0, largest: 1 } }
    },
    end: async () => {},
  }))
  const pool: WorkerPool = {
    workers: workers as never,
    queue: createCallQueue(3),
    memoryBytes: 0,
    hasRoom: () => true,
    end: async () => {},
    ...overrides,
  }
  const directory = createShardDirectory(2)
  const adder = createDocumentAdder({ pool, corpus: 0, dim: 1, directory })
  /** Adds documents of these numbers of rows, without waiting in between. Returns their indices or errors. */
  const addAll = async (...rows: readonly number[]) => {
    const results = await Promise.allSettled(rows.map(count => adder.add(new Float32Array(count), undefined)))
    return results.map(result => (result.status === 'fulfilled' ? result.value : String(result.reason)))
  }
  return { workers, directory, adder, addAll }
}

it('rejects a document that one worker refuses, and offers the later ones to every worker', async () => {
  let room = 3
  const { directory, addAll } = fakeCorpus(worker => worker === 1 || room-- > 0)
  expect(await addAll(...Array(10).fill(1))).toEqual([
    0,
    1,
    2,
    3,
    4,
    5,
    'RangeError: worker 0 is full',
    6,
    'RangeError: worker 0 is full',
    7,
  ])
  expect(await addAll(1, 1, 1)).toEqual([8, 9, 10])
  expect([...directory.indicesOf(0)]).toEqual([0, 2, 4])
  expect([...directory.indicesOf(1)]).toEqual([1, 3, 5, 6, 7, 8, 9, 10])
})

it('does not count the rows of refused documents when it chooses a worker', async () => {
  const { workers, directory, addAll } = fakeCorpus((worker, rows) => worker === 1 || rows < 100)
  // the workers take turns, and worker 0 refuses its ten
  const large = await addAll(...Array(20).fill(100))
  expect(large.filter(outcome => outcome === 'RangeError: worker 0 is full')).toHaveLength(10)
  expect(directory.indicesOf(1)).toHaveLength(10)
  await addAll(...Array(50).fill(20))
  expect([directory.indicesOf(0).length, directory.indicesOf(1).length, directory.rows]).toEqual([
    50, 10, 2000,
  ])
  expect(workers.map(({ inFlightBytes }) => inFlightBytes)).toEqual([0, 0])
})

it('gives indices in the order of the calls while a document is offered to one worker after another', async () => {
  // worker 0 refuses the large document; worker 1, which takes it, answers late
  const { workers, directory, addAll } = fakeCorpus((worker, rows) => worker === 1 || rows < 100, {
    hasRoom: (_, bytes) => bytes < 100,
  })
  const { call } = workers[1]!
  workers[1]!.call = async (...request) => {
    await new Promise(resolve => setTimeout(resolve, 10))
    return call(...request)
  }
  expect(await addAll(100, 1, 1, 200, 1)).toEqual([0, 1, 2, 3, 4])
  expect(directory.rows).toBe(303)
})

it('rejects the documents of a message for which there is no memory, and adds later ones', async () => {
  const { workers, directory, adder, addAll } = fakeCorpus(() => true)
  // no engine has an array of 2^40 numbers
  const endless = { length: 2 ** 40, byteLength: 2 ** 42 } as Float32Array
  const added = [new Float32Array(1), new Float32Array(1), endless].map(data => adder.add(data, undefined))
  const outcomes = (await Promise.allSettled(added)).map(({ status }) => status)
  expect(outcomes).toEqual(['rejected', 'fulfilled', 'rejected'])
  expect(await addAll(1, 1)).toEqual([1, 2])
  expect(directory.rows).toBe(3)
  expect(workers.map(({ inFlightBytes }) => inFlightBytes)).toEqual([0, 0])
})

it('sends many documents in one message again after it has offered one', async () => {
  const messages: number[] = []
  const { workers, directory, addAll } = fakeCorpus((_, rows) => rows < 200, {
    hasRoom: (_, bytes) => bytes < 400,
  })
  for (const worker of workers) {
    const { call } = worker
    worker.call = (...request) => {
      messages.push(request[1].rows.length)
      // the room that is reserved for documents: each may be stored twice
      if (messages.length > 3) expect(worker.inFlightBytes).toBe(2 * 4 * 10)
      return call(...request)
    }
  }
  // refused by worker 0, then by worker 1; the first refusal is thrown
  expect(await addAll(200)).toEqual(['RangeError: worker 0 is full'])
  expect(await addAll(100)).toEqual([0])
  expect(messages).toEqual([1, 1, 1])
  // its 100 rows count: worker 1 has fewer
  expect(await addAll(...Array(10).fill(1))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  expect(messages).toEqual([1, 1, 1, 10])
  expect(directory.indicesOf(1)).toHaveLength(10)
})
