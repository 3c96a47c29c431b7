// The types and the options of threaded scorers, and how their workers start.

import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import workerThreads from 'node:worker_threads'
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import {
  type Corpus,
  createScorer,
  type Scorer,
  type ThreadedCorpus,
  type ThreadedScorer,
} from '../../src/index.js'
import { random, randomRows } from '../support/random.js'
import { OriginalWorker, watchWorkers } from '../support/watched-workers.js'

// biome-ignore lint/suspicious/noExplicitAny: a value that a caller without types may pass
const as = (value: unknown) => value as any
const query = [
  [1, 0],
  [0, 1],
]

const watched = watchWorkers()
afterEach(() => {
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
    expect(watched.started).toEqual([])
  })

  it('starts one thread for each core with auto', async () => {
    await using scorer = await createScorer({ threads: 'auto' })
    expect(scorer.threads).toBe(availableParallelism())
  })

  it('starts no worker for one thread', async () => {
    await using scorer = await createScorer({ threads: 1 })
    expect(scorer.threads).toBe(1)
    expect(await scorer.score(query, query)).toBe(2)
    expect(watched.started).toEqual([])
  })

  it('runs on one thread if the engine has no threads', async () => {
    // neither Node nor a browser
    vi.stubGlobal('process', { ...process, versions: {} })
    await using scorer = await createScorer({ threads: 4 })
    vi.unstubAllGlobals()
    expect(scorer.threads).toBe(1)
    expect(await scorer.score(query, query)).toBe(2)
    expect(watched.started).toEqual([])
  })
})

describe('workers', () => {
  it('refuses to run if workers cannot start', async () => {
    workerThreads.Worker = class extends OriginalWorker {
      constructor() {
        throw new Error('access denied')
        // biome-ignore lint/correctness/noUnreachable: TypeScript requires the call
        super('')
      }
    }
    await expect(createScorer({ threads: 2 })).rejects.toThrow(
      new TypeError(
        'a worker did not start: access denied; use { threads: 1 }, or allow workers: the content security policy of a ' +
          'page needs "worker-src blob:"; under another policy, under Trusted Types and in an extension, pass "worker", a ' +
          'function that starts maxsimd/worker.js',
      ),
    )
  })

  it('runs workers on the module in the options', async () => {
    const module = new WebAssembly.Module(readFileSync('dist/simd.wasm'))
    await using scorer = await createScorer({ module, threads: 2 })
    expect(scorer.kernel).toBe('simd')
    expect(await scorer.score(query, query)).toBe(2)
  })

  it('return a new matrix with each call, and name the first document whose score is beyond f32', async () => {
    await using scorer = await createScorer({ threads: 2 })
    const corpus = scorer.corpus({ dim: 1 })
    for (const value of [1, 1, 1e30, 1, 1, 1e30]) await corpus.add([[value]])
    await expect(corpus.scores([[1e30]])).rejects.toThrow('document 2')
    const { matrix } = await corpus.explain([[2]], 0)
    matrix().fill(7)
    expect([...matrix()]).toEqual([2])
  })

  it('name the wrong document of a list as one thread does, whichever of them has it', async () => {
    await using scorer = await createScorer({ threads: 2 })
    using single = await createScorer()
    const cases = [
      [query, [[Number.NaN, 0]]],
      [[[1e30, 0]], [[1e30, 0]]],
    ] as const
    for (const [rows, wrong] of cases) {
      for (const at of [3, 1190]) {
        // two blocks of up to 1,024 documents
        const documents = Array.from({ length: 1200 }, (_, i) => (i === at ? wrong : [[1, 0]]))
        let expected: unknown
        try {
          single.rank(rows, documents)
        } catch (error) {
          expected = error
        }
        expect((expected as Error).message).toContain(`documents[${at}]`)
        await expect(scorer.rank(rows, documents)).rejects.toThrow(expected as Error)
      }
    }
  })

  it('score originals with the arithmetic of their corpus', async () => {
    await using scorer = await createScorer({ threads: 2 })
    using single = await createScorer()
    const next = random(5)
    // with the last one, sums are computed in f64
    const documents = [
      ...Array.from({ length: 40 }, () => randomRows(next, 3, 16)),
      [Array(16).fill(2 ** 99)],
    ]
    const { data, dim } = randomRows(next, 4, 16)
    const rows = { data: data.map(value => value * 2 ** 30), dim }
    const corpora = [scorer, single].map(each => each.corpus({ dim, dtype: 'i8' }))
    for (const corpus of corpora) for (const document of documents) await corpus.add(document)
    const options = {
      limit: 10,
      subset: documents.slice(0, 40).map((_, i) => i),
      oversampling: 2,
      originals: (index: number) => documents[index]!,
    }
    const [threaded, expected] = corpora.map(corpus => corpus.rank(rows, options))
    expect(await threaded).toEqual(await expected)
  })

  it('take queries beyond f16 if the metric scales rows to length 1', async () => {
    await using scorer = await createScorer({ threads: 2 })
    const corpus = scorer.corpus({ dim: 2, dtype: 'f16', metric: 'cosine' })
    await corpus.add([[1e6, 0]])
    expect(await corpus.scores([[1e6, 0]])).toEqual(Float32Array.of(1))
  })

  it('gives workers equal shares of the rows, not of the documents', async () => {
    await using scorer = await createScorer({ threads: 2 })
    const corpus = scorer.corpus({ dim: 64 })
    const next = random(1)
    // every other document is a hundred times as long
    for (let i = 0; i < 200; i++) void corpus.add(randomRows(next, i % 2 ? 200 : 2, 64))
    await corpus.scores(randomRows(next, 1, 64))
    const [one, other] = watched.started.map(({ documentBytes }) => documentBytes)
    expect(one! + other!).toBe(4 * 64 * corpus.rows)
    expect(Math.abs(one! - other!)).toBeLessThanOrEqual(4 * 64 * 200)
    expect(scorer.memoryBytes).toBeLessThan(1.5 * corpus.byteLength)
  })
})
