import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import workerThreads, { type Transferable, type Worker, type WorkerOptions } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import {
  type Corpus,
  createScorer,
  DisposedError,
  type Scorer,
  type ThreadedCorpus,
  type ThreadedScorer,
} from '../../src/index.js'
import { createDocumentAdder } from '../../src/threads/document-adder.js'
import { createCallQueue } from '../../src/threads/pool/call-queue.js'
import type { WorkerPool } from '../../src/threads/pool/worker-pool.js'
import { createShardDirectory } from '../../src/threads/shard-directory.js'
import { random, randomRows } from '../support/random.js'
import { cases } from './threads.cases.js'

for (const { name, run } of cases) it(name, run)

// biome-ignore lint/suspicious/noExplicitAny: a value that a caller without types may pass
const as = (value: unknown) => value as any
const query = [
  [1, 0],
  [0, 1],
]

const Original = workerThreads.Worker
/** The workers that a test has started. */
let workers: Watched[] = []
/** Number of workers that have not ended. */
let alive = 0
class Watched extends Original {
  constructor(code: string | URL, options?: WorkerOptions) {
    super(code, options)
    workers.push(this)
    alive++
    this.on('exit', () => alive--)
  }
  /** Bytes of documents that were sent to it. */
  documentBytes = 0
  override postMessage(message: unknown, transfer?: readonly Transferable[]): void {
    const { data } = (message as { request?: { data?: Float32Array } }).request ?? {}
    this.documentBytes += data?.byteLength ?? 0
    super.postMessage(message, transfer)
  }
}
beforeEach(() => {
  workers = []
  alive = 0
  workerThreads.Worker = Watched
})
afterEach(() => {
  workerThreads.Worker = Original
  vi.unstubAllGlobals()
})

it('has a type whose methods return promises if the option threads is given', () => {
  expectTypeOf(createScorer({ threads: 4 })).resolves.toEqualTypeOf<ThreadedScorer>()
  expectTypeOf(createScorer({ threads: 'auto' })).resolves.toEqualTypeOf<ThreadedScorer>()
  expectTypeOf(createScorer({ kernel: 'simd' })).resolves.toEqualTypeOf<Scorer>()
  expectTypeOf(createScorer()).resolves.toEqualTypeOf<Scorer>()
})

it('has the properties and methods of the single-threaded types', () => {
  expectTypeOf<keyof ThreadedCorpus>().exclude<symbol>().toEqualTypeOf<Exclude<keyof Corpus, symbol>>()
  expectTypeOf<Exclude<keyof ThreadedScorer, 'threads'>>()
    .exclude<symbol>()
    .toEqualTypeOf<Exclude<keyof Scorer, symbol>>()
  type Result<T, K extends keyof T> = T[K] extends (...args: never[]) => infer R ? Awaited<R> : T[K]
  type Results<T, Keys extends keyof T> = { [K in Keys]: Result<T, K> }
  type CorpusKeys = Exclude<keyof Corpus, symbol>
  type ScorerKeys = Exclude<keyof Scorer, symbol | 'corpus'>
  expectTypeOf<Results<ThreadedCorpus, CorpusKeys>>().toEqualTypeOf<Results<Corpus, CorpusKeys>>()
  expectTypeOf<Results<ThreadedScorer, ScorerKeys>>().toEqualTypeOf<Results<Scorer, ScorerKeys>>()
})

it('refuses unknown options of every call and lists the valid ones', async () => {
  await using scorer = await createScorer({ threads: 1 })
  const corpus = scorer.corpus({ dim: 2 })
  const unknown = as({ threshold: 1 })
  const valid: readonly [call: Promise<unknown>, method: string, options: string][] = [
    [scorer.score(query, query, unknown), 'score', 'weights, metric, signal'],
    [scorer.rank(query, [query], unknown), 'rank', 'weights, metric, limit, signal'],
    [corpus.add(query, unknown), 'add', 'signal'],
    [corpus.scores(query, unknown), 'scores', 'weights, signal'],
    [
      corpus.rank(query, unknown),
      'rank',
      'weights, limit, subset, originals, oversampling, onReport, signal',
    ],
    [
      corpus.rankBatch([query], unknown),
      'rankBatch',
      'weights, limit, subset, originals, oversampling, onReport, signal',
    ],
    [corpus.explain(query, 0, unknown), 'explain', 'weights, signal'],
  ]
  for (const [call, method, options] of valid) {
    await expect(call).rejects.toThrow(
      new RangeError(`unknown option "options.threshold"; valid options of ${method}: ${options}`),
    )
  }
})

describe('the number of threads', () => {
  it.each([
    [0, `RangeError: "threads" expected a whole number from 1 to 256, got 0; 'auto' is one for each core`],
    [-1, `RangeError: "threads" expected a whole number from 1 to 256, got -1; 'auto' is one for each core`],
    [
      1.5,
      `RangeError: "threads" expected a whole number from 1 to 256, got 1.5; 'auto' is one for each core`,
    ],
    [
      NaN,
      `RangeError: "threads" expected a whole number from 1 to 256, got NaN; 'auto' is one for each core`,
    ],
    [
      257,
      `RangeError: "threads" expected a whole number from 1 to 256, got 257; 'auto' is one for each core`,
    ],
    ['2', `TypeError: "threads" expected a number or 'auto', got string`],
    [true, `TypeError: "threads" expected a number or 'auto', got boolean`],
    [null, `TypeError: "threads" expected a number or 'auto', got null`],
  ])('refuses %s as the number of threads', async (threads, message) => {
    const error: unknown = await createScorer({ threads: as(threads) }).catch(thrown => thrown)
    expect(String(error)).toBe(message)
    expect(workers).toEqual([])
  })

  it('starts one thread for each core with auto', async () => {
    await using scorer = await createScorer({ threads: 'auto' })
    expect(scorer.threads).toBe(availableParallelism())
  })

  it('starts no worker for one thread', async () => {
    await using scorer = await createScorer({ threads: 1 })
    expect(scorer.threads).toBe(1)
    expect(await scorer.score(query, query)).toBe(2)
    expect(workers).toEqual([])
  })

  it('runs on one thread if the engine has no threads', async () => {
    // neither Node nor a browser
    vi.stubGlobal('process', { ...process, versions: {} })
    await using scorer = await createScorer({ threads: 4 })
    vi.unstubAllGlobals()
    expect(scorer.threads).toBe(1)
    expect(await scorer.score(query, query)).toBe(2)
    expect(workers).toEqual([])
  })
})

describe('workers', () => {
  it('refuses to run if workers cannot start', async () => {
    workerThreads.Worker = class extends Original {
      constructor() {
        throw new Error('access denied')
        // biome-ignore lint/correctness/noUnreachable: TypeScript requires the call
        super('')
      }
    }
    await expect(createScorer({ threads: 2 })).rejects.toThrow(
      new TypeError(
        'a worker did not start; use { threads: 1 }, or allow workers: the content security policy of a page needs ' +
          '"worker-src blob:"',
      ),
    )
  })

  it('runs workers on the module in the options', async () => {
    const module = new WebAssembly.Module(readFileSync('dist/simd.wasm'))
    await using scorer = await createScorer({ module, threads: 2 })
    expect(scorer.kernel).toBe('simd')
    expect(await scorer.score(query, query)).toBe(2)
  })

  it('gives workers equal shares of the rows, not of the documents', async () => {
    await using scorer = await createScorer({ threads: 2 })
    const corpus = scorer.corpus({ dim: 64 })
    const next = random(1)
    // every other document is a hundred times as long
    for (let i = 0; i < 200; i++) void corpus.add(randomRows(next, i % 2 ? 200 : 2, 64))
    await corpus.scores(randomRows(next, 1, 64))
    const [one, other] = workers.map(({ documentBytes }) => documentBytes)
    expect(one! + other!).toBe(4 * 64 * corpus.rows)
    expect(Math.abs(one! - other!)).toBeLessThanOrEqual(4 * 64 * 200)
    expect(scorer.memoryBytes).toBeLessThan(1.5 * corpus.byteLength)
  })
})

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
    workers: as(workers),
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

describe('a signal', () => {
  const reason = new Error('the user has left')

  it('rejects a call whose signal is already aborted, without an effect', async () => {
    await using scorer = await createScorer({ threads: 2 })
    const corpus = scorer.corpus({ dim: 2 })
    const signal = AbortSignal.abort(reason)
    for (const call of [
      corpus.add(query, { signal }),
      corpus.scores(query, { signal }),
      corpus.rank(query, { signal }),
      scorer.score(query, query, { signal }),
      scorer.rank(query, [query], { signal }),
    ]) {
      await expect(call).rejects.toBe(reason)
    }
    expect(corpus.length).toBe(0)
    expect(await corpus.add(query)).toBe(0)
  })

  it('cancels waiting and running calls without an effect on later ones', async () => {
    await using scorer = await createScorer({ threads: 2 })
    const corpus = scorer.corpus({ dim: 2 })
    for (let i = 0; i < 100; i++) void corpus.add([[i, 0]])
    const controller = new AbortController()
    const cancelled = Array.from({ length: 8 }, () => corpus.rank(query, { signal: controller.signal }))
    const late = corpus.add([[1000, 0]], { signal: controller.signal })
    const kept = corpus.rank(query, { limit: 1 })
    controller.abort(reason)
    const results = await Promise.allSettled([...cancelled, late])
    for (const result of results) expect(result).toEqual({ status: 'rejected', reason })
    expect(await kept).toEqual([{ index: 99, score: 99 }])
    expect(corpus.length).toBe(100)
  })

  it('refuses a signal that is not an AbortSignal', async () => {
    await using scorer = await createScorer({ threads: 1 })
    await expect(scorer.score(query, query, { signal: as('now') })).rejects.toThrow(
      new TypeError('"signal" expected an AbortSignal, got string'),
    )
  })
})

describe('a worker that fails', () => {
  const ways: readonly [string, (worker: Worker) => unknown, string][] = [
    ['is terminated', worker => worker.terminate(), 'it exited with code 1'],
    [
      'throws outside a call',
      worker => worker.postMessage({ name: 'nonsense' }),
      'a worker of maxsimd received an unknown message',
    ],
  ]

  it.each(ways)('rejects all calls, pending and later, when a worker %s', async (_, kill, reason) => {
    const scorer = await createScorer({ threads: 2 })
    const corpus = scorer.corpus({ dim: 2 })
    const other = scorer.corpus({ dim: 2 })
    for (let i = 0; i < 10; i++) await corpus.add(query)
    kill(workers[1]!)
    const message = `a worker of the scorer failed: ${reason}; its documents are lost, create a new scorer`
    const pending = [
      corpus.rank(query),
      corpus.add(query),
      corpus.add(query),
      other.scores(query),
      corpus.scores(query),
    ]
    const results = await Promise.allSettled(pending)
    expect(results.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0)
    for (const call of [
      () => corpus.rank(query),
      () => corpus.add(query),
      () => corpus.explain(query, 0),
      () => scorer.score(query, query),
      () => scorer.rank(query, [query]),
      () => scorer.corpus({ dim: 3 }).add([[1, 2, 3]]),
    ]) {
      await expect(call()).rejects.toThrow(new Error(message))
    }
    await corpus.dispose()
    await scorer.dispose()
    expect(alive).toBe(0)
    await expect(scorer.score(query, query)).rejects.toThrow(scorerDisposed)
  })

  it('rejects the call that a failing worker was computing', async () => {
    const scorer = await createScorer({ threads: 2, kernel: 'reference' })
    const corpus = scorer.corpus({ dim: 512 })
    for (let i = 0; i < 50; i++) await corpus.add(randomRows(random(i), 100, 512))
    const long = corpus.rank(randomRows(random(99), 200, 512))
    const after = corpus.rank(randomRows(random(98), 2, 512))
    setTimeout(() => workers[0]!.terminate(), 20)
    const text =
      'a worker of the scorer failed: it exited with code 1; its documents are lost, create a new scorer'
    await expect(long).rejects.toThrow(text)
    await expect(after).rejects.toThrow(text)
    await scorer.dispose()
    expect(alive).toBe(0)
  })
})

const scorerDisposed = new DisposedError('scorer', 'make a new one with createScorer()')

describe('disposing', () => {
  it('rejects pending and later calls of a disposed scorer, which may be disposed again', async () => {
    const scorer = await createScorer({ threads: 2 })
    const corpus = scorer.corpus({ dim: 2 })
    await corpus.add(query)
    const pending = corpus.rank(query)
    const ended = scorer.dispose()
    await expect(pending).rejects.toThrow(scorerDisposed)
    await Promise.all([ended, scorer.dispose()])
    await scorer.dispose()
    for (const call of [
      () => scorer.score(query, query),
      () => scorer.rank(query, [query]),
      () => corpus.rank(query),
    ]) {
      await expect(call()).rejects.toThrow(scorerDisposed)
    }
    expect(() => scorer.corpus({ dim: 2 })).toThrow(scorerDisposed)
    expect(scorer.memoryBytes).toBe(0)
    expect(alive).toBe(0)
  })

  it('lets the earlier calls of a disposed corpus finish', async () => {
    await using scorer = await createScorer({ threads: 2 })
    const corpus = scorer.corpus({ dim: 2 })
    const added = corpus.add(query)
    const ranked = corpus.rank(query)
    const disposed = corpus.dispose()
    expect([corpus.length, corpus.rows, corpus.byteLength]).toEqual([0, 0, 0])
    expect(await added).toBe(0)
    expect(await ranked).toEqual([{ index: 0, score: 2 }])
    await disposed
    await corpus.dispose()
    const error = new DisposedError('corpus', 'make a new one with scorer.corpus()')
    await expect(corpus.rank(query)).rejects.toThrow(error)
    await expect(corpus.add(query)).rejects.toThrow(error)
  })

  it('leaves no worker running after 200 scorers', { timeout: 120_000 }, async () => {
    for (let i = 0; i < 200; i++) {
      await using scorer = await createScorer({ threads: 2 })
      expect(await scorer.score(query, query)).toBe(2)
    }
    expect(workers).toHaveLength(400)
    expect(alive).toBe(0)
  })
})

describe('a process', () => {
  const run = (code: string) =>
    execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8', timeout: 20_000 })
  const start = `
    import { createScorer } from './dist/index.js'
    const scorer = await createScorer({ threads: 2 })
    const corpus = scorer.corpus({ dim: 2 })
    await corpus.add([[1, 0]])`

  it('lets a process end when its scorer is disposed or idle', () => {
    expect(run(`${start}\nawait scorer.dispose(); console.log('done')`)).toBe('done\n')
    expect(run(`${start}\nconsole.log('done')`)).toBe('done\n')
  })

  it('finds threads in a Node without getBuiltinModule', () => {
    const code = `delete process.getBuiltinModule\n${start}\nconsole.log(scorer.threads, (await corpus.rank([[2, 0]])).length)`
    expect(run(code)).toBe('2 1\n')
  })

  it('keeps a process alive while a call is pending', () => {
    expect(run(`${start}\nvoid corpus.rank([[2, 0]]).then(best => console.log(best[0].score))`)).toBe('2\n')
  })
})
