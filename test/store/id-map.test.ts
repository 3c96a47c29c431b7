// The map of ids, and a directory of points, beyond what one Map holds. The limit is lowered here.

import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import type { PointId } from '../../src/collection/collection.js'
import { createIdMap } from '../../src/store/columns/id-map.js'
import { writeId } from '../../src/store/columns/id-words.js'
import { createPointDirectory } from '../../src/store/columns/point-directory.js'
import { addPoints, createSegment, type Segment } from '../../src/store/columns/segment.js'

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

function segmentOf(number: number, ids: readonly PointId[], version: number): Segment {
  const segment = createSegment(number, [])
  const words = new Uint32Array(4 * ids.length)
  addPoints(segment, {
    count: ids.length,
    tombstones: new Uint32Array(0),
    versions: new Float64Array(ids.length).fill(version),
    ids: words,
    idTypes: Uint8Array.from(ids, (id, i) => writeId(id, words, 4 * i)),
    payloads: { offset: 0, bytes: 0 },
    payloadEntries: new Uint32Array(2 * ids.length),
    fields: [],
  })
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
