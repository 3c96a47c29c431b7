// The names of a store's files: which belong to a segment, and which to the store.

import { expect, it } from 'vitest'
import {
  isStoreFile,
  isUnfinished,
  logName,
  MAX_SEGMENT_NUMBER,
  payloadsName,
  rowsName,
  segmentNumberOf,
} from '../../src/store/files/file-names.js'

it('recognizes the files of every segment', () => {
  for (const number of [1, 9, 999_999, 1_000_000, 12_345_678, MAX_SEGMENT_NUMBER]) {
    const names = [logName(number), payloadsName(number), ...[0, 1, 9, 10, 255].map(f => rowsName(number, f))]
    for (const name of names) {
      expect(segmentNumberOf(name), name).toBe(number)
      expect(isStoreFile(name), name).toBe(true)
      expect(isUnfinished(name), name).toBe(false)
    }
    expect(new Set(names).size).toBe(names.length)
  }
})

it.each([
  ['manifest', true, false],
  ['manifest.copy', true, false],
  ['manifest.new', true, true],
  ['manifest.copy.new', true, true],
  ['lock', true, false],
  ['lock.new.1', true, false],
  ['manifest.old', false, false],
  ['manifest.new.txt', false, false],
  ['my.manifest', false, false],
  ['locksmith', false, false],
  ['1.log', false, false],
  ['000001.log.bak', false, false],
  ['000001.rows', false, false],
  ['000001.x.rows', false, false],
  ['x000001.log', false, false],
])('takes %s for a file of a store: %s, for one that was not finished: %s', (name, isOfStore, isNew) => {
  expect(isStoreFile(name)).toBe(isOfStore)
  expect(isUnfinished(name)).toBe(isNew)
  expect(segmentNumberOf(name)).toBeUndefined()
})
