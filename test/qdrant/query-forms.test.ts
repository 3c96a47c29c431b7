// Queries of every form as the adapter writes them: query objects without vectors, sparse examples, options of each stage.

import { beforeAll, describe, expect, it } from 'vitest'
import type { Query, QueryOptions } from '../../src/collection/search-options.js'
import { vectorFieldsOf } from '../../src/collection/vector-fields.js'
import { loadCodec } from '../../src/kernel/codec/codec.js'
import type { Codec } from '../../src/kernel/codec/codec-types.js'
import { createRequestWriter } from '../../src/qdrant/wire/request-writer.js'
import { writeSearch } from '../../src/qdrant/wire/write-query.js'

const MULTI = { multivector_config: { comparator: 'max_sim' } } as const
const fields = vectorFieldsOf(
  { colbert: { size: 2, distance: 'Dot', ...MULTI }, dense: { size: 2, distance: 'Dot' } },
  { words: {} },
)
let codec: Codec
beforeAll(async () => {
  codec = await loadCodec()
})

/** The written query, as the server parses it. */
function sent(query: unknown, options: QueryOptions = {}) {
  const body = createRequestWriter(codec, 8)
  writeSearch(body, query as Query, options, fields)
  return JSON.parse(new TextDecoder().decode(body.view()))
}

it.each([
  { fusion: 'dbsf' },
  { rrf: { k: 3 } },
  { formula: { sum: ['$score', 'popularity'] } },
  { order_by: 'year' },
  { sample: 'random' },
])('a query without a vector is sent as it is, and names no vector: %j', query => {
  expect(sent(query)).toEqual({ limit: 10, query })
})

describe('an example of a sparse query', () => {
  const words = { indices: [3, 1], values: [0.5, 2] }

  it.each([
    [7, 7],
    ['5C56C793-69F3-4FBF-87E6-C4BF54C28C26', '5c56c793-69f3-4fbf-87e6-c4bf54c28c26'],
    [words, words],
    [{ indices: Uint32Array.of(3, 1), values: Float32Array.of(0.5, 2) }, words],
    [{ nearest: { indices: Uint32Array.of(3, 1), values: Float32Array.of(0.5, 2) } }, { nearest: words }],
    [{ nearest: 7 }, { nearest: 7 }],
    [
      { nearest: words, mmr: { diversity: 0.5 } },
      { nearest: words, mmr: { diversity: 0.5 } },
    ],
    [{ recommend: { positive: [1, words] } }, { recommend: { positive: [1, words] } }],
  ])('is %j as it was given', (query, expected) => {
    expect(sent(query, { using: 'words' })).toEqual({ limit: 10, using: 'words', query: expected })
  })

  it.each<[unknown, string]>([
    [{ indices: [1, 1], values: [1, 2] }, '"query'],
    [{ nearest: { indices: [1], values: [Number.NaN] } }, '"query.nearest'],
    [{ nearest: -1 }, '"query.nearest"'],
    [1.5, '"query"'],
  ])('is refused with its path: %j', (query, path) => {
    expect(() => sent(query, { using: 'words' })).toThrow(path)
  })
})

it.each([
  [
    { discover: { target: { text: 'a', model: 'm' }, context: [{ positive: 1, negative: [[1, 2]] }] } },
    { discover: { target: { text: 'a', model: 'm' }, context: [{ positive: 1, negative: [[1, 2]] }] } },
  ],
  [{ nearest: { text: 'a', model: 'm' } }, { nearest: { text: 'a', model: 'm' } }],
  [{ recommend: { positive: 3 } }, { recommend: { positive: 3 } }],
  [
    { recommend: { positive: [{ data: Float32Array.of(1, 2), dim: 2 }], negative: [] } },
    { recommend: { positive: [[[1, 2]]], negative: [] } },
  ],
])('examples are points, texts and rows: %j', (query, expected) => {
  expect(sent(query, { using: 'colbert' })).toEqual({ limit: 10, using: 'colbert', query: expected })
})

it('every stage has its own options', () => {
  const options = (n: number) => ({
    limit: n,
    filter: { must: [{ has_id: [n] }] },
    params: { hnsw_ef: n },
    score_threshold: n / 2,
    lookup_from: { collection: `c${n}` },
  })
  const inner = { ...options(30), query: [5, 6], using: 'dense' }
  const middle = { ...options(20), query: { fusion: 'rrf' }, prefetch: [inner, { limit: 4 }] }
  const outer = { ...options(10), offset: 3, shard_key: 'eu', with_payload: ['a'], with_vector: true }
  expect(sent([[1, 2]], { ...outer, using: 'colbert', prefetch: middle } as never)).toEqual({
    ...outer,
    using: 'colbert',
    query: [[1, 2]],
    prefetch: [middle],
  })
  expect(sent(undefined, { prefetch: [] })).toEqual({ limit: 10, prefetch: [] })
})
