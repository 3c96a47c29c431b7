// Points are read in groups from any iterable, until its end, an error, or the abort of a signal.

import { expect, it } from 'vitest'
import { readGroups } from '../../src/collection/check-point.js'
import type { Point } from '../../src/collection/collection.js'

it('groups of points have the size that was asked for, the last one the rest, and each stays as it is', async () => {
  const points = [1, 2, 3, 4, 5].map(id => ({ id, vector: [[id]] }))
  const idsOf = (groups: readonly (readonly Point[])[]) => groups.map(group => group.map(({ id }) => id))
  const groupsOf = async (source: Parameters<typeof readGroups>[0], size: number) => {
    const groups: Point[][] = []
    for await (const group of readGroups(source, size, undefined)) groups.push(group)
    return groups
  }
  async function* later() {
    yield* points
  }
  for (const source of [points, later()]) {
    expect(idsOf(await groupsOf(source, 2))).toEqual([[1, 2], [3, 4], [5]])
  }
  expect(idsOf(await groupsOf(points, 5))).toEqual([[1, 2, 3, 4, 5]])
  expect(await groupsOf([], 5)).toEqual([])
})

it('reading points that ends early is not disturbed by a source that cannot be closed', async () => {
  const source = {
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ done: false as const, value: { id: 1, vector: [[1]] } }),
      return: async () => {
        throw new Error('the source cannot be closed')
      },
    }),
  }
  const read = async () => {
    for await (const _ of readGroups(source, 1, undefined)) throw new Error('the disk is full')
  }
  await expect(read()).rejects.toThrow('the disk is full')
  // an error that no one catches would be found now
  await new Promise(resolve => setImmediate(resolve))
})

/** A source without an end, which counts how many points were requested and how often it was closed. */
function endlessSource(nextPoint: (id: number) => Promise<Point>) {
  const calls = { requested: 0, closed: 0 }
  const source = {
    [Symbol.asyncIterator]: () => ({
      next: async () => ({ done: false as const, value: await nextPoint(++calls.requested) }),
      return: async () => {
        calls.closed++
        return { done: true as const, value: undefined }
      },
    }),
  }
  return { calls, source }
}

const pointOf = async (id: number) => ({ id, vector: [[id]] })

it('rejects when its signal is aborted while the source has no next point, and closes the source', async () => {
  const reason = new Error('no longer needed')
  const abort = new AbortController()
  const { calls, source } = endlessSource(id => {
    if (id < 3) return pointOf(id)
    return new Promise<never>((_, reject) => {
      setImmediate(() => {
        abort.abort(reason)
        setImmediate(() => reject(new Error('the source ended after the abort')))
      })
    })
  })
  const groups: Point[][] = []
  const read = async () => {
    for await (const group of readGroups(source, 2, abort.signal)) groups.push(group)
  }
  await expect(read()).rejects.toBe(reason)
  expect(groups).toEqual([[await pointOf(1), await pointOf(2)]])
  expect(calls).toEqual({ requested: 3, closed: 1 })
})

it('requests no point after its signal was aborted', async () => {
  const reason = new Error('no longer needed')
  for (const abortAt of [0, 1, 2]) {
    const abort = new AbortController()
    if (abortAt === 0) abort.abort(reason)
    const { calls, source } = endlessSource(id => {
      if (id === abortAt) abort.abort(reason)
      return pointOf(id)
    })
    await expect(readGroups(source, 1000, abort.signal).next()).rejects.toBe(reason)
    expect(calls).toEqual({ requested: abortAt, closed: 1 })
  }
})

it('requests no point of a list after its signal was aborted', async () => {
  const reason = new Error('no longer needed')
  const abort = new AbortController()
  const requested: number[] = []
  function* points(): Generator<Point> {
    for (let id = 1; ; id++) {
      requested.push(id)
      if (id === 3) abort.abort(reason)
      yield { id, vector: [[id]] }
    }
  }
  await expect(readGroups(points(), 1000, abort.signal).next()).rejects.toBe(reason)
  expect(requested).toEqual([1, 2, 3])
})

it('closes a source that is not read to its end, and no other', async () => {
  const { calls, source } = endlessSource(pointOf)
  for await (const group of readGroups(source, 2, undefined)) {
    expect(group).toHaveLength(2)
    break
  }
  expect(calls).toEqual({ requested: 2, closed: 1 })
  let closed = 0
  const list: Iterable<Point> = {
    [Symbol.iterator]: () => ({
      next: () => ({ done: true as const, value: undefined }),
      return: () => {
        closed++
        return { done: true as const, value: undefined }
      },
    }),
  }
  for await (const _ of readGroups(list, 2, undefined)) throw new Error('there is no group')
  expect(closed).toBe(0)
})

it('rejects with the error of a source, which it asks once', async () => {
  const { calls, source } = endlessSource(async () => {
    throw new Error('the source is broken')
  })
  await expect(readGroups(source, 2, undefined).next()).rejects.toThrow('the source is broken')
  expect(calls.requested).toBe(1)
})

it('waits for points that are promises, and copies each before it requests the next', async () => {
  const shared = { id: 0, vector: [[0]] }
  function* reusing() {
    for (let id = 1; id <= 3; id++) {
      shared.id = id
      yield shared
    }
  }
  const groups: Point[][] = []
  for await (const group of readGroups(reusing(), 2, undefined, point => ({ ...point }))) groups.push(group)
  expect(groups.map(group => group.map(({ id }) => id))).toEqual([[1, 2], [3]])
  const promises = [pointOf(1), pointOf(2)] as unknown as Point[]
  expect((await readGroups(promises, 5, undefined).next()).value).toEqual([
    await pointOf(1),
    await pointOf(2),
  ])
})

it.each<[unknown, string]>([
  [7, 'number'],
  ['points', 'string'],
  [null, 'null'],
  [{ id: 1, vector: [[1]] }, 'object; a single point is [point]'],
])('refuses %j in place of points', async (points, got) => {
  await expect(readGroups(points as never, 1, undefined).next()).rejects.toThrow(
    new TypeError(`"points" expected an iterable or async iterable of points, got ${got}`),
  )
})
