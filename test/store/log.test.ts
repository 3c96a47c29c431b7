// A segment's log: which records are read, what counts as a gap, and where the log ends.

import { expect, it } from 'vitest'
import { encodeLogStart, LOG_START, readLog } from '../../src/store/files/log.js'
import {
  COMMIT,
  decodeHeader,
  decodeTombstones,
  encodeCommit,
  encodeTombstones,
  HEADER_BYTES,
  TOMBSTONES,
} from '../../src/store/files/record.js'
import { createMemoryFolder } from './memory-folder.js'

/** Bytes of a record with one tombstone. */
const SIZE = HEADER_BYTES + 8
/** Where the record after `count` others begins. */
const placeOf = (count: number) => LOG_START + count * SIZE

/** A record: its sequence number, and up to which byte the log was on the disk when it was written. */
type Given = readonly [sequence: number, durable: number]

/** Reads a log of these records, of which those at the positions `damaged` have a flipped bit in their bodies. */
async function read(given: readonly Given[], damaged: readonly number[], sealedEnd?: number) {
  const log = new Uint8Array(placeOf(given.length))
  log.set(encodeLogStart(1, 1))
  for (const [i, [sequence, durable]] of given.entries()) {
    log.set(encodeTombstones(Uint32Array.of(1, i), sequence, durable), placeOf(i))
  }
  for (const i of damaged) log[placeOf(i) + HEADER_BYTES]! ^= 4
  const folder = createMemoryFolder(new Map([['log', log]]))
  const file = (await folder.open('log', false))!
  const { records, gaps, end, durable } = await readLog(file, log.length, sealedEnd)
  return { records: records.map(({ at }) => (at - LOG_START) / SIZE), gaps, end, durable }
}

it('reads the tombstones of a record only if its header counts as many', () => {
  const body = new Uint8Array(Uint32Array.of(3, 4, 5, 6).buffer)
  const header = { type: TOMBSTONES, bytes: 16, count: 2, sequence: 1, durable: 0, checksum: 0 }
  expect(decodeTombstones({ at: 0, header, body })).toEqual(Uint32Array.of(3, 4, 5, 6))
  for (const count of [0, 1, 3, 4]) {
    expect(decodeTombstones({ at: 0, header: { ...header, count }, body }), `count ${count}`).toBeUndefined()
  }
})

it('reads the header of a record as it was written', () => {
  const bytes = new Uint8Array(encodeTombstones(Uint32Array.of(3, 4, 5, 6), 77, 4096))
  const header = { type: TOMBSTONES, bytes: 16, count: 2, sequence: 77, durable: 4096 }
  expect(decodeHeader(bytes, 4096)).toMatchObject(header)
  expect(decodeHeader(bytes, 4095), 'on the disk beyond its own beginning').toBeUndefined()
  const commit = new Uint8Array(encodeCommit(78, 128))
  expect(decodeHeader(commit, 128)).toMatchObject({
    type: COMMIT,
    bytes: 0,
    count: 0,
    sequence: 78,
    durable: 128,
  })
  for (let byte = 0; byte < HEADER_BYTES; byte++) {
    const damaged = commit.slice()
    damaged[byte]! ^= 1
    expect(decodeHeader(damaged, 128), `byte ${byte}`).toBeUndefined()
  }
})

const all = [
  [1, 0],
  [2, placeOf(1)],
  [3, placeOf(2)],
  [4, placeOf(2)],
] as const
const gapAt = (i: number, count = 1) => ({ at: placeOf(i), bytes: count * SIZE })

it.each<readonly [string, readonly Given[], readonly number[], number | undefined, object]>([
  [
    'all records',
    all,
    [],
    undefined,
    { records: [0, 1, 2, 3], gaps: [], end: placeOf(4), durable: placeOf(2) },
  ],
  [
    'records with the same sequence number',
    [...all, [4, placeOf(3)], [4, placeOf(3)]],
    [],
    undefined,
    { records: [0, 1, 2, 3, 4, 5], gaps: [], end: placeOf(6), durable: placeOf(3) },
  ],
  [
    'the largest durable byte, which need not be the last',
    [...all, [5, placeOf(1)]],
    [],
    undefined,
    { records: [0, 1, 2, 3, 4], gaps: [], end: placeOf(5), durable: placeOf(2) },
  ],
  [
    'a gap that was on the disk',
    all,
    [1],
    undefined,
    { records: [0, 2, 3], gaps: [gapAt(1)], end: placeOf(4), durable: placeOf(2) },
  ],
  [
    'one gap for damaged records that follow each other',
    [...all, [5, placeOf(4)]],
    [1, 2],
    undefined,
    { records: [0, 3, 4], gaps: [gapAt(1, 2)], end: placeOf(5), durable: placeOf(4) },
  ],
  [
    'no record behind a gap that begins where the log was not on the disk',
    all,
    [2],
    undefined,
    { records: [0, 1], gaps: [], end: placeOf(2), durable: placeOf(2) },
  ],
  [
    'a gap of a sealed log in any case',
    all,
    [2],
    placeOf(4),
    { records: [0, 1, 3], gaps: [gapAt(2)], end: placeOf(4), durable: placeOf(4) },
  ],
  [
    'the gap that was on the disk, and nothing behind the one that was not',
    [...all, [5, placeOf(2)], [6, placeOf(2)]],
    [1, 4],
    undefined,
    { records: [0, 2, 3], gaps: [gapAt(1)], end: placeOf(4), durable: placeOf(2) },
  ],
  [
    'no damaged record at the end',
    all,
    [3],
    undefined,
    { records: [0, 1, 2], gaps: [], end: placeOf(3), durable: placeOf(2) },
  ],
  [
    'no record with a smaller sequence number, which an earlier writer left',
    [...all, [2, placeOf(2)], [3, placeOf(3)]],
    [],
    undefined,
    { records: [0, 1, 2, 3], gaps: [], end: placeOf(4), durable: placeOf(2) },
  ],
])('reads %s', async (_, given, damaged, sealedEnd, expected) => {
  expect(await read(given, damaged, sealedEnd)).toEqual(expected)
})
