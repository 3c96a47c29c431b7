// Cases for every collection: vectors of stored points that are set and removed.

import { describe, expect, it } from 'vitest'
import type { PointId, StoredVector } from '../../src/collection/collection.js'
import type { Encoder } from '../../src/collection/embed-texts.js'
import type { PointVectors } from '../../src/collection/point-changes.js'
import type { FlatMultiVector } from '../../src/index.js'
import type { AnyCollection, Make } from './collection.cases.js'

const UUID = '5c56c793-69f3-4fbf-87e6-c4bf54c28c26'
const IDS = [1, 2, 3, UUID]
const rowsOf = (...values: readonly number[]): StoredVector => ({ data: Float32Array.from(values), dim: 2 })
const row = (...values: readonly number[]): StoredVector => Float32Array.from(values)

export function vectorCases(make: Make): void {
  const vectors = {
    colbert: { size: 2, distance: 'Dot' },
    dense: { size: 2, distance: 'Cosine', multivector_config: null },
    half: { size: 2, distance: 'Dot', datatype: 'float16' },
  } as const

  /** Points with dense vectors; the second one has all vectors. */
  async function filled(encoder?: Encoder) {
    const collection = await make({ vectors }, encoder)
    await collection.upsert([
      { id: 1, vector: { dense: [3, 4] }, payload: { n: 1 } },
      { id: 2, vector: { dense: [1, 0], colbert: [[2, 2]], half: [[0.1, 0.2]] }, payload: { n: 2 } },
      { id: 3, vector: { dense: [0, 1] } },
      { id: UUID, vector: { dense: [0, 2] }, payload: { n: 4 } },
    ])
    return collection
  }

  async function storedIn(collection: AnyCollection, ids: readonly PointId[] = IDS) {
    const points = await collection.retrieve(ids, { with_vector: true })
    const byId = new Map(points.map(({ id, payload, vector }) => [id, { payload, vector }]))
    return ids.map(id => byId.get(id))
  }

  describe('updates of vectors', () => {
    it('add multi-vectors to points with dense vectors, which keep them and their payloads', async () => {
      const collection = await filled()
      const before = await storedIn(collection)
      async function* points(): AsyncGenerator<PointVectors> {
        for (const [index, id] of IDS.entries()) {
          yield { id, vector: { colbert: { data: Float32Array.of(index, 1, 1, index), dim: 2 } } }
        }
      }
      const report = await collection.updateVectors(points())
      expect(report).toMatchObject({ points: 4, skipped: 0, retries: 0, applied: true })
      expect(await storedIn(collection)).toEqual(
        before.map((point, index) => ({
          ...point,
          vector: { ...point!.vector, colbert: rowsOf(index, 1, 1, index) },
        })),
      )
      const hits = await collection.query([[1, 0]], { using: 'colbert' })
      expect(hits.map(({ id, score }) => [id, score]).sort()).toEqual([
        [1, 1],
        [2, 1],
        [3, 2],
        [UUID, 3],
      ])
      const [nearest] = await collection.query([3, 4], { using: 'dense', limit: 1 })
      expect(nearest!.id).toBe(1)
      expect(await collection.count()).toBe(4)
    })

    it('replace vectors, with more rows or fewer, and set several at once', async () => {
      const collection = await filled()
      await collection.updateVectors([
        {
          id: 2,
          vector: {
            colbert: [
              [1, 2],
              [3, 4],
              [5, 6],
            ],
          },
        },
        { id: UUID.toUpperCase(), vector: { dense: [2, 0], half: [[1, 2]] } },
      ])
      await collection.updateVectors([
        {
          id: UUID,
          vector: {
            half: [
              [0.5, 0.25],
              [1, 1],
            ],
          },
        },
      ])
      const [two, uuid] = await storedIn(collection, [2, UUID])
      const half = rowsOf(0.0999755859375, 0.199951171875)
      expect(two).toEqual({
        payload: { n: 2 },
        vector: { dense: row(1, 0), colbert: rowsOf(1, 2, 3, 4, 5, 6), half },
      })
      expect(uuid).toEqual({ payload: { n: 4 }, vector: { dense: row(1, 0), half: rowsOf(0.5, 0.25, 1, 1) } })
      await collection.updateVectors([{ id: 2, vector: { colbert: [[7, 8]] } }])
      expect((await storedIn(collection, [2]))[0]!.vector!.colbert).toEqual(rowsOf(7, 8))
    })

    it('set rows of whole numbers, which could be read as a sparse vector', async () => {
      const collection = await filled()
      for (const rows of [
        [
          [0, 1],
          [1, 2],
        ],
        [
          [1, 1],
          [2, 2],
        ],
        [
          [3, 4],
          [5, 6],
        ],
      ]) {
        await collection.updateVectors([{ id: 1, vector: { colbert: rows } }])
        expect((await storedIn(collection, [1]))[0]!.vector!.colbert).toEqual(rowsOf(...rows.flat()))
      }
    })

    it('are applied in order if a point is given several times', async () => {
      const collection = await filled()
      const updates = Array.from({ length: 40 }, (_, k) => ({
        id: 1 + (k % 2),
        vector: k % 3 === 0 ? { colbert: [[k, 0]] } : { dense: [1, 0], half: [[k, 1]] },
      }))
      expect((await collection.updateVectors(updates, { batchPoints: 7 })).points).toBe(40)
      const [one, two] = await storedIn(collection, [1, 2])
      expect(one).toEqual({
        payload: { n: 1 },
        vector: { dense: row(1, 0), colbert: rowsOf(36, 0), half: rowsOf(38, 1) },
      })
      expect(two).toEqual({
        payload: { n: 2 },
        vector: { dense: row(1, 0), colbert: rowsOf(39, 0), half: rowsOf(37, 1) },
      })
    })

    it('give changed points a new version', async () => {
      const collection = await filled()
      const versions = async () =>
        new Map((await collection.query([1, 0], { using: 'dense' })).map(({ id, version }) => [id, version]))
      const before = await versions()
      await collection.updateVectors([{ id: 2, vector: { colbert: [[9, 9]] } }])
      const changed = [...(await versions())].filter(([id, version]) => before.get(id) !== version)
      expect(changed.map(([id]) => id)).toEqual([2])
    })

    it('skip points that have all of the given vectors, with resume', async () => {
      const collection = await filled()
      const colbert = [[5, 5]]
      const report = await collection.updateVectors(
        [
          { id: 1, vector: { colbert } },
          { id: 2, vector: { colbert } },
          { id: 3, vector: { dense: [1, 0] } },
          { id: UUID, vector: { dense: [1, 0], colbert } },
        ],
        { resume: 'skip' },
      )
      expect(report).toMatchObject({ points: 2, skipped: 2 })
      const [one, two, three, uuid] = await storedIn(collection)
      expect([one, two, three, uuid].map(point => point!.vector!.colbert)).toEqual([
        rowsOf(5, 5),
        rowsOf(2, 2),
        undefined,
        rowsOf(5, 5),
      ])
      expect(three!.vector!.dense).toEqual(row(0, 1))
      expect(uuid!.vector!.dense).toEqual(row(1, 0))
    })

    it('embed texts with the encoder', async () => {
      const rows = (text: string): FlatMultiVector => ({ data: Float32Array.of(text.length, 1), dim: 2 })
      const collection = await filled({ query: rows, documents: texts => texts.map(rows) })
      await collection.updateVectors(IDS.map(id => ({ id, vector: { colbert: { text: `${id}` } } })))
      const found = await storedIn(collection)
      expect(found.map(point => point!.vector!.colbert)).toEqual(IDS.map(id => rowsOf(`${id}`.length, 1)))
    })

    it('of a collection with an unnamed vector', async () => {
      const collection = await make({ vectors: { size: 2, distance: 'Dot' } as never })
      await collection.upsert([{ id: 1, vector: [[1, 2]], payload: { n: 1 } }])
      await collection.updateVectors([
        {
          id: 1,
          vector: [
            [3, 4],
            [5, 6],
          ],
        },
      ])
      expect(await storedIn(collection, [1])).toEqual([
        { payload: { n: 1 }, vector: { '': rowsOf(3, 4, 5, 6) } },
      ])
      expect(await collection.updateVectors([{ id: 1, vector: [[1, 1]] }], { resume: 'skip' })).toMatchObject(
        {
          points: 0,
          skipped: 1,
        },
      )
      await collection.deleteVectors([1], [''])
      expect(await storedIn(collection, [1])).toEqual([{ payload: { n: 1 }, vector: {} }])
      await collection.updateVectors([{ id: 1, vector: [[7, 8]] }], { resume: 'skip' })
      expect(await storedIn(collection, [1])).toEqual([{ payload: { n: 1 }, vector: { '': rowsOf(7, 8) } }])
    })

    it('write nothing without points', async () => {
      const collection = await filled()
      expect(await collection.updateVectors([])).toMatchObject({ points: 0, batches: 0, applied: true })
    })

    it.each([['overwrite'], ['skip']])(
      'change the points that exist, and fail for an unknown id, with %s',
      async resume => {
        const collection = await filled()
        const updates = [77, 1].map(id => ({ id, vector: { colbert: [[5, 6]] } }))
        await expect(collection.updateVectors(updates, { resume })).rejects.toThrow(
          /no point with (the )?id 77/i,
        )
        expect((await storedIn(collection, [1]))[0]!.vector!.colbert).toEqual(rowsOf(5, 6))
        expect(await collection.count()).toBe(4)
      },
    )

    it('count what was written before a wrong point', async () => {
      const collection = await filled()
      function* updates() {
        for (let k = 0; k < 100; k++)
          yield { id: 1 + (k % 3), vector: { colbert: [[k, k === 99 ? Number.NaN : 1]] } }
      }
      const error = await collection.updateVectors(updates(), { batchPoints: 10 }).then(
        () => expect.fail('must reject'),
        (cause: Error & { readonly report: { readonly points: number } }) => cause,
      )
      expect(error.name).toBe('UpsertError')
      expect(error.message).toMatch(
        /^"point 1\.vector\.colbert\[0\]\[1\]" expected a finite number, got NaN; .*; 9\d points in \d+ batches had been written: call updateVectors again with resume: 'skip' to send the rest$/,
      )
      expect(error.report.points).toBeGreaterThanOrEqual(90)
    })

    const wrong: readonly (readonly [unknown, string])[] = [
      [7, '"points" expected points { id, vector'],
      [{ id: 'x', vector: { colbert: [[1, 2]] } }, '"point.id" expected a whole number or a UUID, got "x"'],
      [
        { id: 1, vector: {} },
        '"point 1.vector" expected at least one vector ("colbert", "dense", "half"), got none',
      ],
      [{ id: 1 }, '"point 1.vector" expected an object with vectors by name'],
      [
        { id: 1, vector: { colbert: undefined } },
        '"point 1.vector.colbert" expected a vector, got undefined; remove it with deleteVectors()',
      ],
      [{ id: 1, vector: { colbert: null } }, '"point 1.vector.colbert" expected a vector, got null'],
      [
        { id: 1, vector: { nope: [[1, 2]] } },
        /^"point 1\.vector": the collection has no vector "nope"; it has .*; add a vector .* addVector\(\).* new store$/ as never,
      ],
      [{ id: 1, vector: { colbert: [] } }, '"point 1.vector.colbert" expected at least one row, got none'],
      [{ id: 1, vector: { colbert: [[1, 2, 3]] } }, '"point 1.vector.colbert[0]" expected 2 numbers, got 3'],
      [
        {
          id: 1,
          vector: {
            dense: [
              [1, 2],
              [3, 4],
            ],
          },
        },
        '"point 1.vector.dense" expected one row of 2 numbers, got 2 rows',
      ],
      [{ id: 1, vector: { half: [[65_520, 1]] } }, /holds \(up to 65504\), got 65520/ as never],
      [
        { id: 1, vector: { colbert: [[1, 2]] }, payload: { n: 5 } },
        '"point 1.payload" is not changed by updateVectors(); omit it, and change it with setPayload()',
      ],
    ]
    it('refuse values that are not points with vectors', async () => {
      const collection = await filled()
      const before = await storedIn(collection)
      for (const [point, message] of wrong) {
        await expect(collection.updateVectors([point as PointVectors]), `${message}`).rejects.toThrow(message)
      }
      await expect(collection.updateVectors(7 as never)).rejects.toThrow(
        '"points" expected an iterable or async iterable of points, got number',
      )
      await expect(collection.updateVectors([], { wiat: true })).rejects.toThrow(
        'unknown option "options.wiat"; valid options of updateVectors: wait, ',
      )
      const reason = new Error('enough')
      const aborted = collection.updateVectors([{ id: 1, vector: { colbert: [[1, 2]] } }], {
        signal: AbortSignal.abort(reason),
      })
      await expect(aborted).rejects.toBe(reason)
      expect(await storedIn(collection)).toEqual(before)
    })
  })

  describe('removals of vectors', () => {
    it('leave payloads and other vectors, by id or by filter', async () => {
      const collection = await filled()
      await collection.deleteVectors([2, 2, 1], ['colbert', 'half'])
      await collection.deleteVectors({ must: [{ key: 'n', match: { value: 4 } }] }, ['dense'])
      expect(await storedIn(collection)).toEqual([
        { payload: { n: 1 }, vector: { dense: row(Math.fround(0.6), Math.fround(0.8)) } },
        { payload: { n: 2 }, vector: { dense: row(1, 0) } },
        { payload: {}, vector: { dense: row(0, 1) } },
        { payload: { n: 4 }, vector: {} },
      ])
      expect(await collection.query([[1, 0]], { using: 'colbert' })).toEqual([])
      expect(await collection.query([1, 0], { using: 'dense' })).toHaveLength(3)
      expect(await collection.count()).toBe(4)
    })

    it('fail for an unknown id, and refuse other values', async () => {
      const collection = await filled()
      await expect(collection.deleteVectors([2, 77], ['half'])).rejects.toThrow(/no point with (the )?id 77/i)
      const [two] = await storedIn(collection, [2])
      expect(Object.keys(two!.vector!).sort()).toEqual(['colbert', 'dense'])
      const names: readonly (readonly [unknown, string])[] = [
        [[], '"names" expected at least one name of a vector, got none'],
        ['dense', '"names" expected an array of names of vectors, got string'],
        [
          ['dense', 'nope'],
          '"names[1]" expected a vector of the collection ("colbert", "dense", "half"), got "nope"',
        ],
        [[1], '"names[0]" expected a vector of the collection ("colbert", "dense", "half"), got number'],
      ]
      for (const [value, message] of names) {
        await expect(collection.deleteVectors([2], value as string[]), message).rejects.toThrow(message)
      }
      await expect(collection.deleteVectors({ must: [] }, ['dense'])).rejects.toThrow(
        'a filter that selects every point',
      )
      await expect(collection.deleteVectors([2], ['dense'], { key: 'a' })).rejects.toThrow(
        'unknown option "options.key"; valid options of deleteVectors: wait, signal',
      )
      expect((await storedIn(collection, [2]))[0]).toEqual(two)
    })
  })
}
