// The streams of arrays are closed when the points are read, when the reader stops early, and after an error.

import { describe, expect, it } from 'vitest'
import { readHeader } from '../../src/formats/arrays/npy.js'
import { pointsOfArrays } from '../../src/formats/arrays/points-of-arrays.js'
import { regionStream } from '../../src/formats/bytes/byte-stream.js'
import { bytesSource } from '../../src/formats/index.js'
import { f32, npyFile, type TestArray, texts, u8 } from './npz-file.js'

/**
 * Arrays whose streams are watched: the names of those that are open, and of those that were checked to their end. One with the
 * name `damaged` has a wrong checksum.
 */
function watchedArrays(arrays: Readonly<Record<string, TestArray>>) {
  const [open, ended] = [new Set<string>(), new Set<string>()]
  const entries = Object.entries(arrays).map(([name, array]) => ({
    name,
    async load() {
      const source = bytesSource(npyFile(array), name)
      const { size, ...header } = await readHeader(regionStream(source, 0, source.size, name), name)
      return {
        ...header,
        name,
        path: name,
        read: undefined,
        async open() {
          open.add(name)
          const stream = regionStream(source, size, header.byteLength, name)
          return {
            ...stream,
            async end() {
              if (name === 'damaged') throw new Error('its checksum is wrong')
              ended.add(name)
            },
            close: async () => void open.delete(name),
          }
        },
      }
    },
  }))
  const points = pointsOfArrays(entries, 'a.npz', { isOrdered: true, columns: {} })
  return { points, open, ended }
}

const lines = (...values: string[]) => {
  const bytes = [...new TextEncoder().encode(values.map(value => `${value}\n`).join(''))]
  return u8([bytes.length], bytes)
}
const cube = f32([3, 2, 1], [1, 2, 3, 4, 5, 6])
const rows = f32([3, 1], [1, 2, 3])
const beside = { ids: texts(['a', 'b', 'c']), payload: lines('{}', '{}', '{}') }

const LAYOUTS: Readonly<Record<string, Readonly<Record<string, TestArray>>>> = {
  'documents of the same number of rows': { data: cube, ...beside },
  'documents with lengths': { data: cube, lengths: u8([3], [1, 2, 1]), ...beside },
  'documents with a mask': { data: cube, mask: u8([3, 2], [1, 1, 1, 0, 0, 1]), ...beside },
  'rows with lengths': { data: rows, lengths: u8([3], [1, 1, 1]), ...beside },
  'rows with offsets': { data: rows, offsets: u8([4], [0, 1, 2, 3]), ...beside },
}

describe.each(Object.entries(LAYOUTS))('the arrays of %s', (_, arrays) => {
  it('are open while they are read, and closed at the end, when each was checked to its end', async () => {
    const { points, open, ended } = watchedArrays(arrays)
    await points.next()
    expect(open).toEqual(new Set(Object.keys(arrays)))
    for await (const _ of points);
    expect([[...open], ended]).toEqual([[], new Set(Object.keys(arrays))])
  })

  it('are closed if the reader stops', async () => {
    const { points, open } = watchedArrays(arrays)
    await points.next()
    await points.return(undefined)
    expect([...open]).toEqual([])
  })

  it('are closed after an error', async () => {
    const { points, open } = watchedArrays({ ...arrays, ids: texts(['a', '', 'c']) })
    await points.next()
    await expect(points.next()).rejects.toThrow('"id" expected')
    expect([...open]).toEqual([])
  })
})

it('an array of each document is closed before the next one is read, and after an error', async () => {
  const { points, open, ended } = watchedArrays({ 1: rows, 2: rows, 3: f32([0, 1], []) })
  for (const name of ['1', '2']) {
    expect((await points.next()).value?.id).toBe(Number(name))
    expect([...open]).toEqual([])
    expect(ended.has(name)).toBe(true)
  }
  await expect(points.next()).rejects.toThrow('expected at least 1 row')
  const { points: broken, open: left } = watchedArrays({ 1: rows, damaged: rows })
  await broken.next()
  await expect(broken.next()).rejects.toThrow('its checksum is wrong')
  expect([...left]).toEqual([])
})
