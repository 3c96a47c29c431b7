// Cases for every collection: sparse vectors, alone and beside multi-vectors, and the fusion of their rankings.

import { describe, expect, it } from 'vitest'
import type { Filter, Hit, Point, SparseVector, StoredVector } from '../../src/collection/collection.js'
import type { QueryOptions } from '../../src/collection/search-options.js'
import { createBm25Encoder } from '../../src/encode/index.js'
import { between, type Random, random } from '../support/random.js'
import type { AnyCollection, Make } from './collection.cases.js'

const UUID = '5c56c793-69f3-4fbf-87e6-c4bf54c28c26'
const colbert = { size: 2, distance: 'Dot' } as const

/** Ids and scores, by id where scores are equal. */
const scoresOf = (hits: readonly Hit[]) =>
  hits
    .map(({ id, score }) => [id, score] as const)
    .sort(([a, scoreA], [b, scoreB]) => scoreB - scoreA || (String(a) < String(b) ? -1 : 1))

/** A stored sparse vector with its dimensions in order: a server keeps the order in which they were given. */
function ordered(vector: StoredVector | undefined): unknown {
  if (!vector || !('indices' in vector)) return vector
  const order = [...vector.indices.keys()].sort((a, b) => vector.indices[a]! - vector.indices[b]!)
  return { indices: order.map(k => vector.indices[k]), values: order.map(k => vector.values[k]) }
}

/** Values of which sums are exact in f32, in any order. */
function randomSparse(next: Random, dimensions: number, signs = false): SparseVector {
  const indices = new Set<number>()
  const count = between(next, 1, 6)
  while (indices.size < count) indices.add(Math.floor(dimensions * next() ** 2))
  const value = () => (between(next, 1, 64) / 16) * (signs && next() < 0.3 ? -1 : 1)
  return { indices: [...indices], values: [...indices].map(value) }
}

const dot = (a: SparseVector, b: SparseVector): number | undefined => {
  const common = a.indices.filter(index => b.indices.includes(index))
  if (common.length === 0) return undefined
  const at = ({ indices, values }: SparseVector, index: number) => values[indices.indexOf(index)]!
  return common.reduce((sum, index) => sum + at(a, index) * at(b, index), 0)
}

/** @param hasIds whether the collection can be queried by the id of a point */
export function sparseCases(make: Make, hasIds = true): void {
  const vectors = { colbert }
  const sparse_vectors = { words: {}, rare: { modifier: 'idf' } } as const

  async function storedWords(collection: AnyCollection, ids: readonly (number | string)[]) {
    const points = await collection.retrieve(ids, { with_vector: true })
    const byId = new Map(points.map(({ id, vector }) => [id, ordered(vector?.words)]))
    return ids.map(id => byId.get(id))
  }

  describe('sparse vectors', () => {
    it('are stored, also without dimensions, and read by name', async () => {
      const collection = await make({ vectors, sparse_vectors })
      await collection.upsert([
        { id: 1, vector: { words: { indices: [7, 0, 0xffffffff], values: [0.5, -1.25, 3] } } },
        { id: 2, vector: { words: { indices: [], values: [] }, colbert: [[1, 2]] } },
        { id: UUID, vector: { colbert: [[3, 4]] } },
      ])
      expect(await storedWords(collection, [1, 2, UUID])).toEqual([
        { indices: [0, 7, 0xffffffff], values: [-1.25, 0.5, 3] },
        { indices: [], values: [] },
        undefined,
      ])
      const [point] = await collection.retrieve([1], { with_vector: ['words'], with_payload: false })
      expect(Object.keys(point!.vector!)).toEqual(['words'])
      expect(collection.config.sparse_vectors).toMatchObject({ words: {}, rare: { modifier: 'idf' } })
    })

    it('are found by their dot products, without those that have no dimension in common', async () => {
      const collection = await make({ vectors: {}, sparse_vectors })
      await collection.upsert([
        { id: 1, vector: { words: { indices: [1, 5], values: [2, 3] } } },
        { id: 2, vector: { words: { indices: [5], values: [-4] } } },
        { id: 3, vector: { words: { indices: [2], values: [9] } } },
        { id: 4, vector: { words: { indices: [], values: [] } } },
      ])
      const query = { indices: [5, 1], values: [2, 0.5] }
      expect(scoresOf(await collection.query(query, { using: 'words' }))).toEqual([
        [1, 7],
        [2, -8],
      ])
      expect(scoresOf(await collection.query({ nearest: query }, { using: 'words', limit: 1 }))).toEqual([
        [1, 7],
      ])
      expect(scoresOf(await collection.query(query, { using: 'words', score_threshold: 0 }))).toEqual([
        [1, 7],
      ])
      expect(await collection.query({ indices: [], values: [] }, { using: 'words' })).toEqual([])
      expect(await collection.query({ indices: [77], values: [1] }, { using: 'words' })).toEqual([])
      expect(await collection.query(query, { using: 'rare' })).toEqual([])
    })

    it.each([false, true])('are ranked as brute force ranks them (negative values: %s)', async signs => {
      const next = random(signs ? 31 : 30)
      const points = Array.from({ length: 300 }, (_, id) => ({
        id,
        vector: { words: randomSparse(next, 40, signs) },
        payload: { group: id % 7 },
      }))
      const collection = await make({ vectors: {}, sparse_vectors })
      await collection.upsert(points)
      await collection.delete([3, 44, 199])
      const left = points.filter(({ id }) => ![3, 44, 199].includes(id))
      for (let trial = 0; trial < 12; trial++) {
        const query = randomSparse(next, 40, signs)
        const filter = trial % 3 === 2 ? { must: [{ key: 'group', match: { value: trial % 7 } }] } : undefined
        const options = { using: 'words', limit: 1_000, ...(filter && { filter }) }
        const hits = scoresOf(await collection.query(query, options))
        const expected = left
          .filter(({ payload }) => !filter || payload.group === trial % 7)
          .flatMap(({ id, vector }) => {
            const score = dot(vector.words, query)
            // whether points with a sum of 0 are found depends on the segment of a server
            return score === undefined || score === 0 ? [] : [{ id, score, version: 0 }]
          })
        expect(hits.filter(([, score]) => score !== 0)).toEqual(scoresOf(expected))
        const top = await collection.query(query, { ...options, limit: 5 })
        expect(top.map(({ score }) => score)).toEqual(hits.slice(0, 5).map(([, score]) => score))
      }
    })

    it('are replaced, set and removed with the points', async () => {
      const collection = await make({ vectors, sparse_vectors })
      const words = (index: number): SparseVector => ({ indices: [index], values: [1] })
      await collection.upsert([1, 2, 3].map(id => ({ id, vector: { words: words(1), colbert: [[id, 0]] } })))
      await collection.upsert([{ id: 1, vector: { words: words(2) } }])
      await collection.updateVectors([{ id: 2, vector: { words: words(2) } }])
      await collection.deleteVectors([3], ['words'])
      await collection.setPayload([2], { kept: true })
      const found = async (index: number) =>
        scoresOf(await collection.query(words(index), { using: 'words' })).map(([id]) => id)
      expect([await found(1), await found(2)]).toEqual([[], [1, 2]])
      expect(await storedWords(collection, [1, 2, 3])).toEqual([words(2), words(2), undefined])
      await collection.upsert([{ id: 3, vector: { words: { indices: [], values: [] } } }])
      expect(await storedWords(collection, [3])).toEqual([{ indices: [], values: [] }])
      await collection.delete([2])
      expect(await found(2)).toEqual([1])
    })

    it.runIf(hasIds)('of a point are a query, without the point', async () => {
      const collection = await make({ vectors: {}, sparse_vectors })
      await collection.upsert([
        { id: 1, vector: { words: { indices: [1, 2], values: [1, 2] } } },
        { id: 2, vector: { words: { indices: [2], values: [3] } } },
        { id: 3, vector: { rare: { indices: [2], values: [3] } } },
      ])
      expect(scoresOf(await collection.query(1, { using: 'words' }))).toEqual([[2, 6]])
      expect(scoresOf(await collection.query({ nearest: 1 }, { using: 'words' }))).toEqual([[2, 6]])
      await expect(collection.query(3, { using: 'words' })).rejects.toThrow()
    })

    it.runIf(hasIds)('are found in groups', async () => {
      const collection = await make({ vectors: {}, sparse_vectors })
      await collection.upsert(
        [5, 4, 3, 2, 1].map((value, id) => ({
          id,
          vector: { words: { indices: [1], values: [value] } },
          payload: { kind: id % 2 },
        })),
      )
      const groups = await collection.queryGroups(
        { indices: [1], values: [1] },
        { using: 'words', group_by: 'kind', group_size: 2 },
      )
      expect(groups.map(({ id, hits }) => [id, hits.map(hit => hit.id)])).toEqual([
        [0, [0, 2]],
        [1, [1, 3]],
      ])
    })

    it('count by how rare a dimension is, with the modifier idf', async () => {
      const collection = await make({ vectors: {}, sparse_vectors })
      const rare = [[1, 2], [1, 3], [1], [2, 1], [4], []]
      await collection.upsert(
        rare.map((indices, id) => ({ id, vector: { rare: { indices, values: indices.map(() => 1) } } })),
      )
      const idf = (df: number) => Math.log(1 + (5 - df + 0.5) / (df + 0.5))
      const hits = await collection.query({ indices: [1, 2, 3], values: [1, 2, 1] }, { using: 'rare' })
      const expected: readonly (readonly [number, number])[] = [
        [0, idf(4) + 2 * idf(2)],
        [1, idf(4) + idf(1)],
        [2, idf(4)],
        [3, idf(4) + 2 * idf(2)],
      ]
      expect(hits).toHaveLength(4)
      for (const [id, score] of expected) expect(hits.find(hit => hit.id === id)!.score).toBeCloseTo(score, 5)
    })

    it('are refused with what is wrong about them', async () => {
      const collection = await make({ vectors, sparse_vectors })
      const wrong: readonly (readonly [value: unknown, error: string])[] = [
        [[[1, 2]], '"point 1.vector.words" expected { indices, values }'],
        [
          { indices: [1, 1], values: [1, 2] },
          '"point 1.vector.words.indices[1]" expected a whole number that occurs once',
        ],
        [{ indices: [-1], values: [1] }, '"point 1.vector.words.indices[0]" expected a whole number'],
        [{ indices: [1.5], values: [1] }, '"point 1.vector.words.indices[0]" expected a whole number'],
        [{ indices: [2 ** 32], values: [1] }, '"point 1.vector.words.indices[0]" expected a whole number'],
        [
          { indices: [1], values: [] },
          '"point 1.vector.words" expected as many values as indices, got 0 and 1',
        ],
        [{ indices: [1], values: [Number.NaN] }, '"point 1.vector.words.values[0]" expected a finite number'],
        [{ indices: [1], values: [1e39] }, '"point 1.vector.words.values[0]" expected a finite number'],
      ]
      for (const [value, error] of wrong) {
        const point = { id: 1, vector: { words: value } } as Point
        await expect(collection.upsert([point]), error).rejects.toThrow(error)
      }
      await expect(
        collection.upsert([{ id: 1, vector: { colbert: { indices: [1], values: [1] } } }]),
      ).rejects.toThrow('"point 1.vector.colbert" expected rows of 2 numbers, got a sparse vector')
      expect(await collection.count()).toBe(0)
      const query = { indices: [1], values: [1] }
      await expect(collection.query(query, { using: 'colbert' })).rejects.toThrow('sparse')
      for (const using of ['nope', undefined]) {
        await expect(collection.query(query, { using })).rejects.toThrow(
          `"using" expected a sparse vector of the collection for a sparse query, got ${using}`,
        )
      }
      await expect(collection.query({ indices: [1, 1], values: [1, 1] }, { using: 'words' })).rejects.toThrow(
        '"query.indices[1]" expected a whole number that occurs once, got 1',
      )
      await expect(collection.query([[1, 2]], { using: 'words' })).rejects.toThrow('{ indices, values }')
    })
  })

  describe('fusion', () => {
    /** Points whose rankings by rows and by words differ. */
    async function mixed() {
      const collection = await make({ vectors, sparse_vectors })
      const next = random(8)
      await collection.upsert(
        Array.from({ length: 40 }, (_, id) => ({
          id,
          vector: {
            colbert: [[(7 * id) % 41, 0]],
            words: { indices: [1, 2 + (id % 2)], values: [((11 * id) % 43) + 1, next()] },
          },
          payload: { odd: id % 2 },
        })),
      )
      const prefetch = [
        { query: [[1, 0]], using: 'colbert', limit: 12 },
        { query: { indices: [1], values: [1] }, using: 'words', limit: 12 },
      ]
      /** Ids of each ranking, best first. */
      const rankings = [
        [...Array(40).keys()].sort((a, b) => ((7 * b) % 41) - ((7 * a) % 41)).slice(0, 12),
        [...Array(40).keys()].sort((a, b) => ((11 * b) % 43) - ((11 * a) % 43)).slice(0, 12),
      ]
      return { collection, prefetch, rankings }
    }

    const fused = (
      rankings: readonly (readonly number[])[],
      scoreOf: (list: number, rank: number) => number,
    ) => {
      const scores = new Map<number, number>()
      for (const [list, ranking] of rankings.entries()) {
        for (const [rank, id] of ranking.entries())
          scores.set(id, (scores.get(id) ?? 0) + scoreOf(list, rank))
      }
      return scores
    }

    function expectScores(hits: readonly Hit[], expected: ReadonlyMap<number, number>): void {
      expect(hits).toHaveLength(expected.size)
      for (const { id, score } of hits) expect(score, `point ${id}`).toBeCloseTo(expected.get(Number(id))!, 5)
      expect(hits.map(({ score }) => score)).toEqual(
        [...hits.map(({ score }) => score)].sort((a, b) => b - a),
      )
    }

    it('by rank mixes multi-vectors and sparse vectors, with k and weights', async () => {
      const { collection, prefetch, rankings } = await mixed()
      const options: QueryOptions = { prefetch, limit: 50 }
      const plain = await collection.query({ fusion: 'rrf' }, options)
      expectScores(
        plain,
        fused(rankings, (_, rank) => 1 / (rank + 2)),
      )
      const weights = [3, 0.5]
      const weighted = await collection.query({ rrf: { k: 10, weights } }, options)
      expectScores(
        weighted,
        fused(rankings, (list, rank) => 1 / ((rank + 1) / weights[list]! + 9)),
      )
      const one = await collection.query({ rrf: { weights: [1, 0] } }, options)
      expectScores(
        one,
        fused(rankings, (list, rank) => (list === 0 ? 1 / (rank + 2) : 0)),
      )
      await expect(collection.query({ rrf: { weights: [1] } }, options)).rejects.toThrow('weights')
      const filtered = await collection.query(
        { fusion: 'rrf' },
        { ...options, filter: { must: [{ key: 'odd', match: { value: 0 } }] } },
      )
      expect(filtered.length).toBeGreaterThan(10)
      expect(filtered.every(({ id }) => Number(id) % 2 === 0)).toBe(true)
    })

    it('by score scales each ranking by its mean and deviation', async () => {
      const { collection, prefetch, rankings } = await mixed()
      const hits = await collection.query({ fusion: 'dbsf' }, { prefetch, limit: 50 })
      const values = [rankings[0]!.map(id => (7 * id) % 41), rankings[1]!.map(id => ((11 * id) % 43) + 1)]
      const scaled = values.map(list => {
        const mean = list.reduce((a, b) => a + b) / list.length
        const deviation = Math.sqrt(
          list.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (list.length - 1),
        )
        return list.map(value => (value - mean + 3 * deviation) / (6 * deviation))
      })
      expectScores(
        hits,
        fused(rankings, (list, rank) => scaled[list]![rank]!),
      )
      // a single point, and points with equal scores, count half
      const single = await collection.query({ fusion: 'dbsf' }, { prefetch: [{ ...prefetch[0]!, limit: 1 }] })
      expect(single.map(({ score }) => score)).toEqual([0.5])
    })

    it('of one kind can find the candidates of the other', async () => {
      const { collection, prefetch } = await mixed()
      const ids = [...Array(40).keys()]
      const odd = { must: [{ key: 'odd', match: { value: 1 } }] }
      // a server of several shards finds `limit` candidates in each, so the filter restricts them
      const [byRows, byWords] = prefetch.map(stage => ({ ...stage, limit: 40, filter: odd }))
      const hits = await collection.query([[1, 0]], { using: 'colbert', prefetch: byWords, limit: 50 })
      const oddIds = ids.filter(id => id % 2 === 1)
      expect(hits.map(({ id }) => id)).toEqual(oddIds.toSorted((a, b) => ((7 * b) % 41) - ((7 * a) % 41)))
      const words = { indices: [1], values: [1] }
      const back = await collection.query(words, { using: 'words', prefetch: byRows, limit: 3 })
      expect(back.map(({ id }) => id)).toEqual(
        oddIds.toSorted((a, b) => ((11 * b) % 43) - ((11 * a) % 43)).slice(0, 3),
      )
    })
  })

  describe('texts of sparse vectors', () => {
    const texts = ['The dogs are running in the park', 'A cat sleeps', 'Dogs and cats, cats and dogs', '']

    it('are embedded in points, queries and prefetches', async () => {
      const sparseEncoder = await createBm25Encoder({ avgLen: 4 })
      const collection = await make({ vectors, sparse_vectors }, undefined, sparseEncoder)
      const model = 'qdrant/bm25'
      await collection.upsert(
        texts.map((text, id) => ({ id, vector: { words: { text, model }, rare: { text } } })),
      )
      expect(await storedWords(collection, [0, 1, 2, 3])).toEqual(
        texts.map(text => sparseEncoder.document(text)),
      )
      for (const using of ['words', 'rare']) {
        const byText = await collection.query({ text: 'running dog', model }, { using })
        expect(byText.map(({ id }) => id)).toEqual([0, 2])
        expect(await collection.query(sparseEncoder.query('running dog'), { using })).toEqual(byText)
        expect(
          await collection.query({ nearest: { text: 'running dog', model: 'BM25' } }, { using }),
        ).toEqual(byText)
      }
      const fused = await collection.query(
        { fusion: 'rrf' },
        { prefetch: ['dog', 'cat'].map(text => ({ query: { text, model }, using: 'words' })) },
      )
      expect(fused.map(({ id }) => id).sort()).toEqual([0, 1, 2])
      await collection.updateVectors([{ id: 1, vector: { words: { text: 'a dog' } } }])
      expect(await storedWords(collection, [1])).toEqual([sparseEncoder.document('a dog')])
    })

    it('are refused with another model, and with options', async () => {
      const collection = await make({ vectors, sparse_vectors }, undefined, await createBm25Encoder())
      const wrong = { id: 1, vector: { words: { text: 'x', model: 'other' } } }
      await expect(collection.upsert([wrong])).rejects.toThrow(
        '"point 1.vector.words.model" expected "qdrant/bm25", the model of the encoder, got "other"',
      )
      const query = { text: 'x', model: 'qdrant/bm25', options: { language: 'german' } }
      await expect(collection.query(query, { using: 'words' })).rejects.toThrow(
        '"query.options" are those of the encoder; pass them to it, and omit "options" here',
      )
    })
  })
}

/** @param hasCorpus whether frequencies can be counted over the points of a filter */
export function idfCases(make: Make, hasCorpus: boolean): void {
  const sparse_vectors = { words: { modifier: 'idf' } } as const
  const idf = (n: number, df: number) => Math.log(1 + (n - df + 0.5) / (df + 0.5))

  it.runIf(hasCorpus)('the frequencies of dimensions are counted over the points of a corpus', async () => {
    const collection = await make({ vectors: { colbert }, sparse_vectors })
    await collection.upsert([
      { id: 1, vector: { words: { indices: [1, 2], values: [1, 1] } }, payload: { tenant: 'a' } },
      { id: 2, vector: { words: { indices: [1], values: [2] } }, payload: { tenant: 'a' } },
      { id: 3, vector: { words: { indices: [2], values: [1] } }, payload: { tenant: 'b' } },
      // a vector without dimensions counts, and a point without the vector does not
      { id: 4, vector: { words: { indices: [], values: [] } }, payload: { tenant: 'a' } },
      { id: 5, vector: { colbert: [[1, 0]] }, payload: { tenant: 'a' } },
      { id: 6, vector: { words: { indices: [1, 2], values: [1, 1] } }, payload: { tenant: 'a' } },
    ])
    await collection.delete([6])
    const query = { indices: [2, 1], values: [1, 1] }
    const scores = async (params: QueryOptions['params'], filter?: Filter) => {
      const hits = await collection.query(query, { using: 'words', params, filter })
      return Object.fromEntries(hits.map(({ id, score }) => [id, score]))
    }
    const near = (expected: Readonly<Record<number, number>>) =>
      Object.fromEntries(Object.entries(expected).map(([id, score]) => [id, expect.closeTo(score, 5)]))
    const corpus = { must: [{ key: 'tenant', match: { value: 'a' } }] }
    expect(await scores({ idf: { corpus } })).toEqual(
      near({ 1: idf(3, 2) + idf(3, 1), 2: 2 * idf(3, 2), 3: idf(3, 1) }),
    )
    const others = { must_not: corpus.must }
    expect(await scores({ idf: { corpus } }, others)).toEqual(near({ 3: idf(3, 1) }))
    expect(await scores({ idf: { corpus: others } })).toEqual(
      near({ 1: idf(1, 1) + idf(1, 0), 2: 2 * idf(1, 0), 3: idf(1, 1) }),
    )
    const none = { must: [{ key: 'tenant', match: { value: 'z' } }] }
    expect(await scores({ idf: { corpus: none } })).toEqual(
      near({ 1: 2 * idf(0, 0), 2: 2 * idf(0, 0), 3: idf(0, 0) }),
    )
    expect(await scores({ idf: 'global' })).toEqual(await scores(undefined))
    const prefetch = { query, using: 'words', limit: 9, params: { idf: { corpus } } }
    const fused = await collection.query({ fusion: 'rrf' }, { prefetch })
    expect(fused.map(({ id }) => id)).toEqual([1, 3, 2])
    await expect(collection.query([[1, 0]], { using: 'colbert', params: { idf: 'global' } })).rejects.toThrow(
      /idf/,
    )
  })

  it('a dense vector without a name can be beside sparse vectors', async () => {
    const collection = await make({ vectors: { '': colbert }, sparse_vectors: { words: {} } })
    const words = { indices: [3], values: [2] }
    await collection.upsert([
      { id: 1, vector: { '': [[1, 0]], words } },
      { id: 2, vector: [[0, 1], [1, 1]] }, // biome-ignore format: rows
      { id: 3, vector: { words } },
      { id: 4, vector: { data: Float32Array.of(0, 3), dim: 2 } },
    ])
    await collection.updateVectors([{ id: 2, vector: { words: { indices: [3], values: [5] } } }])
    expect(collection.config).toMatchObject({ vectors: { '': { size: 2 } }, sparse_vectors: { words: {} } })
    const points = await collection.retrieve([1, 2, 3, 4], { with_vector: true })
    const byId = new Map(points.map(({ id, vector }) => [id, vector]))
    expect(byId.get(1)).toEqual({ '': { data: Float32Array.of(1, 0), dim: 2 }, words })
    expect(byId.get(2)).toMatchObject({ '': { dim: 2 }, words: { values: [5] } })
    expect([byId.get(3), Object.keys(byId.get(4)!)]).toEqual([{ words }, ['']])
    expect(scoresOf(await collection.query([[0, 1]]))).toEqual([[4, 3], [2, 1], [1, 0]]) // biome-ignore format: pairs
    expect(scoresOf(await collection.query(words, { using: 'words' }))).toEqual([[2, 10], [1, 4], [3, 4]]) // biome-ignore format: pairs
  })
}
