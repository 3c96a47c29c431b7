// Cases for every collection: the same calls have the same results and the same errors. They run on stores (test/store), on
// the adapter with a server of stores (test/qdrant), and on an engine (test/qdrant/engine). Scores are compared with the f64
// oracle. The bound is four times the oracle's for an f32 sum, because a server adds in another order, and normalises with
// other rounding.

import { describe, expect, it } from 'vitest'
import { roundToDatatype } from '../../src/base/float16.js'
import type {
  Filter,
  Hit,
  Payload,
  Point,
  PointId,
  ReadableCollection,
  StoredPoint,
  VectorInput,
} from '../../src/collection/collection.js'
import type { Encoder, SparseEncoder } from '../../src/collection/embed-texts.js'
import type { GroupOptions, PointGroup } from '../../src/collection/group-options.js'
import type { PointVectors } from '../../src/collection/point-changes.js'
import type { RerankOptions } from '../../src/collection/rerank-options.js'
import type { Query, QueryOptions } from '../../src/collection/search-options.js'
import type { FlatMultiVector } from '../../src/index.js'
import { normalized, oracle } from '../support/oracle.js'
import { between, pick, type Random, random, randomRows } from '../support/random.js'
import { groupCases } from './groups.cases.js'
import { payloadCases } from './payload.cases.js'
import { idfCases, sparseCases } from './sparse.cases.js'
import { vectorCases } from './vectors.cases.js'

/** The methods that collections on a server and stores have in common. */
export interface AnyCollection extends ReadableCollection {
  upsert(
    points: Iterable<Point> | AsyncIterable<Point>,
    options?: object,
  ): Promise<{ readonly points: number }>
  query(query: Query | undefined, options?: QueryOptions): Promise<Hit[]>
  queryBatch(queries: readonly (QueryOptions & { readonly query: Query })[]): Promise<Hit[][]>
  queryGroups(query: Query, options: GroupOptions): Promise<PointGroup[]>
  rerank(query: Query, options?: RerankOptions): Promise<Hit[]>
  delete(which: readonly PointId[] | Filter, options?: object): Promise<void>
  setPayload(which: readonly PointId[] | Filter, payload: Payload, options?: object): Promise<void>
  overwritePayload(which: readonly PointId[] | Filter, payload: Payload, options?: object): Promise<void>
  deletePayload(which: readonly PointId[] | Filter, keys: readonly string[], options?: object): Promise<void>
  clearPayload(which: readonly PointId[] | Filter, options?: object): Promise<void>
  updateVectors(
    points: Iterable<PointVectors> | AsyncIterable<PointVectors>,
    options?: object,
  ): Promise<{ readonly points: number }>
  deleteVectors(which: readonly PointId[] | Filter, names: readonly string[], options?: object): Promise<void>
}

type CommonDatatype = 'float32' | 'float16' | 'uint8'

/** The configuration of a collection. */
export interface Config {
  readonly vectors: Readonly<
    Record<
      string,
      {
        readonly size: number
        readonly distance: 'Dot' | 'Cosine' | 'Euclid' | 'Manhattan'
        readonly datatype?: CommonDatatype
        readonly multivector_config?: null
      }
    >
  >
  readonly sparse_vectors?: Readonly<Record<string, { readonly modifier?: 'idf' }>>
}

export const METRIC = { Dot: 'dot', Cosine: 'cosine', Euclid: 'euclid', Manhattan: 'manhattan' } as const
const UUID = '5c56c793-69f3-4fbf-87e6-c4bf54c28c26'
const colbert = { size: 4, distance: 'Dot' } as const

const idsOf = (hits: readonly { readonly id: PointId }[]) => hits.map(({ id }) => id)

/** Returns rows as a datatype stores them. With Cosine, rows are normalised and then rounded, but uint8 rows are not normalised. */
export function storedRows(
  rows: FlatMultiVector,
  distance: keyof typeof METRIC,
  datatype: CommonDatatype,
): FlatMultiVector {
  const isNormalized = distance === 'Cosine' && datatype !== 'uint8'
  const data = isNormalized ? Float32Array.from(normalized(rows)) : Float32Array.from(rows.data)
  return { data: roundToDatatype(data, datatype), dim: rows.dim }
}

/** Returns the ids and scores of all documents, best first, each with an error bound. */
function expected(
  query: FlatMultiVector,
  documents: ReadonlyMap<PointId, FlatMultiVector>,
  distance: keyof typeof METRIC,
  datatype: CommonDatatype = 'float32',
) {
  // uint8 rows are not normalised: there the similarity itself divides by their lengths
  const metric = distance === 'Cosine' && datatype !== 'uint8' ? 'dot' : METRIC[distance]
  const queryRows = storedRows(query, distance, datatype)
  const scored = [...documents].map(([id, rows]) => {
    const { score, low, high } = oracle(metric, queryRows, storedRows(rows, distance, datatype))
    // if the length of a row differs in its last bit, an element may round to another half
    const flips =
      distance === 'Cosine' && datatype === 'float16' ? 2e-3 * (queryRows.data.length / queryRows.dim) : 0
    return { id, score, bound: 4 * Math.max(score - low, high - score) + flips }
  })
  const ascending = distance === 'Euclid' || distance === 'Manhattan'
  return scored.sort((a, b) => (ascending ? a.score - b.score : b.score - a.score))
}

/** Expects the scores of the oracle, and its order wherever two scores differ by more than their bounds. */
function expectRanked(hits: readonly Hit[], ranking: ReturnType<typeof expected>, limit: number): void {
  expect(hits).toHaveLength(Math.min(limit, ranking.length))
  const byId = new Map(ranking.map(entry => [entry.id, entry]))
  for (const [rank, { id, score }] of hits.entries()) {
    const entry = byId.get(id)!
    expect(Math.abs(score - entry.score), `the score of ${id}`).toBeLessThanOrEqual(entry.bound)
    const atRank = ranking[rank]!
    const difference = Math.abs(entry.score - atRank.score)
    expect(difference, `${id} at rank ${rank}`).toBeLessThanOrEqual(entry.bound + atRank.bound)
  }
}

const randomPoints = (next: Random, count: number, dim: number, scale = 1) =>
  Array.from({ length: count }, (_, i) => ({
    id: (i % 7 === 3 ? `00000000-0000-4000-8000-${String(i).padStart(12, '0')}` : i) as PointId,
    vector: { colbert: randomRows(next, between(next, 1, 9), dim, scale) },
    payload: { n: i, parity: i % 2 === 0 ? 'even' : 'odd' },
  }))

/** Creates an empty collection. */
export type Make = (
  config: Config,
  encoder?: Encoder,
  sparseEncoder?: SparseEncoder,
) => Promise<AnyCollection>

/**
 * `byId`: whether the id of a point can be a query, and there are groups. `hasCorpus`: whether `params.idf` can be a filter.
 */
export function collectionCases(make: Make, byId = true, hasCorpus = true): void {
  payloadCases(make)
  vectorCases(make)
  if (byId) groupCases(make)
  sparseCases(make, byId)
  idfCases(make, hasCorpus)

  describe('scores and order', () => {
    const cases = (['Dot', 'Cosine', 'Euclid', 'Manhattan'] as const).flatMap(distance =>
      (['float32', 'float16', 'uint8'] as const).map(datatype => ({ distance, datatype })),
    )
    it.each(cases)('are those of the oracle for $distance and $datatype', async ({ distance, datatype }) => {
      const next = random(cases.findIndex(each => each.distance === distance && each.datatype === datatype))
      const dim = pick(next, [17, 32, 100])
      const collection = await make({ vectors: { colbert: { size: dim, distance, datatype } } })
      const scale = datatype === 'uint8' ? 255 : 1
      const points = randomPoints(next, 60, dim, scale)
      await collection.upsert(points)
      const documents = new Map(points.map(({ id, vector }) => [id, vector.colbert]))
      for (const rows of [1, 5, 16, 32]) {
        const query = randomRows(next, rows, dim, scale)
        const ranking = expected(query, documents, distance, datatype)
        expectRanked(await collection.query(query, { limit: 20 }), ranking, 20)
        expectRanked(await collection.query(query, { limit: 100 }), ranking, 100)
      }
    })

    it('follow insertions, replacements and deletions', async () => {
      const next = random(11)
      const collection = await make({ vectors: { colbert: { size: 8, distance: 'Dot' } } })
      const documents = new Map<PointId, FlatMultiVector>()
      for (let round = 0; round < 12; round++) {
        const written = Array.from({ length: between(next, 1, 20) }, () => ({
          id: between(next, 0, 40),
          vector: { colbert: randomRows(next, between(next, 1, 5), 8) },
        }))
        await collection.upsert(written)
        for (const { id, vector } of written) documents.set(id, vector.colbert)
        const gone = Array.from({ length: between(next, 0, 6) }, () => between(next, 0, 40))
        if (gone.length > 0) await collection.delete(gone)
        for (const id of gone) documents.delete(id)
        const query = randomRows(next, 4, 8)
        expectRanked(await collection.query(query, { limit: 50 }), expected(query, documents, 'Dot'), 50)
        expect(await collection.count()).toBe(documents.size)
      }
    })
  })

  async function filled() {
    const collection = await make({
      vectors: { colbert, dense: { size: 2, distance: 'Dot', multivector_config: null } },
    })
    const three = [
      [1, 2, 3, 0],
      [3, 3, 3, 0],
      [4, 5, 6, 0],
    ]
    await collection.upsert([
      { id: 1, vector: { colbert: three, dense: [1, 0] }, payload: { n: 1, of: { x: 1, y: 2 } } },
      { id: 2, vector: { colbert: [[1, 2, 3, 4]], dense: Float32Array.of(0, 1) }, payload: { n: 2 } },
      {
        id: UUID.toUpperCase(),
        vector: { colbert: { data: Float32Array.of(0.5, 0.5, 0.5, 0.5), dim: 4 } },
        payload: { n: 3 },
      },
    ])
    return collection
  }

  describe('queries', () => {
    const query = [[1.5, 1, 1, 0]]
    const options: readonly (readonly [string, QueryOptions, readonly PointId[]])[] = [
      ['return a page', { offset: 1, limit: 1 }, [2]],
      ['return nothing from an offset beyond the end', { offset: 5 }, []],
      ['return scores above a threshold', { score_threshold: 6 }, [1, 2]],
      ['return no score that equals the threshold', { score_threshold: 6.5 }, [1]],
      ['filter by a payload value', { filter: { must: [{ key: 'n', match: { value: 2 } }] } }, [2]],
      ['filter by id', { filter: { must: [{ has_id: [2, UUID] }] } }, [2, UUID]],
      ['exclude by a filter', { filter: { must_not: [{ key: 'n', range: { lt: 3 } }] } }, [UUID]],
      ['filter by a nested value', { filter: { must: [{ key: 'of.y', match: { value: 2 } }] } }, [1]],
      ['filter by a missing value', { filter: { must: [{ is_empty: { key: 'of' } }] } }, [2, UUID]],
      ['accept search parameters', { params: { exact: true }, limit: 1 }, [1]],
      ['score the results of a prefetch', { prefetch: { query: [0, 1], using: 'dense', limit: 1 } }, [2]],
      [
        'score the points that pass the filter of a prefetch',
        { prefetch: { filter: { must: [{ has_id: [1, 2] }] }, limit: 2 } },
        [1, 2],
      ],
      [
        'score the results of several prefetches',
        {
          prefetch: [
            { query: [0, 1], using: 'dense', limit: 1 },
            { query: [[0, 0, 0, -1]], using: 'colbert', limit: 1 },
          ],
        },
        [1, 2],
      ],
      [
        'run nested prefetches',
        {
          prefetch: {
            query: [1, 1],
            using: 'dense',
            limit: 1,
            prefetch: { query: [[0, 0, 0, 1]], using: 'colbert', limit: 1 },
          },
        },
        [2],
      ],
      [
        'apply their filter to prefetches too',
        {
          filter: { must: [{ key: 'n', match: { value: 2 } }] },
          prefetch: { query: [1, 0], using: 'dense', limit: 1 },
        },
        [2],
      ],
    ]
    it.each(options)('%s', async (_, more, ids) => {
      const collection = await filled()
      expect(idsOf(await collection.query(query, { using: 'colbert', ...more }))).toEqual(ids)
    })

    it('return all points for a limit beyond their number, and none from an empty collection', async () => {
      const collection = await filled()
      expect(idsOf(await collection.query(query, { using: 'colbert', limit: 1000 }))).toEqual([1, 2, UUID])
      const empty = await make({ vectors: { colbert } })
      expect(await empty.query(query)).toEqual([])
    })

    it('return scores, payloads and vectors, or selected parts', async () => {
      const collection = await filled()
      const all = await collection.query(query, {
        using: 'colbert',
        with_payload: true,
        with_vector: ['dense'],
      })
      expect(all.map(({ id, score, payload, vector }) => [id, score, payload, vector])).toEqual([
        [1, 17, { n: 1, of: { x: 1, y: 2 } }, { dense: Float32Array.of(1, 0) }],
        [2, 6.5, { n: 2 }, { dense: Float32Array.of(0, 1) }],
        [UUID, 1.75, { n: 3 }, {}],
      ])
      const [named] = await collection.query(query, { limit: 1, using: 'colbert', with_payload: ['of.x'] })
      expect(named?.payload).toEqual({ of: { x: 1 } })
      const [bare] = await collection.query(query, { limit: 1, using: 'colbert' })
      expect(Object.keys(bare!).sort()).toEqual(['id', 'score', 'version'])
    })

    it.runIf(byId)('take the id of a point, which is not a result itself', async () => {
      const collection = await filled()
      const hits = await collection.query(2, { using: 'colbert' })
      expect(hits.map(({ id, score }) => [id, score])).toEqual([
        [1, 32],
        [UUID, 5],
      ])
      // [0.5, 0.5, 0.5, 0.5], in a spelling of the id that a server does not return
      const likeUuid = await collection.query(`urn:uuid:${UUID.toUpperCase()}`, { using: 'colbert' })
      expect(likeUuid.map(({ id, score }) => [id, score])).toEqual([
        [1, 7.5],
        [2, 5],
      ])
    })

    it('run in batches, each with its own options', async () => {
      const collection = await filled()
      const [first, second] = await collection.queryBatch([
        { query: [[1, 0, 0, 0]], using: 'colbert', limit: 1 },
        { query: [0, 1], using: 'dense', with_payload: ['n'] },
      ])
      expect(idsOf(first!)).toEqual([1])
      expect(second![0]).toMatchObject({ id: 2, score: 1, payload: { n: 2 } })
    })

    it('fuse the rankings of prefetches', async () => {
      const collection = await filled()
      const hits = await collection.query(
        { fusion: 'rrf' },
        {
          prefetch: [
            { query: [[1, 1, 1, 1]], using: 'colbert', limit: 3 },
            { query: [0, 1], using: 'dense', limit: 1 },
          ],
        },
      )
      const third = Math.fround(1 / 3)
      expect(hits.map(({ id, score }) => [id, score])).toEqual([
        [2, Math.fround(0.5 + third)],
        [1, 0.5],
        [UUID, 0.25],
      ])
    })
  })

  describe('points', () => {
    it('are retrieved, scrolled, counted and deleted', async () => {
      const collection = await filled()
      const points = await collection.retrieve([2, UUID, 99, 2], { with_vector: true })
      expect(idsOf(points)).toHaveLength(2)
      const second: StoredPoint = {
        id: 2,
        payload: { n: 2 },
        vector: { colbert: { data: Float32Array.of(1, 2, 3, 4), dim: 4 }, dense: Float32Array.of(0, 1) },
      }
      expect(points.find(({ id }) => id === 2)).toEqual(second)
      const seen: PointId[] = []
      for await (const { id } of collection.scroll({ batchPoints: 1 })) seen.push(id)
      expect(seen).toEqual([1, 2, UUID])
      const filter = { must: [{ key: 'n', range: { gte: 2 } }] }
      const filtered: PointId[] = []
      for await (const { id } of collection.scroll({ filter, batchPoints: 1 })) filtered.push(id)
      expect(filtered).toEqual([2, UUID])
      expect(await collection.count(filter)).toBe(2)
      await collection.delete([UUID])
      await collection.delete({ must: [{ key: 'n', match: { value: 2 } }] })
      expect(await collection.count()).toBe(1)
    })

    it('change their version whenever they change', async () => {
      const collection = await filled()
      const versionOf = async () =>
        (await collection.query([[1, 1, 1, 1]], { limit: 1, using: 'colbert' }))[0]?.version
      const before = await versionOf()
      await collection.upsert([{ id: 1, vector: { colbert: [[9, 9, 9, 9]] } }])
      expect(await versionOf()).not.toBe(before)
      // the point was replaced as a whole, with its payload and its other vector
      const [point] = await collection.retrieve([1], { with_vector: true })
      expect(point).toEqual({
        id: 1,
        payload: {},
        vector: { colbert: { data: Float32Array.of(9, 9, 9, 9), dim: 4 } },
      })
    })

    it('store uint8 rows as Qdrant does: truncated, and clamped to 0 ... 255', async () => {
      const collection = await make({ vectors: { colbert: { ...colbert, datatype: 'uint8' } } })
      const rows = [
        [1.81, 256.19, -3, 254.9],
        [1, 2, 3, 4],
      ]
      await collection.upsert([{ id: 1, vector: { colbert: rows } }])
      const [point] = await collection.retrieve([1], { with_vector: true })
      expect(point?.vector?.colbert).toEqual({ data: Float32Array.of(1, 255, 0, 254, 1, 2, 3, 4), dim: 4 })
    })

    it('of float16 have numbers up to those that round to its largest', async () => {
      const collection = await make({ vectors: { colbert: { ...colbert, datatype: 'float16' } } })
      await collection.upsert([{ id: 1, vector: { colbert: [[65_504, 65_519, -65_519, 0]] } }])
      const [point] = await collection.retrieve([1], { with_vector: true })
      expect(point?.vector?.colbert).toEqual({ data: Float32Array.of(65_504, 65_504, -65_504, 0), dim: 4 })
    })

    it('are taken from any iterable', async () => {
      const collection = await make({ vectors: { colbert } })
      async function* points() {
        for (let id = 0; id < 5; id++) yield { id, vector: { colbert: [[id, 0.5, 0, 0]] } }
      }
      expect((await collection.upsert(points())).points).toBe(5)
      expect((await collection.upsert([])).points).toBe(0)
      expect(await collection.count()).toBe(5)
    })
  })

  describe('refuses', () => {
    const refusedVectors: readonly (readonly [string, unknown, string | RegExp, CommonDatatype?])[] = [
      [
        'a document without rows',
        [],
        '"point 7.vector.colbert" expected at least one row, got none; omit multi-vectors without rows',
      ],
      [
        'an empty row',
        [[]],
        '"point 7.vector.colbert[0]" expected 4 numbers, got 0; all rows have the same dim',
      ],
      [
        'ragged rows',
        [
          [1, 2, 3, 4],
          [1, 2, 3],
        ],
        '"point 7.vector.colbert[1]" expected 4 numbers, got 3; all rows have the same dim',
      ],
      ['null in a row', [[1, null, 3, 4]], '"point 7.vector.colbert[0][1]" expected a number, got null'],
      ['a string in a row', [[1, '2', 3, 4]], '"point 7.vector.colbert[0][1]" expected a number, got string'],
      [
        'NaN',
        [
          [1, 2, 3, 4],
          [1, Number.NaN, 3, 4],
        ],
        '"point 7.vector.colbert[1][1]" expected a finite number, got NaN; check the encoder that made it',
      ],
      [
        'a number beyond f32',
        [[1e39, 0, 0, 0]],
        '"point 7.vector.colbert[0][0]" expected a number that f32 holds (up to 3.4e38), got 1e+39; scale the rows down',
      ],
      [
        'a sparse vector',
        { indices: [1], values: [1] },
        '"point 7.vector.colbert" expected rows of 4 numbers, got a sparse vector',
      ],
      [
        'a number that float16 rounds to infinity',
        [
          [1, 2, 3, 4],
          [1, 2, 65_520, 4],
        ],
        /^"point 7\.vector\.colbert".* (float16|f16) holds \(up to 65504\), got 65520; /,
        'float16',
      ],
    ]
    const refusals = refusedVectors.map(([name, vector, message, datatype = 'float32']) => {
      return { name, vector, message, datatype }
    })
    it.each(refusals)('$name, and stores nothing', async ({ vector, message, datatype }) => {
      const collection = await make({ vectors: { colbert: { ...colbert, datatype } } })
      const point = { id: 7, vector: { colbert: vector as VectorInput } }
      await expect(collection.upsert([point])).rejects.toThrow(message)
      expect(await collection.count()).toBe(0)
    })

    it('values that are not points, ids, known vectors or payloads', async () => {
      const collection = await make({ vectors: { colbert } })
      const cycle: Record<string, unknown> = {}
      cycle.self = cycle
      const rows = { colbert: [[1, 2, 3, 4]] }
      const cases: readonly (readonly [unknown, string])[] = [
        [7, '"points" expected points { id, vector, payload }, got number among them'],
        [
          { id: 7, vector: { nope: [[1, 2, 3, 4]] } },
          '"point 7.vector": the collection has no vector "nope"; it has "colbert"',
        ],
        [
          { id: 7, vector: [[1, 2, 3, 4]] },
          '"point 7.vector" expected an object with vectors by name ("colbert"), got array',
        ],
        [
          { id: 7, vector: { data: Float32Array.of(1, 2, 3, 4), dim: 4 } },
          '"point 7.vector" expected an object with vectors by name ("colbert"), got object',
        ],
        [
          { id: 'abc', vector: rows },
          '"point.id" expected a whole number or a UUID, got "abc"; put other names into the payload',
        ],
        [
          { id: -1, vector: rows },
          '"point.id" expected a whole number from 0 to 9007199254740991 or a UUID, got -1; use a bigint or a UUID for a larger number',
        ],
        [{ id: 7, vector: rows, payload: [1] }, '"point 7.payload" expected an object, got array'],
        [{ id: 7, vector: rows, payload: cycle }, '"point 7.payload" cannot be written as JSON: '],
      ]
      for (const [point, message] of cases) {
        await expect(collection.upsert([point as Point]), message).rejects.toThrow(message)
      }
      await expect(collection.upsert(7 as never)).rejects.toThrow(
        '"points" expected an iterable or async iterable of points, got number',
      )
      expect(await collection.count()).toBe(0)
    })

    it('invalid queries', async () => {
      const collection = await make({ vectors: { colbert } })
      const query = [[1, 2, 3, 4]]
      const notRows =
        'expected rows, the id of a point (a whole number or a UUID) or { text }, got "dog"; ' +
        'a text is { text }, and an "encoder" makes rows of it'
      const cases: readonly (readonly [Query, QueryOptions, string])[] = [
        [[], {}, '"query" expected at least one row, got none; omit multi-vectors without rows'],
        ['dog', {}, `"query" ${notRows}`],
        [{ nearest: 'dog' }, {}, `"query.nearest" ${notRows}`],
        [query, { prefetch: [{ query }, { query: 'dog' }] }, `"prefetch[1].query" ${notRows}`],
        [[[1, 2, null, 4]] as never, {}, '"query[0][2]" expected a number, got null'],
        [
          query,
          { prefetch: { query: [[1, 2, Number.NaN, 4]] } },
          '"prefetch.query[0][2]" expected a finite number, got NaN',
        ],
        [
          [[1, 2, 3, 4], null] as never,
          {},
          '"query[1]" expected an array of numbers or a typed array, got null',
        ],
        [[[1, 2, 3]], {}, '"query[0]" expected 4 numbers, got 3; all rows have the same dim'],
        [query, { limit: 0 }, '"limit" expected a whole number of at least 1, got 0'],
        [query, { offset: -1 }, '"offset" expected a whole number of at least 0, got -1'],
        [query, { score_threshold: Number.NaN }, '"score_threshold" expected a finite number, got NaN'],
        [
          query,
          { using: 'nope' },
          '"using" expected a dense or multi-vector of the collection ("colbert"), got "nope"',
        ],
        [
          query,
          { with_vectors: true } as QueryOptions,
          'unknown option "options.with_vectors"; valid options of a query: filter, params,',
        ],
        [
          query,
          { prefetch: { query, limit: 0 } },
          '"prefetch.limit" expected a whole number of at least 1, got 0',
        ],
      ]
      for (const [query, options, message] of cases) {
        await expect(collection.query(query, options), message).rejects.toThrow(message)
        const inBatch = message.replace(/"(options\.)?/, '"queries[1].')
        await expect(
          collection.queryBatch([{ query: [[1, 2, 3, 4]] }, { query, ...options }]),
        ).rejects.toThrow(inBatch)
      }
      await expect(collection.delete({})).rejects.toThrow(
        '"which" expected an array of ids or a filter with conditions, got object',
      )
      await expect(collection.delete(new Map() as never)).rejects.toThrow(
        '"which" expected an array of ids or a filter with conditions, got Map',
      )
      await expect(collection.retrieve(['x'])).rejects.toThrow(
        '"ids[0]" expected a whole number or a UUID, got "x"',
      )
    })

    it('no integer beyond 2^53 in an id or a payload, and reads it as a bigint', async () => {
      const collection = await make({ vectors: { colbert } })
      const tweet = 1152921504606846977n
      const points = [
        {
          id: 18446744073709551615n,
          vector: { colbert: [[1, 0, 0, 0]] },
          payload: { tweet, list: [tweet + 1n, 5] },
        },
        { id: 9007199254740993n, vector: { colbert: [[2, 0, 0, 0]] }, payload: { tweet: -tweet } },
        { id: 9007199254740991n, vector: { colbert: [[3, 0, 0, 0]] }, payload: { tweet: 7n } },
        { id: 3, vector: { colbert: [[4, 0, 0, 0]] }, payload: { tweet: 7 } },
      ]
      await collection.upsert(points)
      const stored = [
        { id: 3, payload: { tweet: 7 } },
        { id: 9007199254740991, payload: { tweet: 7 } },
        { id: 9007199254740993n, payload: { tweet: -tweet } },
        { id: 18446744073709551615n, payload: { tweet, list: [tweet + 1n, 5] } },
      ]
      for (const with_vector of [false, true]) {
        const scrolled: unknown[] = []
        for await (const { id, payload } of collection.scroll({ with_vector, batchPoints: 2 }))
          scrolled.push({ id, payload })
        expect(scrolled).toEqual(stored)
        const ids = points.map(({ id }) => id)
        const retrieved = await collection.retrieve(ids, { with_vector })
        expect(retrieved.map(({ id, payload }) => ({ id, payload }))).toEqual(expect.arrayContaining(stored))
        const hits = await collection.query([[1, 0, 0, 0]], { with_payload: true, with_vector })
        expect(hits.map(({ id, payload }) => ({ id, payload }))).toEqual(stored)
      }
      if (byId) expect(await collection.query(18446744073709551615n, { limit: 1 })).toMatchObject([{ id: 3 }])
      expect(await collection.upsert(points, { resume: 'skip' })).toMatchObject({ points: 0, skipped: 4 })
      const count = (filter: object) => collection.count(filter)
      expect(await count({ must: [{ has_id: [9007199254740993n, 3n] }] })).toBe(2)
      expect(await count({ must: [{ key: 'tweet', match: { value: tweet } }] })).toBe(1)
      expect(await count({ must: [{ key: 'tweet', match: { any: [tweet, -tweet, 7n] } }] })).toBe(4)
      expect(await count({ must: [{ key: 'tweet', range: { gt: 7 } }] })).toBe(1)
      await collection.delete([18446744073709551615n, 9007199254740991n])
      expect(await collection.count()).toBe(2)
      for (const id of [-1n, 2n ** 64n]) {
        await expect(collection.retrieve([id])).rejects.toThrow(
          `"ids[0]" expected a whole number from 0 to 18446744073709551615 or a UUID, got ${id}`,
        )
      }
    })

    it('a deletion by a filter without a condition that could leave a point out', async () => {
      const collection = await make({ vectors: { colbert } })
      const points = [1, 2, 3].map(id => ({ id, vector: { colbert: [[id, 0, 0, 0]] }, payload: { n: id } }))
      await collection.upsert(points)
      const everything: readonly object[] = [
        { must: [] },
        { should: [] },
        { must_not: [] },
        { must: undefined },
        { must: null },
        { min_should: null },
        { must: {} },
        { must: [{}] },
        { must: [{ must: [] }, { should: [{}] }] },
        { must: [{ must: [{ should: [] }] }], should: [] },
        { should: [{ key: 'n', match: { value: 1 } }, {}] },
        { must_not: [{ has_id: [] }] },
        { must_not: [{ key: 'n', match: { any: [] } }] },
        { must_not: [{ must_not: [{}] }] },
        { must: [{ key: 'n', match: { except: [] } }] },
        { must: [{ key: 'n', range: {} }] },
        { must: [{ key: 'n', range: { gte: undefined } }] },
        { must: [{ key: 'n', range: { gte: null, lt: undefined } }] },
        { must: [{ nested: { key: 'a', filter: {} } }] },
        { must_not: [{ min_should: { conditions: [{ has_id: [] }, { has_id: [1] }], min_count: 2 } }] },
        { min_should: { conditions: [], min_count: 0 } },
        { min_should: { conditions: [{ key: 'n', match: { value: 1 } }], min_count: 0 } },
        { min_should: { conditions: [{ key: 'n', match: { value: 1 } }, {}], min_count: 1 } },
      ]
      for (const filter of everything) {
        await expect(collection.delete(filter), JSON.stringify(filter)).rejects.toThrow(
          /^"which" expected an array of ids or a filter with conditions, got a filter that selects every point; to remove all/,
        )
      }
      expect(await collection.count()).toBe(3)
      // reads with such a filter find every point
      expect(await collection.count({ must: [] })).toBe(3)
    })

    it('no deletion by a filter with a condition', async () => {
      const collection = await make({ vectors: { colbert } })
      const points = [1, 2, 3].map(id => ({ id, vector: { colbert: [[id, 0, 0, 0]] }, payload: { n: id } }))
      const deletions: readonly (readonly [filter: object, left: number])[] = [
        [{ must: [{ has_id: [] }] }, 3],
        [{ must: { has_id: [1, 2] } }, 1],
        [{ must: [{ key: 'n', match: { any: [] } }] }, 3],
        [{ must: [{ key: 'n', match: { value: 2 } }], should: [] }, 2],
        [{ should: [{ has_id: [1] }, { has_id: [] }] }, 2],
        [{ must_not: [{ key: 'n', match: { value: 2 } }] }, 1],
        [{ must_not: [{}] }, 3],
        [{ must_not: [{ min_should: { conditions: [{ has_id: [1] }], min_count: 1 } }] }, 1],
        [{ must: [{ key: 'n', range: { gte: 2, lt: undefined } }] }, 1],
        [{ min_should: { conditions: [{ has_id: [1] }, { has_id: [2] }], min_count: 1 } }, 1],
        [{ min_should: { conditions: [{ has_id: [1] }, { has_id: [] }], min_count: 2 } }, 3],
      ]
      for (const [filter, left] of deletions) {
        await collection.upsert(points)
        await collection.delete(filter)
        expect(await collection.count(), JSON.stringify(filter)).toBe(left)
      }
    })

    const misspelled: readonly (readonly [
      string,
      (collection: AnyCollection, options: object) => Promise<unknown>,
    ])[] = [
      ['upsert', (collection, options) => collection.upsert([], options)],
      ['a query', (collection, options) => collection.query([[1, 2, 3, 4]], options)],
      ['retrieve', (collection, options) => collection.retrieve([1], options)],
      ['scroll', async (collection, options) => collection.scroll(options)[Symbol.asyncIterator]().next()],
      ['delete', (collection, options) => collection.delete([1], options)],
      ['count', (collection, options) => collection.count(undefined, options)],
    ]
    it.each(misspelled)('unknown options of %s, and options that are not an object', async (name, call) => {
      const collection = await make({ vectors: { colbert } })
      await expect(call(collection, { sigal: undefined })).rejects.toThrow(
        new RegExp(`^unknown option "options\\.sigal"; valid options of ${name}: (\\w+, )*signal`),
      )
      await expect(call(collection, [] as object)).rejects.toThrow(
        `"options" expected an object, got array; valid options of ${name}: `,
      )
    })

    it('options with a wrong type or value', async () => {
      const collection = await make({ vectors: { colbert } })
      await expect(collection.upsert([], { resume: 'never' })).rejects.toThrow(
        '"resume" expected one of skip, overwrite, got "never"',
      )
      await expect(collection.upsert([], { batchPoints: 0 })).rejects.toThrow(
        '"batchPoints" expected a whole number of at least 1, got 0',
      )
      for (const batchPoints of [0, 0.5]) {
        await expect(collection.scroll({ batchPoints })[Symbol.asyncIterator]().next()).rejects.toThrow(
          `"batchPoints" expected a whole number of at least 1, got ${batchPoints}`,
        )
      }
      const selections: readonly (readonly [object, string])[] = [
        [
          { with_payload: 'title' },
          '"with_payload" expected true, false, an array of paths, { include } or { exclude }, got string',
        ],
        [{ with_payload: {} }, '{ include } or { exclude }, got object'],
        [
          { with_payload: { include: ['a'], exclude: ['b'] } },
          '{ include } or { exclude }, got { include, exclude }',
        ],
        [{ with_payload: { only: ['a'] } }, '{ include } or { exclude }, got { only }'],
        [{ with_payload: null }, '{ include } or { exclude }, got null'],
        [{ with_payload: ['a', 1] }, '"with_payload[1]" expected a path, got number'],
        [{ with_payload: ['a', 'b['] }, '"with_payload[1]" expected a path such as city, '],
        [{ with_payload: { exclude: 'a' } }, '"with_payload.exclude" expected an array of paths, got string'],
        [{ with_payload: { include: ['a b'] } }, '"with_payload.include[0]" expected a path such as city, '],
        [
          { with_vector: { include: ['colbert'] } },
          '"with_vector" expected true, false or an array of names, got object',
        ],
      ]
      for (const [options, message] of selections) {
        await expect(collection.query([[1, 2, 3, 4]], options), message).rejects.toThrow(message)
        await expect(collection.retrieve([1], options), message).rejects.toThrow(message)
      }
    })
  })

  describe('texts', () => {
    const rows = (text: string): FlatMultiVector => ({ data: Float32Array.of(text.length, 1, 0, 0), dim: 4 })
    const receivedOptions: unknown[] = []
    const encoder = {
      query(text: string, options?: object) {
        receivedOptions.push(options)
        return rows(text)
      },
      async documents(texts: readonly string[], options?: object) {
        receivedOptions.push(options)
        return texts.map(rows)
      },
    }
    const points = (model?: string) =>
      ['a', 'bbb', 'cc'].map((text, id) => ({ id, vector: { colbert: { text, model } } }))

    it('are embedded in points, queries and prefetches at any depth', async () => {
      const collection = await make({ vectors: { colbert } }, encoder)
      await collection.upsert(points('any'))
      expect(idsOf(await collection.query({ text: 'x', model: 'any' }))).toEqual([1, 2, 0])
      const query = { text: 'x' }
      const staged = await collection.query(
        { nearest: query },
        { prefetch: { query: { nearest: query }, limit: 2, prefetch: [{ query, limit: 3 }] } },
      )
      expect(idsOf(staged)).toEqual([1, 2])
    })

    it('are embedded with the signal of the call', async () => {
      const collection = await make({ vectors: { colbert } }, encoder)
      const { signal } = new AbortController()
      receivedOptions.length = 0
      await collection.upsert(points(), { signal })
      await collection.query({ text: 'x' }, { signal, prefetch: { query: { text: 'x' } } })
      await collection.rerank({ text: 'x' }, { signal, prefetch: { query: { text: 'x' } } })
      expect(receivedOptions).toEqual(Array(5).fill({ signal }))
    })

    it('are refused if they name another model than the encoder', async () => {
      const collection = await make({ vectors: { colbert } }, { ...encoder, model: 'some/ColBERT' })
      const refusal = (path: string) =>
        `"${path}.model" expected "some/ColBERT", the model of the encoder, got "other"; omit "model", or use an encoder of that model`
      await expect(collection.upsert(points('other'))).rejects.toThrow(refusal('point 0.vector.colbert'))
      expect(await collection.count()).toBe(0)
      // names on the hub are not case-sensitive
      await collection.upsert(points('SOME/colbert'))
      expect(await collection.count()).toBe(3)
      const query = { text: 'x', model: 'other' }
      await expect(collection.query(query)).rejects.toThrow(refusal('query'))
      await expect(collection.query({ nearest: query })).rejects.toThrow(refusal('query.nearest'))
      await expect(collection.query({ text: 'x' }, { prefetch: [{ query }] })).rejects.toThrow(
        refusal('prefetch[0].query'),
      )
      expect(idsOf(await collection.query({ text: 'x', model: 'some/ColBERT' }))).toEqual([1, 2, 0])
    })
  })
}
