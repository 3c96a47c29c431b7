// Inputs that change while they are read: by another thread, by getters and proxies, by a typed array that lies about its
// length. A call scores what the caller passed at some moment, or throws a named error; it never hangs and never scores memory
// that is not the caller's.

import { Worker } from 'node:worker_threads'
import { beforeAll, describe, expect, it } from 'vitest'
import { SCREENS } from '../../src/core/screen.js'
import {
  availableKernels,
  createScorer,
  type MultiVector,
  type Scorer,
  type Subset,
} from '../../src/index.js'
import { DOT, F32, I16 } from '../../src/kernel/constants.generated.js'
import { chooseKernel, startKernel } from '../../src/kernel/load-kernel.js'
import { errorOf } from '../support/refusal.js'

const DIM = 4
const STALE = 97

let scorer: Scorer
beforeAll(async () => {
  scorer = await createScorer()
  // documents of 97, freed: memory that is not the caller's
  const corpus = scorer.corpus({ dim: DIM })
  for (let i = 0; i < 200; i++) corpus.add([Array(DIM).fill(STALE), Array(DIM).fill(STALE)])
  corpus.dispose()
})

/** An array whose element `at` is `first` the first time it is read, and `then` afterwards. */
function changing<T>(values: readonly T[], at: number, then: T): T[] {
  const copy = [...values]
  let first: T | undefined = copy[at]
  return Object.defineProperty(copy, at, {
    enumerable: true,
    get: () => {
      const value = first
      first = then
      return value
    },
  })
}

describe('a query', () => {
  it.each(SCREENS)('whose elements change after they are read is screened as it was read: %s', screen => {
    using corpus = scorer.corpus({ dim: DIM, screen })
    for (let i = 0; i < 100; i++) corpus.add([[Math.cos(i), Math.sin(i), 0, 0]])
    const query = () => Array.from({ length: 12 }, () => [1, 0, 0, 0])
    const changed = query().map(row => changing(row, 0, -1))
    expect(corpus.rank(changed)).toEqual(corpus.rank(query()))
  })
})

describe('a subset', () => {
  const rank = (subset: Subset) => {
    using corpus = scorer.corpus({ dim: DIM })
    for (let i = 0; i < 5; i++) corpus.add([[i, 0, 0, 0]])
    return corpus.rank([[1, 0, 0, 0]], { subset }).map(({ index }) => index)
  }

  it('whose elements change after their check is ranked as it was checked', () => {
    expect(rank(changing([3, 1], 1, 99))).toEqual([3, 1])
    expect(rank(changing([3, 1], 0, -1))).toEqual([3, 1])
  })

  it('that is a subclass with its own slice, iterator and species is read by index', () => {
    class Odd extends Uint32Array {
      static get [Symbol.species]() {
        return Float64Array as unknown as Uint32ArrayConstructor
      }
      override slice() {
        return Uint32Array.of(99) as this
      }
      override *[Symbol.iterator](): ArrayIterator<number> {
        yield 99
      }
    }
    expect(rank(Odd.of(2, 4) as Odd)).toEqual([4, 2])
  })

  it('that another thread changes without pause is refused or ranked, and never hangs', async () => {
    const shared = new SharedArrayBuffer(4 * 4000 + 4)
    const subset = new Uint32Array(shared, 4)
    const stop = new Int32Array(shared, 0, 1)
    const worker = new Worker(
      `const { workerData: shared } = require('node:worker_threads')
       const [stop, subset] = [new Int32Array(shared, 0, 1), new Uint32Array(shared, 4)]
       for (let value = 0; Atomics.load(stop, 0) === 0; value = value === 0 ? 4_000_000 : 0) subset.fill(value)`,
      { eval: true, workerData: shared },
    )
    await new Promise(resolve => worker.once('online', resolve))
    using corpus = scorer.corpus({ dim: DIM })
    for (let i = 0; i < 5; i++) corpus.add([[i, 0, 0, 0]])
    const messages = new Set<string>()
    for (let round = 0; round < 300; round++) {
      const error = errorOf(() => {
        for (const { index } of corpus.rank([[1, 0, 0, 0]], { subset })) expect(index).toBe(0)
      })
      if (error) messages.add(String(error).replace(/\d+(?=\]")/, 'N'))
    }
    Atomics.store(stop, 0, 1)
    await new Promise(resolve => worker.once('exit', resolve))
    const refusal =
      'RangeError: "subset[N]" expected a whole number from 0 to 4, got 4000000; add() returns the index of a document'
    expect([...messages].filter(message => message !== refusal)).toEqual([])
  })
})

/** A row with a getter that makes the memory of the scorer grow. */
function growingRow(): number[] {
  return Object.defineProperty([1, 1, 1, 1], 1, {
    get: () => {
      const other = scorer.corpus({ dim: 65536 })
      const before = scorer.memoryBytes
      while (scorer.memoryBytes === before) other.add({ data: new Float32Array(65536), dim: 65536 })
      other.dispose()
      return 1
    },
  })
}

/** Multi-vectors of 2 rows whose content or shape changes after it was read, and whether they are refused. */
const multivectors: readonly (readonly [string, () => MultiVector])[] = [
  [
    'a typed array with an own length',
    () => {
      class Lying extends Float32Array {
        override get length() {
          return 2 * DIM
        }
      }
      return { data: new Lying(DIM), dim: DIM }
    },
  ],
  [
    'a typed array of rows with an own length',
    () => {
      class Lying extends Float32Array {
        override get length() {
          return DIM
        }
      }
      return [new Float32Array(DIM), new Lying(1)]
    },
  ],
  [
    'data by a getter that returns a shorter array',
    () => {
      const all = [2 * DIM, DIM]
      return {
        get data() {
          return new Float32Array(all.length > 1 ? all.shift()! : all[0]!)
        },
        dim: DIM,
      }
    },
  ],
  [
    'data by a getter that then returns undefined',
    () => {
      const all = [new Float32Array(2 * DIM)]
      return {
        get data() {
          return all.pop()!
        },
        dim: DIM,
      }
    },
  ],
  [
    'a row that is replaced by a shorter one',
    () => changing([Array(DIM).fill(1), Array(DIM).fill(1)], 1, [1]),
  ],
  [
    'a row that is replaced by nothing',
    () => changing([Array(DIM).fill(1), Array(DIM).fill(1)], 1, null as never),
  ],
  [
    'a list of rows that shrinks while it is read',
    () => {
      const rows: number[][] = [[1, 1, 1, 1], Array(DIM).fill(1)]
      Object.defineProperty(rows[0], 0, {
        get: () => {
          rows.length = 1
          return 1
        },
      })
      return rows
    },
  ],
  [
    'a row that shrinks while it is read',
    () => {
      const row = [1, 1, 1, 1]
      Object.defineProperty(row, 0, {
        get: () => {
          row.length = 2
          return 1
        },
      })
      return [row, Array(DIM).fill(1)]
    },
  ],
  ['a getter that makes the memory grow', () => [growingRow(), Array(DIM).fill(1)]],
  ['a getter in the last row that makes the memory grow', () => [Array(DIM).fill(1), growingRow()]],
  [
    'a resizable buffer that a getter shrinks',
    () => {
      const buffer = new (
        ArrayBuffer as unknown as new (
          size: number,
          options: object,
        ) => ArrayBuffer & { resize(size: number): void }
      )(8 * DIM, { maxByteLength: 8 * DIM })
      const data = new Float32Array(buffer)
      let reads = 0
      return {
        get data() {
          if (++reads > 1) buffer.resize(4 * DIM)
          return data
        },
        dim: DIM,
      }
    },
  ],
]

describe.each(multivectors)('%s', (_, make) => {
  const calls: readonly (readonly [string, (value: MultiVector) => unknown])[] = [
    ['as a document of a corpus', value => withCorpus(corpus => corpus.add(value))],
    ['as a query', value => withCorpus(corpus => corpus.scores(value))],
    ['as a query of a batch', value => withCorpus(corpus => corpus.rankBatch([[Array(DIM).fill(1)], value]))],
    ['explained', value => withCorpus(corpus => corpus.explain(value, 0).matrix())],
    ['as a document of a list', value => scorer.rank([Array(DIM).fill(1)], [value])],
    ['as a document to score', value => scorer.score([Array(DIM).fill(1)], value)],
  ]

  function withCorpus<T>(use: (corpus: ReturnType<Scorer['corpus']>) => T): T {
    using corpus = scorer.corpus({ dim: DIM })
    corpus.add([Array(DIM).fill(1)])
    return use(corpus)
  }

  it.each(calls)('%s is refused by name', (_place, call) => {
    const message = String(errorOf(() => call(make())))
    expect(message).toMatch(
      /^(RangeError: "(document|query|queries\[1\]|documents\[0\])" changed while it was read|TypeError: "[a-z]+(\[\d\])+" expected )/,
    )
  })
})

it('a list of documents that shrinks while it is read is ranked as it was', () => {
  const documents: number[][][] = [[[1, 0]], [[2, 0]], [[3, 0]]]
  Object.defineProperty(documents[0]![0], 0, {
    get: () => {
      documents.length = 1
      return 1
    },
  })
  expect(scorer.rank([[1, 0]], documents)).toEqual([
    { index: 2, score: 3 },
    { index: 1, score: 2 },
    { index: 0, score: 1 },
  ])
})

it.each(availableKernels())(
  'the %s kernel returns if a document has no rows, alone and in a group',
  async name => {
    const { memory, functions } = await startKernel((await chooseKernel(name, undefined)).module, undefined)
    const at = memory.allocate(65536)
    const address = (i: number) => at + 2048 * i
    memory.u32(at, 16384).fill(0)
    memory.u32(address(0), 1)[0] = 2
    memory.f32(address(1), 8).fill(1)
    for (const rows of [[0], [0, 0], [0, 1], [1, 0], [1, 0, 1], [9, 0, 0]]) {
      rows.forEach((count, i) => {
        memory.u32(address(2) + 16 * i, 3).set([address(3), count, 0x3f800000])
      })
      const block = [address(0), 1, 4, address(2), rows.length, address(4), address(8), address(12)] as const
      functions.maxsim(DOT, F32, address(5), address(1), ...block)
      functions.maxsimFixed(I16, address(5), address(1), ...block)
    }
  },
)

describe('arrays with missing elements', () => {
  const sparse = <T>(...values: T[]): T[] => Object.assign([...values], { length: values.length + 1 })
  const row = [1, 0, 0, 0]
  it.each<[string, () => unknown, string]>([
    [
      'documents',
      () => scorer.rank([row], sparse([row])),
      '"documents[1]" expected number[][], Float32Array[] or { data, dim }',
    ],
    [
      'queries',
      () => scorer.corpus({ dim: DIM }).rankBatch(sparse([row])),
      '"queries[1]" expected number[][], Float32Array[] or { data, dim }',
    ],
    [
      'rows',
      () => scorer.score([row], sparse(row)),
      '"document[1]" expected an array of numbers or a typed array',
    ],
    ['numbers', () => scorer.score([row], [sparse(1, 0, 0)]), '"document[0][3]" expected a number'],
    [
      'weights',
      () => scorer.score([row, row], [row], { weights: sparse(1) }),
      '"weights[1]" expected a number',
    ],
    [
      'a subset',
      () => {
        const corpus = scorer.corpus({ dim: DIM })
        corpus.add([row])
        corpus.rank([row], { subset: sparse(0) })
      },
      '"subset[1]" expected a number',
    ],
    [
      'originals',
      () => {
        const corpus = scorer.corpus({ dim: DIM, dtype: 'i8' })
        corpus.add([row])
        corpus.rank([row], { originals: () => undefined as never })
      },
      '"originals(0)" expected number[][], Float32Array[] or { data, dim }',
    ],
  ])('%s are refused by name', (_, call, message) => {
    expect(String(errorOf(call))).toBe(`TypeError: ${message}, got undefined`)
  })
})
