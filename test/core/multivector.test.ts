import { beforeAll, describe, expect, it } from 'vitest'
import { type Corpus, createScorer, type MultiVector, type Scorer } from '../../src/index.js'

let scorer: Scorer
beforeAll(async () => {
  scorer = await createScorer()
})

const anything = (value: unknown) => value as MultiVector
const row = [1, 2, 3]

/** A value for a document of a corpus of dim 3, and the whole error. */
const refused: readonly [string, unknown, string][] = [
  [
    'undefined',
    undefined,
    'TypeError: "document" expected number[][], Float32Array[] or { data, dim }, got undefined',
  ],
  ['null', null, 'TypeError: "document" expected number[][], Float32Array[] or { data, dim }, got null'],
  [
    'a string',
    'abc',
    'TypeError: "document" expected number[][], Float32Array[] or { data, dim }, got string',
  ],
  ['a Map', new Map(), 'TypeError: "document" expected number[][], Float32Array[] or { data, dim }, got Map'],
  [
    'one row',
    row,
    'TypeError: "document[0]" expected an array of numbers or a typed array, got number; a single row is [row]',
  ],
  [
    'a flat typed array',
    new Float32Array(3),
    'TypeError: "document" expected rows, got a flat Float32Array; pass { data, dim }',
  ],
  [
    'no rows',
    [],
    'RangeError: "document" expected at least one row, got none; omit multi-vectors without rows',
  ],
  [
    'no rows, flat',
    { data: new Float32Array(0), dim: 3 },
    'RangeError: "document" expected at least one row, got none; omit multi-vectors without rows',
  ],
  [
    'a row of strings',
    [row, 'abc'],
    'TypeError: "document[1]" expected an array of numbers or a typed array, got string',
  ],
  [
    'a row that is null',
    [row, null],
    'TypeError: "document[1]" expected an array of numbers or a typed array, got null',
  ],
  [
    'a hole',
    Object.assign([row], { length: 2 }),
    'TypeError: "document[1]" expected an array of numbers or a typed array, got undefined',
  ],
  [
    'an empty row',
    [row, []],
    'RangeError: "document[1]" expected 3 numbers, got 0; all rows have the same dim',
  ],
  [
    'ragged rows',
    [row, row, [1, 2]],
    'RangeError: "document[2]" expected 3 numbers, got 2; all rows have the same dim',
  ],
  [
    'the wrong dim',
    [[1, 2, 3, 4]],
    'RangeError: "document[0]" expected 3 numbers, got 4; all rows have the same dim',
  ],
  [
    'the wrong dim, flat',
    { data: new Float32Array(4), dim: 4 },
    'RangeError: "document.dim" expected 3, got 4; all rows have the same dim',
  ],
  [
    'dim 0',
    { data: new Float32Array(4), dim: 0 },
    'RangeError: "document.dim" expected a whole number from 1 to 65536, got 0',
  ],
  [
    'dim 1.5',
    { data: new Float32Array(4), dim: 1.5 },
    'RangeError: "document.dim" expected a whole number from 1 to 65536, got 1.5',
  ],
  [
    'a dim that is not a number',
    { data: new Float32Array(3), dim: '3' },
    'TypeError: "document.dim" expected a number, got string',
  ],
  ['no dim', { data: new Float32Array(3) }, 'TypeError: "document.dim" expected a number, got undefined'],
  [
    'a typed array of the wrong length',
    { data: new Float32Array(7), dim: 3 },
    'RangeError: "document.data" expected a length that is a multiple of dim 3, got 7; the last row is incomplete',
  ],
  [
    'plain numbers, flat',
    { data: [1, 2, 3], dim: 3 },
    'TypeError: "document.data" expected a typed array of numbers, got array; wrap it in Float32Array.from',
  ],
  [
    '64-bit integers',
    { data: new BigInt64Array(3), dim: 3 },
    'TypeError: "document.data" expected a typed array of numbers, got BigInt64Array',
  ],
  [
    'rows of 64-bit integers',
    [new BigUint64Array(3)],
    'TypeError: "document[0]" expected an array of numbers or a typed array, got BigUint64Array',
  ],
  ['a number as text', [row, [1, '2', 3]], 'TypeError: "document[1][1]" expected a number, got string'],
  ['null among numbers', [row, [1, null, 3]], 'TypeError: "document[1][1]" expected a number, got null'],
  [
    'a hole among numbers',
    [row, Object.assign([1], { length: 3 })],
    'TypeError: "document[1][1]" expected a number, got undefined',
  ],
  [
    'NaN',
    [row, [1, 2, NaN]],
    'RangeError: "document[1][2]" expected a finite number, got NaN; check the encoder that made it',
  ],
  [
    'infinity',
    [row, [-Infinity, 2, 3]],
    'RangeError: "document[1][0]" expected a finite number, got -Infinity; check the encoder that made it',
  ],
  [
    'a number beyond f32',
    [row, [1, 1e39, 3]],
    'RangeError: "document[1][1]" expected a number that f32 holds (up to 3.4e38), got 1e+39; scale the rows down',
  ],
  [
    'NaN in a typed row',
    [Float32Array.of(1, NaN, 3)],
    'RangeError: "document[0][1]" expected a finite number, got NaN; check the encoder that made it',
  ],
  [
    'NaN, flat',
    { data: Float32Array.of(1, 2, 3, 4, NaN, 6), dim: 3 },
    'RangeError: "document.data[4]" (row 1, column 1) expected a finite number, got NaN; check the encoder that made it',
  ],
  [
    'beyond f32, flat',
    { data: Float64Array.of(1, 2, -1e300), dim: 3 },
    'RangeError: "document.data[2]" (row 0, column 2) expected a number that f32 holds (up to 3.4e38), got -1e+300; scale the rows down',
  ],
]

describe('a document', () => {
  it.each(refused)('is refused if it is %s, and the corpus does not change', (_, value, message) => {
    using corpus = scorer.corpus({ dim: 3 })
    corpus.add([[1, 0, 0]])
    const state = () => [corpus.length, corpus.rows, corpus.byteLength, ...corpus.scores([[1, 2, 3]])]
    const before = state()
    expect(errorOf(() => corpus.add(anything(value)))).toBe(message)
    expect(state()).toEqual(before)
    expect(corpus.add([[0, 1, 0]])).toBe(1)
    expect([...corpus.scores([[1, 2, 3]])]).toEqual([1, 2])
  })
})

describe('a query', () => {
  it.each(refused)('is refused with the same error if it is %s', (_, value, message) => {
    using corpus = scorer.corpus({ dim: 3 })
    corpus.add([[1, 0, 0]])
    const expected = message.replaceAll('"document', '"query')
    for (const call of queriesOf(corpus)) expect(errorOf(() => call(anything(value)))).toBe(expected)
  })
})

describe('a document of a list', () => {
  it.each(refused)('is named by the error if it is %s', (_, value, message) => {
    const documents = [[row], anything(value)]
    const expected = message.replaceAll('"document', '"documents[1]')
    expect(errorOf(() => scorer.rank([row], documents))).toBe(expected)
    expect(errorOf(() => scorer.score([row], anything(value)))).toBe(message)
  })
})

it('an error names the row of a query whose length differs from the first', () => {
  expect(errorOf(() => scorer.score([row, [1, 2]], [row]))).toBe(
    'RangeError: "query[1]" expected 3 numbers, got 2; all rows have the same dim',
  )
})

it('every form of multi-vector and every typed array is accepted', () => {
  const forms: MultiVector[] = [
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
    [Float32Array.of(1, 2, 3), Float32Array.of(4, 5, 6)],
    [Float64Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)],
    ...[
      Float32Array,
      Float64Array,
      Int8Array,
      Uint8Array,
      Uint8ClampedArray,
      Int16Array,
      Uint16Array,
      Int32Array,
      Uint32Array,
    ].map(type => ({ data: type.of(1, 2, 3, 4, 5, 6), dim: 3 })),
    { data: new Float32Array(Float32Array.of(0, 1, 2, 3, 4, 5, 6).buffer, 4), dim: 3 },
    { data: new Float32Array(new SharedArrayBuffer(24)).fill(1).map((_, i) => i + 1), dim: 3 },
  ]
  using corpus = scorer.corpus({ dim: 3 })
  for (const form of forms) corpus.add(form)
  expect([...corpus.scores([[1, 1, 1]])]).toEqual(forms.map(() => 15))
  for (const form of forms) expect(scorer.score(form, [[1, 1, 1]])).toBe(21)
})

it('a multi-vector is not modified, and no reference to it is kept', () => {
  const document = { data: Float32Array.of(3, 4), dim: 2 }
  using corpus = scorer.corpus({ dim: 2, metric: 'cosine' })
  corpus.add(document)
  scorer.score(document, document, { metric: 'cosine' })
  expect([...document.data]).toEqual([3, 4])
  document.data.fill(0)
  expect(corpus.scores([[3, 4]])[0]).toBeCloseTo(1, 6)
})

function queriesOf(corpus: Corpus): ((query: MultiVector) => unknown)[] {
  return [query => corpus.scores(query), query => corpus.rank(query), query => corpus.explain(query, 0)]
}

function errorOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    return String(error)
  }
  return 'no error'
}
