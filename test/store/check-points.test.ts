// Points of a record whose checksum is right: each number has to agree with the sizes of the record and of the files.

import { expect, it } from 'vitest'
import { NUMBER, UUID } from '../../src/store/columns/id-words.js'
import { addPoints, createSegment, type EncodedPoints } from '../../src/store/columns/segment.js'
import { arePointsSound, areTombstonesSound } from '../../src/store/files/check-points.js'
import { MAX_SEGMENT_NUMBER } from '../../src/store/files/file-names.js'
import { MAX_SEGMENT_SLOTS } from '../../src/store/files/storage.js'

/** Two points with 2 and 1 rows of 8 bytes, no and 3 rows of 4 bytes, and 5 and 7 bytes of payload. */
const pointsAt = (slots: number): EncodedPoints => ({
  count: 2,
  tombstones: Uint32Array.of(1, 0, MAX_SEGMENT_NUMBER, 5),
  versions: Float64Array.of(1, 2 ** 52),
  ids: new Uint32Array(8),
  idTypes: Uint8Array.of(NUMBER, UUID),
  payloads: { offset: 6 * slots, bytes: 12 },
  payloadEntries: Uint32Array.of(5, 0, 7, 0),
  fields: [
    { offset: 12 * slots, bytes: 24, largest: 1, entries: Uint32Array.of(2, 0, 0, 0, 1, 0, 0, 0) },
    { offset: 6 * slots, bytes: 12, largest: 0, entries: Uint32Array.of(0, 0, 0, 0, 3, 0, 0, 0) },
  ],
})
const segmentWith = (batches: number) => {
  const segment = createSegment(1, [{ rowBytes: 8 }, { rowBytes: 4 }])
  for (let i = 0; i < batches; i++) addPoints(segment, pointsAt(2 * i))
  return segment
}

type Draft = { -readonly [name in keyof EncodedPoints]: EncodedPoints[name] }
const withField = (points: Draft, f: number, change: object) => {
  points.fields = points.fields.map((field, i) => (i === f ? { ...field, ...change } : field))
}

const unsound: readonly (readonly [string, (points: Draft) => unknown])[] = [
  ['payloads that overlap those before', p => (p.payloads = { offset: 11, bytes: 12 })],
  ['payloads at a fraction of a byte', p => (p.payloads = { offset: 12.5, bytes: 12 })],
  ['payloads at no number', p => (p.payloads = { offset: Number.NaN, bytes: 12 })],
  ['payloads of more bytes than the items have', p => (p.payloads = { offset: 12, bytes: 13 })],
  ['payloads of fewer bytes than the items have', p => (p.payloads = { offset: 12, bytes: 11 })],
  ['payloads that end at 2^53', p => (p.payloads = { offset: 2 ** 53 - 12, bytes: 12 })],
  ['rows that overlap those before', p => withField(p, 0, { offset: 23 })],
  ['rows of the last vector that overlap those before', p => withField(p, 1, { offset: 11 })],
  ['rows of more bytes than the items have', p => withField(p, 0, { bytes: 32 })],
  ['rows of the last vector of fewer bytes than the items have', p => withField(p, 1, { bytes: 8 })],
  ['a largest value below 0', p => withField(p, 0, { largest: -1 })],
  ['a largest value that is not a number', p => withField(p, 1, { largest: Number.NaN })],
  ['an infinite largest value', p => withField(p, 1, { largest: Infinity })],
  ['a version with a fraction', p => (p.versions = Float64Array.of(1, 1.5))],
  ['a negative version', p => (p.versions = Float64Array.of(-1, 1))],
  ['a version beyond 2^52', p => (p.versions = Float64Array.of(1, 2 ** 52 + 1))],
  ['an unknown type of an id', p => (p.idTypes = Uint8Array.of(NUMBER, 2))],
  ['another unknown type of an id', p => (p.idTypes = Uint8Array.of(255, UUID))],
  ['a tombstone of segment 0', p => (p.tombstones = Uint32Array.of(1, 0, 0, 1))],
  ['a tombstone beyond the last segment', p => (p.tombstones = Uint32Array.of(MAX_SEGMENT_NUMBER + 1, 0))],
]

it.each(unsound)('refuses %s', (_, change) => {
  const points: Draft = pointsAt(2)
  expect(arePointsSound(segmentWith(1), { firstSlot: 2, points }, 0), 'without the change').toBe(true)
  change(points)
  expect(arePointsSound(segmentWith(1), { firstSlot: 2, points }, 0)).toBe(false)
})

it('takes points after a gap only if the bytes that were lost can have held the points between', () => {
  for (const [firstSlot, lostBytes, isSound] of [
    [0, 0, true],
    [1, 0, false],
    [1, 31, false],
    [1, 32, true],
    [3, 95, false],
    [3, 96, true],
  ] as const) {
    const sound = arePointsSound(segmentWith(0), { firstSlot, points: pointsAt(0) }, lostBytes)
    expect(sound, `slot ${firstSlot} after ${lostBytes} lost bytes`).toBe(isSound)
  }
  expect(arePointsSound(segmentWith(1), { firstSlot: 1, points: pointsAt(2) }, 1000), 'slots in use').toBe(
    false,
  )
  // a gap in the files too, which lost points leave
  expect(arePointsSound(segmentWith(1), { firstSlot: 4, points: pointsAt(4) }, 64)).toBe(true)
})

it('takes tombstones of any slot in the segments that may exist', () => {
  expect(areTombstonesSound(new Uint32Array(0))).toBe(true)
  expect(areTombstonesSound(Uint32Array.of(1, 0, MAX_SEGMENT_NUMBER, 2 ** 32 - 1))).toBe(true)
  expect(areTombstonesSound(Uint32Array.of(1, 0, 0, 0))).toBe(false)
  expect(areTombstonesSound(Uint32Array.of(MAX_SEGMENT_NUMBER + 1, 0))).toBe(false)
})

it('refuses points whose copies have other numbers of rows than their vectors', () => {
  const segment = createSegment(1, [{ rowBytes: 8 }, { rowBytes: 4 }, { rowBytes: 2, copyOf: 0 }])
  const withCopies = (first: number, second: number): EncodedPoints => {
    const entries = Uint32Array.of(first, 0, 0, 0, second, 0, 0, 0)
    return { ...pointsAt(0), fields: [...pointsAt(0).fields, { offset: 0, bytes: 6, largest: 1, entries }] }
  }
  expect(arePointsSound(segment, { firstSlot: 0, points: withCopies(2, 1) }, 0)).toBe(true)
  expect(arePointsSound(segment, { firstSlot: 0, points: withCopies(1, 2) }, 0)).toBe(false)
})

it('refuses points beyond the last slot of a segment, however many bytes before them are damaged', () => {
  const refused = [MAX_SEGMENT_SLOTS - 2, MAX_SEGMENT_SLOTS - 1, 2 ** 32 - 1].map(
    firstSlot => !arePointsSound(segmentWith(1), { firstSlot, points: pointsAt(2) }, 2 ** 40),
  )
  expect(refused).toEqual([false, true, true])
})
