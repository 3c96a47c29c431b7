// Texts in points and searches become vectors, and errors of the encoder name the point.

import { describe, expect, it } from 'vitest'
import { type Encoder, embedPoints, embedQuery, embedSearch } from '../../src/collection/embed-texts.js'
import { labelDocuments, labelFieldsOf } from '../../src/collection/match-labels.js'
import { firstDifference } from '../../src/collection/packed-rows.js'
import { parseId } from '../../src/collection/point-id.js'
import { checkQueryStage, prefetchesOf } from '../../src/collection/search-options.js'
import { parseUpsertOptions } from '../../src/collection/upsert-options.js'
import { UpsertError } from '../../src/collection/upsert-report.js'
import { type Fields, selects } from '../../src/collection/vector-fields.js'
import { checkNumbers } from '../../src/collection/vector-input.js'

const fields = { dense: new Map(), sparse: new Set(['words']), unnamed: false } as unknown as Fields
const { signal } = new AbortController()

/** An encoder whose row is the length of a text. It refuses `bad`. */
function fakeEncoder() {
  const signals: unknown[] = []
  const encoder: Encoder = {
    model: 'Some/Model',
    query(text, options) {
      signals.push(options?.signal)
      return [[text.length]]
    },
    documents(texts, options) {
      signals.push(options?.signal)
      const index = texts.indexOf('bad')
      if (index >= 0) throw Object.assign(new Error('it is bad'), { index })
      return texts.map(text => [[text.length]])
    },
  }
  return { encoder, signals }
}

describe('embedding', () => {
  it('replaces the texts of points in order, except those of sparse vectors', async () => {
    const { encoder, signals } = fakeEncoder()
    const points = [
      {
        id: 1,
        vector: { a: { text: 'x' }, words: { text: 'sparse' }, b: { text: 'xx', model: 'some/model' } },
      },
      { id: 2, vector: { text: 'xxx' } },
      { id: 3, vector: [[7]] },
    ]
    expect(await embedPoints(points, { encoder, fields }, signal)).toEqual([
      { id: 1, vector: { a: [[1]], words: { text: 'sparse' }, b: [[2]] } },
      { id: 2, vector: [[3]] },
      { id: 3, vector: [[7]] },
    ])
    expect(signals).toEqual([signal])
  })

  it('names the point at fault, whether the encoder or another model is the cause', async () => {
    const { encoder } = fakeEncoder()
    const points = [
      { id: 1, vector: { text: 'x' } },
      { id: 'b', vector: { a: { text: 'y' }, b: { text: 'bad' } } },
    ]
    await expect(embedPoints(points, { encoder, fields })).rejects.toThrow('point "b": it is bad')
    const other = [{ id: 4, vector: { a: { text: 'x', model: 'other' } } }]
    await expect(embedPoints(other, { encoder, fields })).rejects.toThrow(
      '"point 4.vector.a.model" expected "Some/Model"',
    )
    const tooMany = { ...encoder, documents: () => [[[1]], [[2]], [[3]]] }
    await expect(embedPoints(points.slice(0, 1), { encoder: tooMany, fields })).rejects.toThrow(
      'expected to return 1 multi-vectors',
    )
  })

  it('keeps an error of the encoder whose index is that of no text', async () => {
    const error = Object.assign(new Error('it is bad'), { index: 1 })
    const documents = () => {
      throw error
    }
    const encoder = { ...fakeEncoder().encoder, documents }
    const points = [{ id: 1, vector: { text: 'x' } }]
    await expect(embedPoints(points, { encoder, fields })).rejects.toBe(error)
  })

  it("takes Qdrant's other name of its BM25 model, in any case", async () => {
    const vector = { indices: [1], values: [1] }
    const encoder = { model: 'Qdrant/BM25', query: () => vector, document: () => vector }
    for (const model of ['bm25', 'BM25', 'qdrant/bm25']) {
      expect(await embedQuery({ text: 'x', model }, encoder)).toBe(vector)
    }
    await expect(embedQuery({ text: 'x', model: 'bm42' }, encoder)).rejects.toThrow('"query.model"')
  })

  it('replaces the texts of a query, also inside nearest, and passes the signal', async () => {
    const { encoder, signals } = fakeEncoder()
    expect(await embedQuery({ text: 'xx' }, encoder, signal)).toEqual([[2]])
    expect(await embedQuery({ nearest: { text: 'xxx' } }, encoder, signal)).toEqual({ nearest: [[3]] })
    expect(signals).toEqual([signal, signal])
    const nearest = { text: 'x', model: 'other' }
    await expect(embedQuery({ nearest }, encoder)).rejects.toThrow('"query.nearest.model"')
    await expect(embedQuery(nearest, encoder)).rejects.toThrow('"query.model"')
  })

  it('replaces the texts of all stages of a search, except those of sparse vectors', async () => {
    const { encoder } = fakeEncoder()
    const options = {
      prefetch: [
        { query: { text: 'xx' }, limit: 5, prefetch: { query: { text: 'xxx' } } },
        { query: { text: 'words' }, using: 'words' },
        { limit: 3 },
      ],
    }
    expect(await embedSearch({ text: 'x' }, options, { encoder, fields })).toEqual({
      query: [[1]],
      options: {
        prefetch: [
          { query: [[2]], limit: 5, prefetch: [{ query: [[3]] }] },
          { query: { text: 'words' }, using: 'words' },
          { limit: 3 },
        ],
      },
    })
    const wrong = { prefetch: [{}, { prefetch: { query: { text: 'x', model: 'other' } } }] }
    await expect(embedSearch(undefined, wrong, { encoder, fields })).rejects.toThrow(
      '"prefetch[1].prefetch.query.model"',
    )
  })
})

it('parseId accepts 0 and every spelling of a UUID, and returns the one of a server', () => {
  const uuid = '0a1b2c3d-0000-4000-8000-00000000000f'
  const plain = uuid.replaceAll('-', '')
  for (const spelling of [uuid, uuid.toUpperCase(), plain, `urn:uuid:${uuid}`, `{${uuid}}`]) {
    expect(parseId(spelling, 'id')).toBe(uuid)
  }
  expect(parseId(0, 'id')).toBe(0)
  expect(() => parseId(-1, 'id')).toThrow('"id" expected a whole number from 0')
})

it('firstDifference returns the first row that differs by more than the tolerance, relative to its numbers', () => {
  const rows = (...data: number[]) => ({ data: Float32Array.from(data), dim: 2 })
  expect(firstDifference(rows(1, 2, 3, 4), rows(1, 2, 3, 4), 0)).toBeUndefined()
  expect(firstDifference(rows(1, 2, 3, 4, 5, 6), rows(1, 2, 3, 9, 5, 6), 0.1)).toBe(1)
  expect(firstDifference(rows(1000, 0), rows(1001, 0), 0.01)).toBeUndefined()
  expect(firstDifference(rows(0.001, 0), rows(0.002, 0), 0.1)).toBe(0)
  expect(firstDifference(rows(1, 2), rows(1, 2, 3, 4), 0)).toBe(1)
  expect(firstDifference(rows(1, 2, 3, 4, 5, 6), rows(1, 2), 0)).toBe(1)
  // of the larger number, whichever document has it
  expect(firstDifference(rows(2, 0), rows(3, 0), 0.4)).toBeUndefined()
  expect(firstDifference(rows(3, 0), rows(2, 0), 0.4)).toBeUndefined()
})

it('the options of a search and of an upsert have their defaults, and their errors name the stage', () => {
  expect(checkQueryStage({ offset: 0 })).toEqual({ offset: 0, limit: 10 })
  const [first, second] = prefetchesOf({ prefetch: [{}, { limit: 1 }] })
  expect([first![1], second![1]]).toEqual(['prefetch[0].', 'prefetch[1].'])
  expect(() => checkQueryStage({ score_threshold: Infinity }, 'prefetch[0].')).toThrow(
    '"prefetch[0].score_threshold"',
  )
  expect(() => checkQueryStage({ with_payload: 1 as never }, 'prefetch[0].')).toThrow(
    '"prefetch[0].with_payload"',
  )
  for (const stage of ['prefetch.', 'prefetch[0].', 'queries[1].prefetch.', 'prefetch[0].prefetch[1].']) {
    expect(() => checkQueryStage({ with_matches: true }, stage), stage).toThrow(
      `unknown option "${stage}with_matches"`,
    )
  }
  expect(checkQueryStage({ with_matches: true }, 'queries[1].')).toMatchObject({ with_matches: true })
  expect(() => checkQueryStage({ offset: -1 })).toThrow('"offset" expected a whole number of at least 0')
  const defaults = { batchBytes: 10, batchPoints: 20 }
  expect(parseUpsertOptions({}, defaults)).toEqual({ ...defaults, wait: true, resume: 'overwrite' })
  expect(() => parseUpsertOptions({ batchPoints: 0 }, defaults)).toThrow('"batchPoints" expected')
})

it('a selection selects anything unless it is empty', () => {
  for (const all of [true, ['a'], { include: ['a'] }, { exclude: ['a'] }, { exclude: [] }])
    expect(selects(all), JSON.stringify(all)).toBe(true)
  for (const none of [undefined, false, [], { include: [] }])
    expect(selects(none), JSON.stringify(none)).toBe(false)
})

it('labels are of the rows of a multi-vector, and patches of the payload go before those of its layout', async () => {
  const patches = [{ line: 7 }, null]
  const layout = { width: 2, height: 1, rows: 2, tiles: { rows: 0, columns: 0 }, side: 1, starts: [0] }
  const payload = { tokens: ['a', 'b'], patches, layout }
  const field = { name: 'v', size: 2, distance: 'Dot', datatype: 'float32' } as const
  const labelsIn = (multi: boolean) => labelDocuments([{ payload, rows: 2 }], { ...field, multi }, undefined)
  expect(await labelsIn(true)).toEqual([
    { tokens: [{ text: 'a' }, { text: 'b' }], patches: [{ line: 7 }, undefined] },
  ])
  expect(await labelsIn(false)).toEqual([{}])
  expect(labelFieldsOf({ ...field, multi: true }, undefined)).toEqual(['tokens', 'patches', 'layout'])
  expect(labelFieldsOf({ ...field, multi: false }, undefined)).toEqual([])
})

it('float16 holds numbers up to those that round to its largest, and no datatype an infinite one', () => {
  const check = (datatype: 'float16' | 'float32', ...numbers: number[]) => {
    const data = Float32Array.from(numbers)
    const field = { name: 'v', size: 2, distance: 'Dot', datatype, multi: true } as const
    checkNumbers({ data, dim: 2 }, data, field, 'v')
  }
  check('float16', 65_504, 65_519, -65_519, 0)
  expect(() => check('float16', 1, 2, 3, -65_520)).toThrow(
    '"v" (row 1, column 1) expected a number that float16 holds (up to 65504), got -65520',
  )
  check('float32', 1, 1e38)
  for (const datatype of ['float16', 'float32'] as const)
    expect(() => check(datatype, 1, Infinity)).toThrow(
      '"v.data[1]" (row 0, column 1) expected a finite number',
    )
})

it('UpsertError has the message of its cause and the cause', () => {
  const cause = new Error('the disk is full')
  const report = {
    points: 1,
    skipped: 0,
    rows: 2,
    bytes: 8,
    batches: 1,
    retries: 0,
    seconds: 1,
    applied: false,
  }
  const error = new UpsertError(cause, report)
  expect(error.message).toBe(
    "the disk is full; 1 point in 1 batch had been written: upsert again with resume: 'skip' to send the rest",
  )
  expect([error.cause, error.report]).toEqual([cause, report])
})
