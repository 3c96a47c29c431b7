// Cases for every collection: which document rows the rows of a query matched, and two-stage searches. They run on stores
// and on an engine. Similarities are compared with the f64 oracle, as scores are in `collection.cases.ts`.

import { describe, expect, it } from 'vitest'
import type { Hit, Point, PointId } from '../../src/collection/collection.js'
import type { Encoder } from '../../src/collection/embed-texts.js'
import type { RerankOptions } from '../../src/collection/rerank-options.js'
import type { Query, QueryOptions } from '../../src/collection/search-options.js'
import type { FlatMultiVector } from '../../src/index.js'
import { oracle } from '../support/oracle.js'
import { between, pick, random, randomRows } from '../support/random.js'
import { type AnyCollection, type Config, METRIC, storedRows } from './collection.cases.js'

/** The methods whose hits have matches. */
export interface RerankingCollection extends AnyCollection {
  rerankBatch(queries: readonly (RerankOptions & { readonly query: Query })[]): Promise<Hit[][]>
}

type VectorConfig = Config['vectors'][string]

const colbert = { size: 4, distance: 'Dot' } as const
const rowOf = ({ data, dim }: FlatMultiVector, row: number): FlatMultiVector => ({
  data: data.slice(row * dim, (row + 1) * dim),
  dim,
})

/** Expects the best row of the f64 oracle for every query row, and contributions that add up to the score. */
function expectMatches(
  { id, score, matches }: Hit,
  query: FlatMultiVector,
  document: FlatMultiVector,
  { distance, datatype = 'float32' }: VectorConfig,
): void {
  const metric = distance === 'Cosine' && datatype !== 'uint8' ? 'dot' : METRIC[distance]
  const [q, d] = [storedRows(query, distance, datatype), storedRows(document, distance, datatype)]
  // if the length of a row differs in its last bit, an element may round to another half
  const flips = distance === 'Cosine' && datatype === 'float16' ? 2e-3 : 0
  const sign = distance === 'Euclid' || distance === 'Manhattan' ? -1 : 1
  let [sum, error] = [0, 0]
  expect(matches, `matches of ${id}`).toHaveLength(q.data.length / q.dim)
  for (const [i, { row, similarity, contribution }] of matches!.entries()) {
    const pairs = Array.from({ length: d.data.length / d.dim }, (_, j) =>
      oracle(metric, rowOf(q, i), rowOf(d, j)),
    )
    const bounds = pairs.map(pair => 4 * Math.max(pair.score - pair.low, pair.high - pair.score) + flips)
    const place = `point ${id}, query row ${i}`
    const best = Math.max(...pairs.map(pair => sign * pair.score))
    expect(best - sign * pairs[row]!.score, `${place}: row ${row}`).toBeLessThanOrEqual(
      2 * Math.max(...bounds),
    )
    expect(Math.abs(similarity - pairs[row]!.score), `${place}: similarity`).toBeLessThanOrEqual(bounds[row]!)
    const share = distance === 'Euclid' ? similarity ** 2 : similarity
    // the distance is the root of the contribution, rounded to f32
    expect(Math.abs(contribution - share), `${place}: contribution`).toBeLessThanOrEqual(
      2e-7 * Math.abs(share),
    )
    sum += contribution
    error += bounds[row]! * (distance === 'Euclid' ? 2 * Math.abs(similarity) + bounds[row]! : 1)
  }
  const total = distance === 'Euclid' ? Math.sqrt(sum) : sum
  const limit = distance === 'Euclid' ? error / Math.max(total, 1e-3) : error
  expect(Math.abs(total - score), `sum of contributions of ${id}`).toBeLessThanOrEqual(
    limit + 1e-6 * Math.abs(score),
  )
}

const randomPoints = (seed: number, count: number, { size, datatype }: VectorConfig): Point[] => {
  const next = random(seed)
  return Array.from({ length: count }, (_, id) => ({
    id,
    vector: { colbert: randomRows(next, between(next, 1, 9), size, datatype === 'uint8' ? 255 : 1) },
    payload: { n: id, parity: id % 2 },
  }))
}

/** `byId`: whether the id of a point can be a query. */
export function matchCases(
  make: (config: Config, encoder?: Encoder) => Promise<RerankingCollection>,
  byId = true,
): void {
  const query = [
    [1, 0, 0, 0],
    [0, 0, 2, 0],
  ]
  /** Three points with a multi-vector and a dense vector. */
  async function filled(encoder?: Encoder, payload: object = {}): Promise<RerankingCollection> {
    const dense = { size: 2, distance: 'Dot', multivector_config: null } as const
    const collection = await make({ vectors: { colbert, dense } }, encoder)
    const rows = [
      [
        [9, 0, 1, 0],
        [1, 0, 3, 0],
      ],
      [
        [0, 0, 4, 0],
        [2, 0, 0, 0],
        [1, 0, 1, 0],
      ],
      [[1, 1, 1, 1]],
    ]
    await collection.upsert(
      rows.map((colbert, i) => ({
        id: i + 1,
        vector: { colbert, dense: [i, 1] },
        payload: { n: i + 1, ...payload },
      })),
    )
    return collection
  }
  const rowsIn = (hits: readonly Hit[]) => hits.map(({ matches }) => matches?.map(({ row }) => row))
  const using = 'colbert'

  describe('with_matches', () => {
    const cases = (['Dot', 'Cosine', 'Euclid', 'Manhattan'] as const).flatMap(distance =>
      (['float32', 'float16', 'uint8'] as const).map(datatype => ({ distance, datatype })),
    )
    it.each(cases)(
      'returns the rows of the oracle for $distance and $datatype',
      async ({ distance, datatype }) => {
        const seed = 100 + cases.findIndex(each => each.distance === distance && each.datatype === datatype)
        const next = random(seed)
        const vector = { size: pick(next, [5, 16, 33]), distance, datatype }
        const collection = await make({ vectors: { colbert: vector } })
        const points = randomPoints(seed, 20, vector)
        await collection.upsert(points)
        const query = randomRows(next, 7, vector.size, datatype === 'uint8' ? 255 : 1)
        const hits = [
          ...(await collection.query(query, { with_matches: true })),
          ...(await collection.rerank(query, { with_matches: true })),
        ]
        expect(hits).toHaveLength(20)
        for (const hit of hits) {
          const { colbert } = points[Number(hit.id)]!.vector as Record<string, FlatMultiVector>
          expectMatches(hit, query, colbert!, vector)
        }
      },
    )

    it('returns one match per query row, with the first of equal rows', async () => {
      const collection = await filled()
      const [first] = await collection.query(query, { using, limit: 1, with_matches: true })
      expect(first).toMatchObject({ id: 1, score: 15 })
      expect(first!.matches).toEqual([
        { row: 0, similarity: 9, contribution: 9 },
        { row: 1, similarity: 6, contribution: 6 },
      ])
      const [tied] = await collection.query([[1, 1, 1, 1]], {
        using,
        with_matches: true,
        filter: { must: [{ has_id: [1] }] },
      })
      expect(tied!.matches).toMatchObject([{ row: 0, similarity: 10 }])
    })

    it('returns row 0 of a dense vector', async () => {
      const collection = await filled()
      const [hit] = await collection.query([1, 1], { using: 'dense', limit: 1, with_matches: true })
      expect(hit!.matches).toEqual([{ row: 0, similarity: 3, contribution: 3 }])
    })

    const options: readonly (readonly [string, QueryOptions])[] = [
      ['no other option', {}],
      ['a page', { offset: 1, limit: 1 }],
      ['an offset beyond the end', { offset: 9 }],
      ['a filter', { filter: { must: [{ has_id: [2, 3] }] } }],
      ['a threshold', { score_threshold: 4 }],
      ['search parameters', { params: { exact: true } }],
      ['a prefetch', { prefetch: { query: [1, 0], using: 'dense', limit: 2 } }],
      ['the payload', { with_payload: true }],
      ['no payload', { with_payload: false }],
      ['a payload field', { with_payload: ['n'] }],
      ['a payload field that names rows', { with_payload: ['tokens'] }],
      ['a part of a payload field', { with_payload: ['text.part'] }],
      ['vectors', { with_vector: true }],
      ['no vectors', { with_vector: false }],
      ['another vector', { with_vector: ['dense'] }],
      ['the vector', { with_vector: ['colbert'] }],
    ]
    it.each(options)('changes nothing else in hits with %s', async (_, more) => {
      const payload = { tokens: ['a'], patches: 7, text: { part: 1 } }
      const collection = await filled(undefined, payload)
      const [plain] = await collection.queryBatch([{ query, using, ...more }])
      const hits = await collection.query(query, { using, ...more, with_matches: true })
      expect(hits.every(({ matches }) => matches?.length === 2)).toBe(true)
      expect(hits.map(({ matches: _, ...hit }) => hit)).toEqual(plain)
      const [first, second] = await collection.queryBatch([
        { query, using, ...more, with_matches: true },
        { query, using, ...more, with_matches: false },
      ])
      expect(first).toEqual(hits)
      expect(second).toEqual(plain)
    })

    it.runIf(byId)('takes the rows of a point whose id is the query', async () => {
      const collection = await filled()
      for (const id of [3, { nearest: 3 }]) {
        const hits = await collection.query(id, { using, with_matches: true })
        expect(rowsIn(hits)).toEqual([[0], [0]])
        expect(hits.map(({ matches }) => matches![0]!.similarity)).toEqual([10, 4])
      }
    })

    it('returns tokens and patches of the payload, one per row', async () => {
      const collection = await make({ vectors: { colbert } })
      const rows = [
        [1, 0, 0, 0],
        [0, 0, 1, 0],
        [0, 1, 0, 0],
      ]
      const patch = { tile: 0, line: 1, column: 2, rectangle: { x: 28, y: 14, width: 14, height: 14 } }
      const token = { text: 'blue', start: 4, end: 8 }
      const payloads = [
        { tokens: ['red', token, null] },
        { patches: [null, patch, { tile: 1 }] },
        { tokens: ['one', 'two'], patches: [patch, patch, patch, patch] },
        { tokens: [1, {}, []], patches: [7, 'x', []] },
        {},
      ]
      await collection.upsert(payloads.map((payload, id) => ({ id, vector: { colbert: rows }, payload })))
      const three = [[0, 1, 0, 0], ...query].reverse()
      const expected: readonly (readonly object[])[] = [
        [{ token }, { token: { text: 'red' } }, {}],
        [{ patch }, {}, { patch: { tile: 1 } }],
        [{}, {}, {}],
        [{}, {}, {}],
        [{}, {}, {}],
      ]
      for (const with_payload of [false, true, ['other']]) {
        const found = [
          ...(await collection.query(three, { with_matches: true, with_payload })),
          ...(await collection.rerank(three, { with_matches: true, with_payload })),
        ]
        expect(found).toHaveLength(10)
        for (const { id, matches, payload } of found) {
          const labels = matches!.map(({ row: _, similarity: __, contribution: ___, ...label }) => label)
          expect(labels, `point ${id}`).toEqual(expected[Number(id)])
          const shown = with_payload === true ? payloads[Number(id)] : with_payload ? {} : undefined
          expect(payload).toEqual(shown)
        }
      }
    })

    it('returns the tokens of a text in the payload, and of the query, that the encoder makes', async () => {
      const tokensOf = (text: string) => text.split(' ').map(word => ({ text: word }))
      const encode = (text: string) => {
        const tokens = tokensOf(text)
        const data = Float32Array.from(tokens.flatMap(({ text }) => [text.length, 1, 0, 0]))
        return { data, dim: 4, tokens }
      }
      const encoder = {
        query: encode,
        documents: (texts: readonly string[]) => texts.map(encode),
        documentTokens: (texts: readonly string[]) => texts.map(tokensOf),
      }
      const texts = ['one fifteen', 'ten', 'several other words', '']
      const collection = await make({ vectors: { colbert } }, encoder)
      await collection.upsert([
        ...texts.slice(0, 3).map((text, id) => ({ id, vector: { colbert: { text } }, payload: { text } })),
        { id: 3, vector: { colbert: [[1, 0, 0, 0]] }, payload: { text: 'not its text' } },
        { id: 4, vector: { colbert: [[1, 0, 0, 0]] }, payload: { text: '' } },
        // the first hit, whose text is not needed
        { id: 5, vector: { colbert: [[99, 0, 0, 0]] }, payload: { text: 'ignored', tokens: ['given'] } },
      ])
      const searches = [
        await collection.query({ text: 'the end' }, { with_matches: true }),
        await collection.rerank({ text: 'the end' }, { with_matches: true, with_payload: ['none'] }),
      ]
      for (const hits of searches) {
        const labels = hits.map(({ id, matches }) => [id, matches!.map(({ token }) => token?.text)])
        expect(new Map(labels as [number, string[]][])).toEqual(
          new Map([
            [0, ['fifteen', 'fifteen']],
            [1, ['ten', 'ten']],
            [2, ['several', 'several']],
            [3, [undefined, undefined]],
            [4, [undefined, undefined]],
            [5, ['given', 'given']],
          ]),
        )
        for (const { matches } of hits) {
          expect(matches!.map(({ queryToken }) => queryToken?.text)).toEqual(['the', 'end'])
        }
      }
      const [own] = await collection.query({ ...encode('a b c') }, { with_matches: true, limit: 1 })
      expect(own!.matches!.map(({ queryToken }) => queryToken?.text)).toEqual(['a', 'b', 'c'])
    })

    const refused: readonly (readonly [Query | undefined, QueryOptions, string])[] = [
      [
        { fusion: 'rrf' },
        { prefetch: [{ query, using }] },
        'got fusion; query by the multi-vector with the other stages in "prefetch", or use rerank()',
      ],
      [
        { rrf: { k: 3 } },
        { prefetch: [{ query, using }] },
        'got rrf; query by the multi-vector with the other stages in "prefetch", or use rerank()',
      ],
    ]
    it.each(refused)(
      'is refused for a query without the rows of one vector: %j',
      async (query, more, message) => {
        const collection = await filled()
        await expect(collection.query(query, { using, ...more, with_matches: true })).rejects.toThrow(
          `"with_matches" expected a query with the rows of one vector, ${message}`,
        )
        const batch = [{ query: query!, using, ...more, with_matches: true }]
        await expect(collection.queryBatch(batch)).rejects.toThrow(message)
      },
    )

    it.runIf(byId)('adds matches to the hits of groups', async () => {
      const collection = await filled()
      const groups = await collection.queryGroups(query, { using, group_by: 'n', with_matches: true })
      expect(groups.map(({ id, hits }) => [id, rowsIn(hits)])).toEqual([
        [1, [[0, 1]]],
        [2, [[1, 0]]],
        [3, [[0, 0]]],
      ])
      expect(groups[0]!.hits[0]).not.toHaveProperty('payload')
      await expect(
        collection.queryGroups(
          { fusion: 'rrf' },
          { group_by: 'n', with_matches: true, prefetch: { query, using } },
        ),
      ).rejects.toThrow('"with_matches" expected a query with the rows of one vector, got fusion; ')
    })

    it('is refused if it is not a boolean, and in a prefetch', async () => {
      const collection = await filled()
      for (const [call, options] of [
        ['query', { using, with_matches: 'yes' }],
        ['rerank', { using, with_matches: 'yes' }],
      ] as const) {
        await expect(collection[call](query, options as never)).rejects.toThrow(
          '"with_matches" expected true or false, got string',
        )
      }
      const prefetch = { query, using, with_matches: true } as never
      await expect(collection.query(query, { using, prefetch })).rejects.toThrow(
        'unknown option "prefetch.with_matches"; valid options of a query: ',
      )
    })
  })

  describe('rerank', () => {
    const stage = { query: [1, 0], using: 'dense', limit: 3 }

    it('ranks the candidates of a first stage, with their score and rank there, from 0', async () => {
      const collection = await filled()
      const hits = await collection.rerank(query, { using, prefetch: stage })
      expect(hits).toMatchObject([
        { id: 1, score: 15, candidate: { score: 0, rank: 2 } },
        { id: 2, score: 10, candidate: { score: 1, rank: 1 } },
        { id: 3, score: 3, candidate: { score: 2, rank: 0 } },
      ])
      const { limit: _, ...unlimited } = stage
      const two = await collection.rerank(query, { using, prefetch: unlimited, candidates: 2, limit: 2 })
      expect(two.map(({ id, candidate }) => [id, candidate])).toEqual([
        [2, { score: 1, rank: 1 }],
        [3, { score: 2, rank: 0 }],
      ])
    })

    it('fuses several first stages, and finds candidates by the query itself without one', async () => {
      const collection = await filled()
      const prefetch = [stage, { query: [[0, 1, 0, 0]], using, limit: 1 }]
      const fused = await collection.rerank(query, { using, prefetch })
      const third = Math.fround(1 / 3)
      expect(fused.map(({ id, candidate }) => [id, candidate])).toEqual([
        [1, { score: 0.25, rank: 2 }],
        [2, { score: third, rank: 1 }],
        [3, { score: 1, rank: 0 }],
      ])
      const own = await collection.rerank(query, { using, limit: 2 })
      expect(own.map(({ id, score, candidate }) => [id, score, candidate])).toEqual([
        [1, 15, { score: 15, rank: 0 }],
        [2, 10, { score: 10, rank: 1 }],
      ])
    })

    it('finds as many candidates as the limit of its stage, in a list or not, with `candidates` by default', async () => {
      const collection = await filled()
      const found = async (prefetch: RerankOptions['prefetch'], options: RerankOptions = {}) => {
        const ids: PointId[][] = []
        for (const rescore of ['client', 'server'] as const) {
          const hits = await collection.rerank(query, { using, prefetch, rescore, ...options })
          ids.push(hits.map(({ id }) => id))
        }
        expect(ids[0]).toEqual(ids[1])
        return ids[0]
      }
      const two = { ...stage, limit: 2 }
      expect(await found(two)).toEqual([2, 3])
      expect(await found([two])).toEqual([2, 3])
      expect(await found({ ...two, limit: undefined }, { limit: 2, candidates: 2 })).toEqual([2, 3])
      expect(await found([{ ...two, limit: undefined }], { limit: 2, candidates: 2 })).toEqual([2, 3])
      expect(await found(two, { limit: 2, candidates: 2 })).toEqual([2, 3])
      expect(await found([two], { candidates: 50 })).toEqual([2, 3])
      expect(await found({ ...two, limit: undefined })).toContain(1)
    })

    it('returns no score and rank of a stage that only filters', async () => {
      const collection = await filled()
      const prefetch = { filter: { must: [{ has_id: [2, 3] }] } }
      const hits = await collection.rerank(query, { using, prefetch })
      expect(hits.map(({ id, score }) => [id, score])).toEqual([
        [2, 10],
        [3, 3],
      ])
      for (const hit of hits) expect(hit).not.toHaveProperty('candidate')
      const [found] = await collection.query(query, { using, filter: prefetch.filter })
      expect(hits[0]!.version).toBe(found!.version)
    })

    it('applies its filter to the first stage, and returns the selected payload', async () => {
      const collection = await filled()
      const filter = { must: [{ has_id: [1, 2] }] }
      const only = { ...stage, filter: { must_not: [{ has_id: [1] }] } }
      const hits = await collection.rerank(query, { using, filter, prefetch: only, with_payload: ['n'] })
      expect(hits).toMatchObject([{ id: 2, payload: { n: 2 } }])
      expect(hits).toHaveLength(1)
      expect(hits[0]).not.toHaveProperty('vector')
    })

    it('returns the same with rescore: server, and takes a nearest query and a dense vector', async () => {
      const collection = await filled()
      const scores = (hits: readonly Hit[]) => hits.map(({ id, score }) => [id, score])
      const options = { using, prefetch: stage } as const
      const expected = scores(await collection.rerank(query, options))
      expect(scores(await collection.rerank(query, { ...options, rescore: 'server' }))).toEqual(expected)
      expect(scores(await collection.rerank({ nearest: query }, options))).toEqual(expected)
      const dense = await collection.rerank([0, 2], { using: 'dense', prefetch: stage })
      expect(scores(dense)).toHaveLength(3)
      expect(dense.every(({ score }) => score === 2)).toBe(true)
    })

    it('returns the same matches wherever candidates are scored', async () => {
      const collection = await filled()
      for (const rescore of ['client', 'server'] as const) {
        const options = { using, prefetch: stage, with_matches: true, rescore }
        expect(rowsIn(await collection.rerank(query, options)), rescore).toEqual([
          [0, 1],
          [1, 0],
          [0, 0],
        ])
      }
    })

    it('returns in a batch what single calls return', async () => {
      const vector = { size: 16, distance: 'Cosine' } as const
      const collection = await make({
        vectors: { colbert: vector, dense: { size: 16, distance: 'Dot', multivector_config: null } },
      })
      const next = random(7)
      await collection.upsert(
        randomPoints(7, 40, vector).map(({ vector, ...point }) => ({
          ...point,
          vector: { ...(vector as object), dense: randomRows(next, 1, 16).data },
        })),
      )
      const first = () => ({ query: randomRows(next, 1, 16).data, using: 'dense', limit: 10 })
      // two stages with the same ranks: no fused scores are equal
      const same = first()
      const queries: readonly (RerankOptions & { readonly query: Query })[] = [
        { query: randomRows(next, 5, 16), using, prefetch: first() },
        { query: randomRows(next, 3, 16), using, limit: 4, with_matches: true, with_payload: true },
        { query: randomRows(next, 1, 16).data, using: 'dense', filter: { must: [{ has_id: [3, 4] }] } },
        { query: randomRows(next, 2, 16), using, prefetch: [same, same], with_payload: ['n'] },
        { query: randomRows(next, 4, 16), using, rescore: 'server', prefetch: first(), with_matches: true },
        { query: randomRows(next, 4, 16), using, prefetch: { filter: { must: [{ has_id: [5, 999] }] } } },
      ]
      const batch = await collection.rerankBatch(queries)
      for (const [index, { query, ...options }] of queries.entries()) {
        expect(batch[index], `query ${index}`).toEqual(await collection.rerank(query, options))
      }
      expect(await collection.rerankBatch([])).toEqual([])
      const one = await collection.rerankBatch(queries.slice(0, 1))
      expect(one).toEqual(batch.slice(0, 1))
    })

    it('refuses wrong options and queries', async () => {
      const collection = await filled()
      const cases: readonly (readonly [unknown, object, string])[] = [
        [query, { using, limit: 0 }, '"limit" expected a whole number of at least 1, got 0'],
        [
          query,
          { using, candidates: 9 },
          '"candidates" expected a whole number of at least "limit" (10), got 9',
        ],
        [
          query,
          { using, candidates: 20, prefetch: stage },
          '"candidates" (20) and "prefetch.limit" (3) are different; omit one of them',
        ],
        [
          query,
          { using, prefetch: { ...stage, limit: 0 } },
          '"prefetch.limit" expected a whole number of at least 1, got 0',
        ],
        [query, { using, rescore: 'both' }, '"rescore" expected one of client, server, got "both"'],
        [query, { using, offset: 1 }, 'unknown option "options.offset"; valid options of rerank: using, '],
        [undefined, { using }, '"query" is required: a multi-vector or a text'],
        [
          { fusion: 'rrf' },
          { using, prefetch: [stage] },
          '"query" expected a vector or a text, got fusion; put other queries into "prefetch"',
        ],
      ]
      for (const [query, options, message] of cases) {
        await expect(collection.rerank(query as Query, options), message).rejects.toThrow(message)
        const batch = [{ query: query as Query, ...options }]
        const inBatch = message
          .replace(/^([^"]*)"(options\.)?/, '$1"queries[0].')
          .replace('and "', 'and "queries[0].')
        await expect(collection.rerankBatch(batch), inBatch).rejects.toThrow(inBatch)
      }
      for (const batch of ['rerankBatch', 'queryBatch'] as const) {
        await expect(collection[batch]('x' as never)).rejects.toThrow(
          '"queries" expected an array of { query, ... }, got string',
        )
      }
    })
  })
}
