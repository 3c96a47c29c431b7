// Points and queries as JSON: numbers always have a decimal point, vectors have the form that their field needs.

import { beforeAll, describe, expect, it } from 'vitest'
import { parseId } from '../../src/collection/point-id.js'
import type { Query, QueryOptions } from '../../src/collection/search-options.js'
import { chooseField, vectorFieldsOf } from '../../src/collection/vector-fields.js'
import { loadCodec } from '../../src/kernel/codec/codec.js'
import type { Codec } from '../../src/kernel/codec/codec-types.js'
import { asSent, asStored } from '../../src/qdrant/verify/server-rounding.js'
import { createRequestWriter, type RequestWriter } from '../../src/qdrant/wire/request-writer.js'
import { writeSearch } from '../../src/qdrant/wire/write-query.js'

const MULTI = { multivector_config: { comparator: 'max_sim' } } as const
const fields = vectorFieldsOf(
  {
    colbert: { size: 2, distance: 'Dot', ...MULTI },
    halves: { size: 2, distance: 'Dot', datatype: 'float16', ...MULTI },
    cosine: { size: 2, distance: 'Cosine', datatype: 'float16', ...MULTI },
    dense: { size: 2, distance: 'Dot' },
  },
  { words: {} },
)
let codec: Codec

beforeAll(async () => {
  codec = await loadCodec()
})

function written(write: (body: RequestWriter) => void): string {
  const body = createRequestWriter(codec, 8)
  write(body)
  return new TextDecoder().decode(body.view())
}

describe('a vector', () => {
  it.each([
    [
      'two rows of whole numbers with decimal points',
      {
        colbert: [
          [1, 2],
          [3, 4],
        ],
      },
      '{"colbert":[[1.0,2.0],[3.0,4.0]]}',
    ],
    ['typed rows as an array of rows', { colbert: [Float32Array.of(0.1, -2)] }, '{"colbert":[[0.1,-2.0]]}'],
    [
      'flat rows as an array of rows',
      { colbert: { data: Float32Array.of(1, 2, 3, 4), dim: 2 } },
      '{"colbert":[[1.0,2.0],[3.0,4.0]]}',
    ],
    ['a single row as an array of rows', { colbert: [1, 2] }, '{"colbert":[[1.0,2.0]]}'],
    [
      'a dense vector as one row',
      {
        dense: [1, 2],
      },
      '{"dense":[1.0,2.0]}',
    ],
    ['a typed dense vector as one row', { dense: Uint8Array.of(1, 2) }, '{"dense":[1.0,2.0]}'],
    [
      'float16 numbers with the digits that a half needs',
      { halves: [[0.333333, 1]] },
      '{"halves":[[0.3333,1.0]]}',
    ],
    [
      'float16 numbers for Cosine with all digits of an f32',
      { cosine: [[0.333333, 1]] },
      '{"cosine":[[0.333333,1.0]]}',
    ],
    [
      'a sparse vector as indices and values',
      { words: { indices: [5, 2], values: [0.5, 1] } },
      '{"words":{"indices":[5,2],"values":[0.5,1]}}',
    ],
    [
      'a text unchanged',
      { colbert: { text: 'a "b"', model: 'm' } },
      '{"colbert":{"text":"a \\"b\\"","model":"m"}}',
    ],
    [
      'a text in place of a sparse vector, before other vectors',
      { words: { text: 'a "b"', model: 'bm25' }, dense: [1, 2] },
      '{"words":{"text":"a \\"b\\"","model":"bm25"},"dense":[1.0,2.0]}',
    ],
    ['no vectors as an empty object', {}, '{}'],
  ])('is written: %s', (_, vectors, text) => {
    expect(written(body => body.vectors(vectors, fields, 'vector'))).toBe(text)
  })

  it.each([
    [
      {
        dense: [
          [1, 2],
          [3, 4],
        ],
      },
      '"vector.dense" expected one row of 2 numbers, got 2 rows',
    ],
    [{ dense: { indices: [], values: [] } }, '"vector.dense" expected 2 numbers, got a sparse vector'],
    [
      { words: { text: 'a\ud83d', model: 'bm25' } },
      '"vector.words.text" expected text, got half of a surrogate pair at character 1',
    ],
    [{ words: [[1, 2]] }, '"vector.words" expected { indices, values }, got array'],
    [
      { words: { indices: [1, 1], values: [1, 2] } },
      '"vector.words.indices[1]" expected a whole number that occurs once, got 1',
    ],
    [
      { words: { indices: [1], values: [1, 2] } },
      '"vector.words" expected as many values as indices, got 2 and 1',
    ],
    [
      { words: { indices: [1], values: [Number.NaN] } },
      '"vector.words.values[0]" expected a finite number, got NaN',
    ],
    [{ colbert: null }, '"vector.colbert" expected number[][], Float32Array[] or { data, dim }, got null'],
    [
      [[1, 2]],
      '"vector" expected an object with vectors by name ("colbert", "halves", "cosine", "dense", "words"), got array',
    ],
  ])('is refused: %o', (vectors, message) => {
    expect(() => written(body => body.vectors(vectors as never, fields, 'vector'))).toThrow(message)
  })
})

describe('a query', () => {
  it.each([
    [[[1, 2]], { using: 'colbert' }, '{"limit":10,"using":"colbert","query":[[1.0,2.0]]}'],
    [7, { using: 'colbert', limit: 3 }, '{"limit":3,"using":"colbert","query":7}'],
    [
      {
        nearest: [
          [1, 2],
          [3, 4],
        ],
        mmr: { diversity: 0.5 },
      },
      { using: 'colbert' },
      '{"limit":10,"using":"colbert","query":{"nearest":[[1.0,2.0],[3.0,4.0]],"mmr":{"diversity":0.5}}}',
    ],
    [
      {
        recommend: {
          positive: [1, [[1, 2]]],
          negative: [
            [
              [3, 4],
              [5, 6],
            ],
          ],
          strategy: 'best_score',
        },
      },
      { using: 'colbert' },
      '{"limit":10,"using":"colbert","query":{"recommend":{"positive":[1,[[1.0,2.0]]],"negative":[[[3.0,4.0],[5.0,6.0]]],"strategy":"best_score"}}}',
    ],
    [
      { recommend: { positive: [1], negative: undefined, strategy: undefined }, mmr: undefined } as never,
      { using: 'colbert' },
      '{"limit":10,"using":"colbert","query":{"recommend":{"positive":[1]}}}',
    ],
    [{ context: undefined } as never, { using: 'colbert' }, '{"limit":10,"using":"colbert","query":{}}'],
    [
      {
        discover: {
          target: [[1, 2]],
          context: [
            {
              positive: 3,
              negative: [
                [1, 2],
                [3, 4],
              ],
            },
          ],
        },
      },
      { using: 'colbert' },
      '{"limit":10,"using":"colbert","query":{"discover":{"target":[[1.0,2.0]],"context":[{"positive":3,"negative":[[1.0,2.0],[3.0,4.0]]}]}}}',
    ],
    [
      { indices: [1], values: [2] },
      { using: 'words' },
      '{"limit":10,"using":"words","query":{"indices":[1],"values":[2]}}',
    ],
    [
      [
        [1, 2],
        [3, 4],
      ],
      {
        using: 'colbert',
        prefetch: [{ query: [1, 2], using: 'dense', limit: 100, prefetch: { filter: {} } }],
      },
      '{"limit":10,"using":"colbert","query":[[1.0,2.0],[3.0,4.0]],"prefetch":[{"limit":100,"using":"dense","query":[1.0,2.0],"prefetch":[{"limit":10,"filter":{}}]}]}',
    ],
    [
      { fusion: 'rrf' },
      { prefetch: [{ query: [[1, 2]], using: 'colbert' }] },
      '{"limit":10,"query":{"fusion":"rrf"},"prefetch":[{"limit":10,"using":"colbert","query":[[1.0,2.0]]}]}',
    ],
  ] as readonly (readonly [Query, QueryOptions, string])[])('is written: %o %o', (query, options, text) => {
    expect(written(body => writeSearch(body, query, options, fields))).toBe(text)
  })

  it.each([
    [
      [[1, 2]],
      {},
      '"using" is required, because the collection has several vectors: "colbert", "halves", "cosine", "dense", "words"',
    ],
    [[[1, 2, 3]], { using: 'colbert' }, '"query[0]" expected 2 numbers, got 3'],
    [
      [[1, 2]],
      { using: 'colbert', prefetch: { query: [[1]], using: 'colbert' } },
      '"prefetch.query[0]" expected 2 numbers, got 1',
    ],
    [
      [[1, 2]],
      { using: 'colbert', prefetch: [{ limit: 0 }] },
      '"prefetch[0].limit" expected a whole number of at least 1, got 0',
    ],
    [[[1, 2]], { using: 'colbert', offset: -1 }, '"offset" expected a whole number of at least 0, got -1'],
    [
      [[1, 2]],
      { using: 'colbert', score_threshold: Number.NaN },
      '"score_threshold" expected a finite number, got NaN',
    ],
    [
      { indices: [1], values: [2] },
      { using: 'colbert' },
      '"using" expected a sparse vector of the collection for a sparse query, got colbert',
    ],
    [
      { recommend: { positive: ['abc'] } },
      { using: 'colbert' },
      '"query.recommend.positive[0]" expected rows, the id of a point (a whole number or a UUID) or { text }, got "abc"',
    ],
  ] as readonly (readonly [Query, QueryOptions, string])[])(
    'is refused: %o %o',
    (query, options, message) => {
      expect(() => written(body => writeSearch(body, query, options, fields))).toThrow(message)
    },
  )
})

describe('a point id', () => {
  it.each([
    [0, 0],
    [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
    ['5C56C793-69F3-4FBF-87E6-C4BF54C28C26', '5c56c793-69f3-4fbf-87e6-c4bf54c28c26'],
    ['5c56c79369f34fbf87e6c4bf54c28c26', '5c56c793-69f3-4fbf-87e6-c4bf54c28c26'],
    ['urn:uuid:5c56c793-69f3-4fbf-87e6-c4bf54c28c26', '5c56c793-69f3-4fbf-87e6-c4bf54c28c26'],
  ])('%s becomes %s', (given, wanted) => expect(parseId(given, 'id')).toBe(wanted))

  it.each([1.5, -1, 2 ** 53, Number.NaN, 'abc', ''])('is refused: %s', id => {
    expect(() => parseId(id, 'id')).toThrow(/^"id" expected a whole number /)
  })
})

it('a query without a vector name uses the only multi-vector, else the only vector', () => {
  const only = vectorFieldsOf({ a: { size: 2, distance: 'Dot', ...MULTI }, b: { size: 2, distance: 'Dot' } })
  expect(chooseField(only, undefined).name).toBe('a')
  expect(chooseField(vectorFieldsOf({ b: { size: 2, distance: 'Dot' } }), undefined).name).toBe('b')
})

describe('the rounding of a server', () => {
  const rows = (...numbers: number[]) => ({ data: Float32Array.from(numbers), dim: 2 })

  it('normalises rows for Cosine, except near lengths 0 and 1, and except uint8', () => {
    expect(asSent(rows(3, 4, 0, 0, 1e-4, 0, 1, 4e-4), 'Cosine', 'float32')).toEqual(
      rows(0.6, 0.8, 0, 0, 1e-4, 0, 1, 4e-4),
    )
    expect(asStored(rows(3, 4), 'Cosine', 'uint8')).toEqual(rows(3, 4))
    expect(asSent(rows(3, 4), 'Dot', 'float32')).toEqual(rows(3, 4))
  })

  it('rounds normalised rows, except for turbo4', () => {
    expect(asStored(rows(3, 4), 'Cosine', 'float16')).toEqual(rows(0.60009765625, 0.7998046875))
    expect(asStored(rows(1.81, 256.19), 'Dot', 'uint8')).toEqual(rows(1, 255))
    expect(asStored(rows(0.3, 0.7), 'Dot', 'turbo4')).toEqual(rows(0.3, 0.7))
  })
})
