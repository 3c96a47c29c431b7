// The map of ids, and a directory of points, beyond what one Map holds. The limit is lowered here.

import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import type { PointId } from '../../src/collection/collection.js'
import { createIdMap } from '../../src/store/columns/id-map.js'
import { compareIds, writeId } from '../../src/store/columns/id-words.js'
import { createPointDirectory, type PointDirectory } from '../../src/store/columns/point-directory.js'
import {
  addPoints,
  createSegment,
  type EncodedPoints,
  type Segment,
} from '../../src/store/columns/segment.js'

it('equals a Map under any changes, beyond the limit of one map', () => {
  const id = fc.oneof(
    fc.integer({ min: 0, max: 30 }),
    fc.constantFrom('f47ac10b-58cc-4372-a567-0e02b2c3d479', 'f47ac10b-58cc-4372-a567-0e02b2c3d47a'),
  )
  const change = fc.record({ id, value: fc.option(fc.nat(5)) })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 120 }), fc.integer({ min: 1, max: 8 }), (changes, limit) => {
      const map = createIdMap(limit)
      const model = new Map<PointId, number>()
      for (const { id, value } of changes) {
        if (value === null) {
          map.delete(id)
          model.delete(id)
        } else {
          map.set(id, value)
          model.set(id, value)
        }
        expect(map.size).toBe(model.size)
        expect(map.get(id)).toBe(model.get(id))
      }
      expect([...map.keys()].sort()).toEqual([...model.keys()].sort())
      for (const [each, value] of model) expect(map.get(each)).toBe(value)
    }),
    { seed: 7, numRuns: 200 },
  )
})

it('puts no more entries than the limit into one map, and fills maps that have room again', () => {
  const maps: Map<unknown, unknown>[] = []
  class WatchedMap<K, V> extends Map<K, V> {
    constructor() {
      super()
      maps.push(this)
    }
  }
  vi.stubGlobal('Map', WatchedMap)
  const map = createIdMap(3)
  for (let id = 0; id < 10; id++) map.set(id, id)
  for (let id = 0; id < 10; id++) map.set(id, id + 1)
  const sizes = maps.map(({ size }) => size)
  for (const id of [1, 4]) map.delete(id)
  for (const id of [20, 21, 22, 23]) map.set(id, id)
  vi.unstubAllGlobals()
  expect(sizes).toEqual([3, 3, 3, 1])
  expect(maps.map(({ size }) => size)).toEqual([3, 3, 3, 3])
})

function pointsOf(ids: readonly PointId[], version: number): EncodedPoints {
  const words = new Uint32Array(4 * ids.length)
  return {
    count: ids.length,
    tombstones: new Uint32Array(0),
    versions: new Float64Array(ids.length).fill(version),
    ids: words,
    idTypes: Uint8Array.from(ids, (id, i) => writeId(id, words, 4 * i)),
    payloads: { offset: 0, bytes: 0 },
    payloadEntries: new Uint32Array(2 * ids.length),
    fields: [],
  }
}

function segmentOf(number: number, ids: readonly PointId[], version: number): Segment {
  const segment = createSegment(number, [])
  addPoints(segment, pointsOf(ids, version))
  return segment
}

it('finds, replaces, removes and sorts points beyond the limit of one map', () => {
  const ids = Array.from({ length: 100 }, (_, id) => 99 - id)
  const segments = new Map([
    [1, segmentOf(1, ids, 1)],
    [2, segmentOf(2, [5, 50, 200], 2)],
  ])
  const directory = createPointDirectory(segments, 16)
  for (const segment of segments.values()) directory.enter(segment, 0)
  expect(directory.size).toBe(101)
  expect(directory.find(50)).toEqual({ segment: segments.get(2), slot: 1 })
  expect(directory.find(0)).toEqual({ segment: segments.get(1), slot: 99 })
  expect(segments.get(1)!.points).toBe(98)
  directory.remove(directory.find(50)!)
  expect(directory.find(50)).toBeUndefined()
  expect(directory.sorted()).toEqual([...ids.filter(id => id !== 50).reverse(), 200])
})

const UUID_ID = 'f47ac10b-58cc-4372-a567-0e02b2c3d479'
const IDS: readonly PointId[] = [0, 1, 5, 21, 2n ** 60n, UUID_ID]

/** Appends points to a segment and enters them into a directory. */
function append(directory: PointDirectory, segment: Segment, ids: readonly PointId[], version: number): void {
  const first = segment.length
  addPoints(segment, pointsOf(ids, version))
  directory.enter(segment, first)
}

it('finds, counts and sorts the same points, whether ids ascend in one segment or not', () => {
  const id = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom<PointId>(2n ** 60n, UUID_ID))
  const ascending = fc.record({ start: fc.nat(20), count: fc.integer({ min: 0, max: 3 }) })
  const change = fc.record({
    segment: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.constant(2)),
    added: fc.oneof(
      ascending.map(({ start, count }) => Array.from({ length: count }, (_, i) => start + i)),
      fc.uniqueArray(id, { maxLength: 3 }),
    ),
    removed: fc.option(id),
  })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 8 }), changes => {
      const segments = new Map([1, 2].map(number => [number, createSegment(number, [])]))
      const directory = createPointDirectory(segments)
      const model = new Map<PointId, { segment: Segment; slot: number }>()
      for (const [version, { segment: number, added, removed }] of changes.entries()) {
        const segment = segments.get(number)!
        for (const [i, each] of added.entries()) model.set(each, { segment, slot: segment.length + i })
        append(directory, segment, added, version)
        const location = removed === null ? undefined : directory.find(removed)
        if (location) directory.remove(location)
        if (removed !== null) model.delete(removed)
        expect(directory.size).toBe(model.size)
        for (const each of [...IDS, ...model.keys()]) expect(directory.find(each)).toEqual(model.get(each))
        expect(directory.sorted()).toEqual([...model.keys()].sort(compareIds))
      }
    }),
    { seed: 18, numRuns: 300 },
  )
})
