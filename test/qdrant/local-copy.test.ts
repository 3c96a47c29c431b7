// Local copies, comparisons and verification with a store in place of a server: the parts that need no server.

import { describe, expect, it, vi } from 'vitest'
import { formatDuration } from '../../src/base/format-duration.js'
import type { ReadableQueryOptions } from '../../src/collection/collection.js'
import {
  compare,
  comparisonTable,
  createLocalCopy,
  sampleQueries,
  sampleSize,
  verify,
} from '../../src/qdrant/index.js'
import { compareHits } from '../../src/qdrant/verify/compare-hits.js'
import { createStore, type Store } from '../../src/store/index.js'

const query = [[1, 0]]

async function filled(): Promise<Store> {
  const store = await createStore({
    vectors: {
      colbert: { size: 2, distance: 'Cosine' },
      dense: { size: 2, distance: 'Dot', multivector_config: null },
    },
  })
  await store.upsert([
    { id: 1, vector: { colbert: [[3, 4]], dense: [1, 0] }, payload: { n: 1 } },
    {
      id: 2,
      vector: {
        colbert: [
          [1, 0],
          [0, 1],
        ],
      },
    },
    { id: 3, vector: { dense: [0, 1] } },
  ])
  return store
}

describe('a local copy', () => {
  it('has the documents, scores and order of its collection', async () => {
    const store = await filled()
    const progress: number[] = []
    const copy = await createLocalCopy(store, { onProgress: points => progress.push(points) })
    expect(progress).toEqual([2])
    expect([copy.length, copy.rows, await copy.count()]).toEqual([2, 3, 2])
    expect(copy.config.vectors).toEqual({ colbert: store.config.vectors.colbert })
    const hits = await copy.query(query, { with_vector: true })
    expect(hits.map(({ id, score }) => [id, score])).toEqual([
      [2, 1],
      [1, Math.fround(0.6)],
    ])
    expect(hits[0]!.vector).toEqual({ colbert: { data: Float32Array.of(1, 0, 0, 1), dim: 2 } })
    expect(await copy.query(query, { limit: 1 })).toHaveLength(1)
    expect((await copy.retrieve([2, 9])).map(({ id }) => id)).toEqual([2])
    const ids: unknown[] = []
    for await (const { id } of copy.scroll()) ids.push(id)
    expect(ids).toEqual([1, 2])
    copy.dispose()
  })

  it('of an empty collection finds nothing', async () => {
    const copy = await createLocalCopy(
      await createStore({ vectors: { colbert: { size: 2, distance: 'Dot' } } }),
    )
    expect(await copy.query(query)).toEqual([])
  })

  it.each<[options: object, message: string]>([
    [{ filter: { must: [] } }, '"filter" expected none: a local copy has no payloads to filter by'],
    [{ using: 'dense' }, '"using" expected "colbert", the vector of this local copy, got "dense"'],
    [
      { offset: 1 },
      'unknown option "options.offset"; valid options of query: using, limit, filter, with_payload, with_vector, params, signal, onCost',
    ],
    [{ limit: 0 }, '"limit" expected a whole number of at least 1, got 0'],
  ])('refuses the query options %o', async (options, message) => {
    const copy = await createLocalCopy(await filled())
    await expect(copy.query(query, options)).rejects.toThrow(new RangeError(message))
  })

  it('takes no filter to scroll or count', async () => {
    const copy = await createLocalCopy(await filled())
    const message = '"filter" expected none: a local copy has no payloads to filter by'
    await expect(copy.count({ must: [] })).rejects.toThrow(new RangeError(message))
    await expect((async () => copy.scroll({ filter: {} })[Symbol.asyncIterator]().next())()).rejects.toThrow(
      message,
    )
  })

  it('rejects with the reason of a signal', async () => {
    const copy = await createLocalCopy(await filled(), { using: 'colbert' })
    const reason = new Error('enough')
    const options = { signal: AbortSignal.abort(reason) }
    await expect(copy.query(query, options)).rejects.toBe(reason)
    await expect(copy.retrieve([1], options)).rejects.toBe(reason)
    await expect(copy.scroll(options)[Symbol.asyncIterator]().next()).rejects.toBe(reason)
    await expect(copy.count(undefined, options)).rejects.toBe(reason)
    copy.dispose()
  })

  it('is not usable after it is disposed', async () => {
    const copy = await createLocalCopy(await filled())
    copy.dispose()
    await expect(copy.query(query)).rejects.toMatchObject({ code: 'ERR_DISPOSED' })
  })
})

describe('a comparison', () => {
  it('of a store with its copy agrees, and its table says so', async () => {
    const store = await filled()
    const copy = await createLocalCopy(store)
    const comparison = await compare(store, copy, [query, [[0, 1]]], { using: 'colbert', rounds: 1 })
    expect(comparison).toMatchObject({
      agrees: true,
      overlap: 1,
      identical: 2,
      swaps: [],
      unmatched: [],
      notes: [],
    })
    for (const side of ['server', 'local'] as const) {
      const renamed = { ...comparison, [side]: { ...comparison[side], name: 'a\x1b[2J' } }
      expect(comparisonTable(renamed)).toContain(' a\ufffd[2J')
    }
    const lines = comparisonTable(comparison).split('\n')
    expect(lines.slice(-2)).toEqual([
      '2 queries, 1 round, limit 10: 100.0 % of the results in common, 2 of 2 queries identical',
      expect.stringMatching(/^scores differ by at most \S+; all documents are in the same order$/),
    ])
    copy.dispose()
  })

  it('has a table with the figures of the server on the left, and of the local side on the right', () => {
    const side = (name: string, median: number) => ({
      ...{ name, median, p95: 2 * median, serverMedian: undefined, roundTripMedian: undefined },
      ...{ bytesSent: 0, bytesReceived: 0, seconds: [] },
    })
    const server = {
      ...side('docs', 0.25),
      ...{ serverMedian: 0.125, roundTripMedian: 0.0625, bytesSent: 999, bytesReceived: 1500 },
    }
    const local = { ...side('docs, copied', 0.002), bytesSent: 1000, bytesReceived: 2_500_000 }
    const table = comparisonTable({
      ...{ server, local, queries: 1, rounds: 2, limit: 3, ratio: 125, overlap: 0.5, identical: 0 },
      ...{ swaps: [{ query: 0, ids: [1, 2], gap: 0.25 }, { query: 0, ids: [1, 3], gap: 0.5 }, { query: 0, ids: [2, 3], gap: 0.125 }] }, // biome-ignore format: one line
      ...{
        unmatched: [],
        agrees: false,
        maxScoreDifference: 0.75,
        meanScoreDifference: 0.5,
        notes: ['a note'],
      },
    })
    const lines = table.split('\n')
    expect(lines.slice(0, 7).map(line => line.split(/ {2,}/))).toEqual([
      ['', 'docs', 'docs, copied'],
      ['median', formatDuration(0.25), formatDuration(0.002)],
      ['p95', formatDuration(0.5), formatDuration(0.004)],
      ['server', formatDuration(0.125), '-'],
      ['round trip', formatDuration(0.0625), '-'],
      ['sent', '999 B', '1.0 kB'],
      ['received', '1.5 kB', '2.5 MB'],
    ])
    expect(new Set(lines.slice(0, 7).map(({ length }) => length)).size).toBe(1)
    expect(lines.slice(7)).toEqual([
      '',
      '1 query, 2 rounds, limit 3: 50.0 % of the results in common, 0 of 1 query identical',
      'scores differ by at most 0.75; 3 pairs of documents in another order, with scores at most 0.50 apart',
      'a note',
    ])
  })

  it.each<[name: string, server: number[], local: number[], gaps: number[]]>([
    ['larger scores are better', [9, 5], [9, 3], [2, -2]],
    ['smaller scores are better', [1, 5], [1, 3], [-2, 2]],
    ['all scores of a side are equal', [5, 5], [7, 7], [2, 2]],
    ['the other side has fewer', [9, 5], [9], [Number.POSITIVE_INFINITY]],
  ])('measures how far a result is from the last one of the other side, if %s', (_, server, local, gaps) => {
    const hits = (scores: number[], last: number) =>
      scores.map((score, i) => ({ id: i === 1 ? last : 0, version: 0, score }))
    const { unmatched } = compareHits(3, hits(server, 1), hits(local, 2))
    expect(unmatched.map(({ query, gap }) => [query, gap])).toEqual(gaps.map(gap => [3, gap]))
  })

  it('has the mean cost of the timed queries that report one', async () => {
    const store = await filled()
    /** A collection whose queries report these bytes, one after another. */
    const side = (...reported: (number | undefined)[]) => ({
      ...store,
      async query(_: unknown, { onCost }: ReadableQueryOptions = {}) {
        const bytesSent = reported.shift()
        const cost = { seconds: 0.5, serverSeconds: 0.125, bytesReceived: 4, retries: 0 }
        if (bytesSent !== undefined) onCost?.({ ...cost, bytesSent })
        return [{ id: 1, version: 0, score: 1 }]
      },
    })
    // the first query of each side is not timed
    const settings = { using: 'colbert', rounds: 2 }
    const { server, local } = await compare(side(900, 10, 30), side(900), [query], settings)
    expect(server).toMatchObject({
      bytesSent: 20,
      bytesReceived: 4,
      serverMedian: 0.125,
      roundTripMedian: 0.375,
    })
    expect(local).toMatchObject({ bytesSent: 0, bytesReceived: 0 })
    expect([local.serverMedian, local.roundTripMedian]).toEqual([undefined, undefined])
    expect([server.seconds.length, local.seconds.length]).toEqual([2, 2])
  })

  it('has the median and the 95th percentile of the timed rounds, without the first one', async () => {
    const store = await filled()
    let time = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => time)
    /** A collection whose queries take 900 s, and then these seconds, one after another. */
    const side = (seconds: readonly number[]) => {
      const durations = [900, ...seconds]
      return {
        ...store,
        async query() {
          time += 1000 * durations.shift()!
          return [{ id: 1, version: 0, score: 1 }]
        },
      }
    }
    const count = (first: number, length: number) => Array.from({ length }, (_, i) => first + i)
    const using = 'colbert'
    const many = await compare(side(count(1, 20)), side(count(101, 20)), [query], { using, rounds: 20 })
    const usual = await compare(side([5, 1, 4, 2, 3]), side([9, 9, 6, 6, 6]), [query], { using })
    clock.mockRestore()
    expect(many).toMatchObject({ server: { median: 11, p95: 20 }, local: { median: 111, p95: 120 } })
    expect(usual).toMatchObject({
      limit: 10,
      rounds: 5,
      server: { median: 3 },
      local: { median: 6 },
      ratio: 0.5,
    })
  })

  it('agrees if scores differ by at most a ten-thousandth of the largest', async () => {
    const store = await filled()
    const side = (score: number) => ({ ...store, query: async () => [{ id: 1, version: 0, score }] })
    const agrees = async (score: number) => {
      const settings = { using: 'colbert', rounds: 1 }
      return (await compare(side(10_000), side(score), [query], settings)).agrees
    }
    expect([await agrees(9999), await agrees(10_001), await agrees(9998), await agrees(10_002)]).toEqual([
      ...[true, true, false, false],
    ])
  })

  it('finds documents that only one side has, and that the sides rank differently', async () => {
    const side = async (rows: Readonly<Record<number, number[][]>>) => {
      const store = await createStore({ vectors: { colbert: { size: 2, distance: 'Dot' } } })
      const points = Object.entries(rows).map(([id, colbert]) => ({ id: Number(id), vector: { colbert } }))
      await store.upsert(points)
      return store
    }
    const server = await side({ 1: [[4, 0]], 2: [[2, 0]], 3: [[1, 0]] })
    const local = await side({ 1: [[2, 0]], 2: [[4, 0]], 4: [[1, 0]] })
    const comparison = await compare(server, local, [query], { rounds: 1 })
    expect(comparison).toMatchObject({
      agrees: false,
      overlap: 2 / 3,
      identical: 0,
      swaps: [{ query: 0, ids: [1, 2], gap: 2 }],
      unmatched: [
        { query: 0, id: 3, side: 'server', gap: 0 },
        { query: 0, id: 4, side: 'local', gap: 0 },
      ],
      maxScoreDifference: 2,
      meanScoreDifference: 2,
    })
    expect(comparisonTable(comparison)).toContain(
      'scores differ by at most 2.0; 1 pair of documents in another order, with scores at most 2.0 apart',
    )
  })
})

describe('the sample of a collection', () => {
  it('has the first rows of the first documents, which find their own documents', async () => {
    const store = await filled()
    const [first, second, ...others] = await sampleQueries(store, 10, { using: 'colbert' })
    expect(others).toEqual([])
    expect([first!.id, second!.id]).toEqual([1, 2])
    expect((await store.query(second!.vector, { using: 'colbert', limit: 1 }))[0]!.id).toBe(2)
  })

  it('has the mean size of documents and payloads', async () => {
    expect(await sampleSize(await filled(), 10)).toEqual({
      points: 3,
      rows: { colbert: 1 },
      payloadBytes: (7 + 2 + 2) / 3,
    })
  })
})

describe('the verification of a store', () => {
  it('needs no server, and compares only documents if it has no queries', async () => {
    const store = await filled()
    const source = new Map([
      [1, [[3, 4]]],
      [2, [[1, 0]]],
    ])
    expect(await verify(store, [query], { using: 'colbert' })).toMatchObject({
      ok: true,
      version: undefined,
      placement: undefined,
      hits: 2,
    })
    expect(await verify(store, [], { using: 'colbert', source })).toMatchObject({
      ok: false,
      hits: 0,
      documents: [
        { id: 2, fault: 'stale', row: 1 },
        { id: 3, fault: 'unknown' },
      ],
    })
  })
})
