// No call changes its arguments or keeps a reference to them: of the core, the codec and the first stages, with every option,
// with multi-vectors in each form, and whether the call succeeds or is refused.

import { beforeAll, describe, expect, it } from 'vitest'
import { createScorer, type MultiVector, type Scorer } from '../../src/index.js'
import { loadCodec } from '../../src/kernel/codec/codec.js'
import { meanFirst, muveraFirst, pageFirst, pooledFirst } from '../../src/stages/index.js'
import { createMuvera } from '../../src/stages/muvera/index.js'
import { meanRow, poolPage, poolRows } from '../../src/stages/pooling/index.js'
import { random, randomRows } from '../support/random.js'
import { errorOf } from '../support/refusal.js'

const DIM = 4
const QUERY_ROWS = 6

/** The forms of a multi-vector. `last`: replaces the last number. */
const FORMS: Readonly<Record<string, (rows: number, seed: number, last?: number) => MultiVector>> = {
  'arrays of numbers': (rows, seed, last) => listOf(rows, seed, last).map(row => Array.from(row)),
  'typed arrays': (rows, seed, last) => listOf(rows, seed, last),
  'f64 arrays': (rows, seed, last) => listOf(rows, seed, last).map(row => new Float64Array(row)),
  'flat rows': (rows, seed, last) => ({
    data: Float32Array.from(listOf(rows, seed, last).flatMap(row => [...row])),
    dim: DIM,
  }),
}

/** Rows of different lengths, the first of length 2, so that normalization and rounding would be seen. */
function listOf(rows: number, seed: number, last?: number): Float32Array[] {
  const data = new Float32Array(randomRows(random(seed), rows, DIM, 2).data)
  if (last !== undefined) data[data.length - 1] = last
  return Array.from({ length: rows }, (_, row) => data.slice(row * DIM, (row + 1) * DIM))
}

interface Given {
  readonly query: MultiVector
  readonly other: MultiVector
  readonly documents: readonly MultiVector[]
  /** Not sorted, with an index twice. */
  readonly subset: Uint32Array
  readonly weights: Float32Array
  readonly batchWeights: readonly (Float32Array | undefined)[]
}

/** Freezes arrays and plain objects, at all depths. A typed array cannot be frozen. */
function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  for (const member of Object.values(value)) freeze(member)
  return Object.freeze(value)
}

function given(form: string, last?: number): Given {
  const make = FORMS[form]!
  const weights = Float32Array.from({ length: QUERY_ROWS }, (_, i) => i - 2)
  return freeze({
    query: make(QUERY_ROWS, 1, last),
    other: make(3, 2),
    documents: Array.from({ length: 30 }, (_, i) => make(1 + (i % 5), 10 + i)),
    subset: Uint32Array.of(9, 3, 3, 20, 1),
    weights,
    batchWeights: [weights, undefined],
  })
}

let scorer: Scorer
beforeAll(async () => {
  scorer = await createScorer()
})

const metrics = ['dot', 'cosine', 'euclid', 'manhattan'] as const
const corpora = [
  ...metrics.map(metric => ({ metric, dtype: 'f32' }) as const),
  { metric: 'dot', dtype: 'f32', screen: 'i16' } as const,
  ...(['f16', 'i16', 'i8', 'u8', 'binary'] as const).map(dtype => ({ metric: 'cosine', dtype }) as const),
]

/** Each public method of a scorer and a corpus, with each option. */
const coreCalls: readonly (readonly [string, (given: Given) => void])[] = [
  ...metrics.flatMap(metric => [
    [
      `score with ${metric}`,
      ({ query, documents, weights }: Given) =>
        scorer.score(query, documents[4]!, freeze({ metric, weights: weightsFor(metric, weights) })),
    ] as const,
    [
      `rank a list with ${metric}`,
      ({ query, documents, weights }: Given) =>
        scorer.rank(query, documents, freeze({ metric, limit: 3, weights: weightsFor(metric, weights) })),
    ] as const,
  ]),
  ...corpora.flatMap(config => {
    const name = Object.values(config).join(', ')
    const call =
      (
        use: (corpus: ReturnType<Scorer['corpus']>, given: Given, weights: Float32Array | undefined) => void,
      ) =>
      (input: Given) => {
        using corpus = scorer.corpus(freeze({ dim: DIM, ...config }))
        for (const document of input.documents) corpus.add(document)
        use(corpus, input, weightsFor(config.metric, input.weights))
      }
    const withOriginals = config.dtype !== 'f32' && config.dtype !== 'u8'
    return [
      [`add, ${name}`, call(() => {})],
      [`scores, ${name}`, call((corpus, { query }, weights) => corpus.scores(query, freeze({ weights })))],
      [
        `rank, ${name}`,
        call((corpus, { query, subset }, weights) => {
          corpus.rank(query, freeze({ limit: 1, weights }))
          corpus.rank(query, freeze({ subset, weights, onReport: () => {} }))
          corpus.rank(query, freeze({ subset: freeze([...subset]) }))
        }),
      ],
      [
        `rank from originals, ${name}`,
        call((corpus, { query, documents, subset }, weights) => {
          if (!withOriginals) return
          const originals = (index: number) => documents[index]!
          corpus.rank(query, freeze({ originals, subset, weights }))
          corpus.rank(query, freeze({ originals, oversampling: 2, limit: 2 }))
        }),
      ],
      [
        `rankBatch, ${name}`,
        call((corpus, { query, other, subset, batchWeights }, weights) => {
          const queries = freeze([query, other])
          corpus.rankBatch(queries, freeze({ limit: 2, subset, weights: weights && batchWeights }))
        }),
      ],
      [
        `explain, ${name}`,
        call((corpus, { query }, weights) => corpus.explain(query, 3, freeze({ weights })).matrix()),
      ],
    ] as const
  }),
]

function weightsFor(metric: string, weights: Float32Array): Float32Array | undefined {
  return metric === 'dot' || metric === 'cosine' ? weights : undefined
}

/** The functions that make smaller representations. */
const stageCalls: readonly (readonly [string, (given: Given) => void])[] = [
  ...(['ward', 'kmeans', 'sequential'] as const).map(
    method =>
      [
        `poolRows by ${method}`,
        ({ query }: Given) => poolRows(query, freeze({ method, factor: 2, protect: 1, normalize: true })),
      ] as const,
  ),
  ['meanRow', ({ query }) => meanRow(query, freeze({ normalize: true }))],
  ['poolPage', ({ query }) => poolPage(query, freeze({ rows: 2, columns: 2, prefix: 1 }))],
  [
    'createMuvera',
    ({ query, other }) => {
      const muvera = createMuvera(freeze({ dim: DIM, kSim: 2, dimProj: 2, rReps: 3, seed: 1 }))
      muvera.query(query)
      muvera.document(other)
    },
  ],
  ...[
    meanFirst(freeze({ size: DIM, first: { datatype: 'i8' }, full: {} })),
    pooledFirst(freeze({ size: DIM, distance: 'Cosine', factor: 2 })),
    pageFirst(freeze({ size: DIM, rows: 2, columns: 2, prefix: 1 })),
    muveraFirst(freeze({ size: DIM, kSim: 2, rReps: 2, dimProj: 2 })),
  ].map(
    (stages, i) =>
      [
        `preset ${i} of two stages`,
        ({ query }: Given) => {
          stages.document(query)
          stages.query(query, freeze({ limit: 2, candidates: 20, filter: { must: [] } }))
        },
      ] as const,
  ),
]

describe.each(Object.keys(FORMS))('given %s', form => {
  it.each([...coreCalls, ...stageCalls])('%s changes no argument', (_, call) => {
    const input = given(form)
    call(input)
    expect(input).toEqual(given(form))
  })

  it.each([...coreCalls.filter(([name]) => !name.startsWith('add')), ...stageCalls])(
    '%s changes no argument if it is refused for its last number',
    (name, call) => {
      const input = given(form, Number.NaN)
      const isSkipped = name.startsWith('rank from originals') && /f32|u8/.test(name)
      expect(errorOf(() => call(input)) instanceof RangeError).toBe(!isSkipped)
      expect(input).toEqual(given(form, Number.NaN))
    },
  )

  it('a corpus keeps no reference to a document, and no result refers to a query', () => {
    const document = FORMS[form]!(2, 5)
    const query = FORMS[form]!(2, 6)
    using corpus = scorer.corpus({ dim: DIM })
    corpus.add(document)
    const explanation = corpus.explain(query, 0)
    const [before, matrix] = [corpus.scores(query), explanation.matrix()]
    const fill = (value: MultiVector) => {
      if ('data' in value) value.data.fill(7)
      else for (const row of value) (row as number[]).fill(7)
    }
    fill(document)
    expect(corpus.scores(query)).toEqual(before)
    fill(query)
    expect(explanation.matrix()).toEqual(matrix)
  })
})

it.each<[string, (given: Given) => unknown]>([
  ['a subset with an index of no document', ({ query }) => ({ query, subset: Uint32Array.of(3, 1, 99) })],
  ['weights of the wrong number', ({ query }) => ({ query, weights: Float32Array.of(1, 2) })],
  ['a limit of 0', ({ query, subset }) => ({ query, subset, limit: 0 })],
])('a ranking that is refused for %s changes no argument', (_, make) => {
  const input = given('flat rows')
  using corpus = scorer.corpus({ dim: DIM })
  for (const document of input.documents) corpus.add(document)
  const { query, ...options } = make(input) as { query: MultiVector }
  const copy = structuredClone(options)
  expect(() => corpus.rank(query, options)).toThrow(RangeError)
  expect(options).toEqual(copy)
  expect(input).toEqual(given('flat rows'))
})

it.each(['simd', 'reference'] as const)('the %s codec changes no argument', async kernel => {
  const codec = await loadCodec({ kernel })
  const rows = Float32Array.of(1.5, -2, 0.1, 70000)
  for (const datatype of ['float32', 'float16', 'uint8'] as const) {
    errorOf(() => codec.writeRows(rows, 2, datatype))
    expect([...rows]).toEqual([1.5, -2, Math.fround(0.1), 70000])
  }
  const text = '{"result":[{"id":1,"vector":{"a":[[0.5,1e-3],[2,null]]},"payload":{"k":[1,2]}}]}'
  for (const response of [text, text.slice(0, -1), text.replace('2,null', '2')]) {
    const bytes = new TextEncoder().encode(response)
    errorOf(() => codec.readResponse(bytes))
    expect(new TextDecoder().decode(bytes)).toBe(response)
  }
})
