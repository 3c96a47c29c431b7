// Cases for every collection: changes of payloads. A server decides what paths mean and what unknown ids lead to.

import { describe, expect, it } from 'vitest'
import type { Filter, Payload, PayloadSelection, PointId } from '../../src/collection/collection.js'
import type { AnyCollection, Make } from './collection.cases.js'

const UUID = '5c56c793-69f3-4fbf-87e6-c4bf54c28c26'
const vectors = {
  colbert: { size: 2, distance: 'Dot' },
  dense: { size: 2, distance: 'Dot', multivector_config: null },
} as const
const rowsOf = (id: number) => [
  [id, 1],
  [1, id],
]

export function payloadCases(make: Make): void {
  async function filled(payloads: Readonly<Record<number, Payload | undefined>> = {}) {
    const collection = await make({ vectors })
    await collection.upsert([
      ...[1, 2, 3].map(id => ({
        id,
        vector: { colbert: rowsOf(id), ...(id > 1 && { dense: [id, 0] }) },
        payload: payloads[id] ?? { n: id, of: { x: 1, y: [1, 2] } },
      })),
      { id: UUID, vector: { dense: [9, 9] } },
    ])
    return collection
  }

  async function payloadsOf(collection: AnyCollection, ids: readonly PointId[] = [1, 2, 3, UUID]) {
    const points = await collection.retrieve(ids)
    const byId = new Map(points.map(({ id, payload }) => [id, payload]))
    return ids.map(id => byId.get(id))
  }

  type Call = (
    collection: AnyCollection,
    which: readonly PointId[] | Filter,
    options?: object,
  ) => Promise<void>
  const calls: readonly (readonly [name: string, call: Call])[] = [
    ['setPayload', (collection, which, options) => collection.setPayload(which, { a: 1 }, options)],
    [
      'overwritePayload',
      (collection, which, options) => collection.overwritePayload(which, { a: 1 }, options),
    ],
    ['deletePayload', (collection, which, options) => collection.deletePayload(which, ['n'], options)],
    ['clearPayload', (collection, which, options) => collection.clearPayload(which, options)],
  ]

  const whole = {
    n: 1,
    of: { x: 1, y: { z: [1, 2] } },
    list: [{ b: 1, c: 2 }, 3, [{ b: 4, d: [{ b: 5 }] }], { b: null }],
    'a key': { 'k.k': 1, '': 2 },
    nothing: null,
    empty: {},
  }
  const { n, of, list, nothing, empty } = whole
  const aKey = whole['a key']
  const selections: readonly (readonly [selection: PayloadSelection, selected: Payload])[] = [
    [['n'], { n }],
    [['of.x'], { of: { x: 1 } }],
    [['of.y.z'], { of: { y: { z: [1, 2] } } }],
    [['of.y.z[]'], { of: { y: { z: [1, 2] } } }],
    [['of.y.z[0]'], { of: { y: { z: [] } } }],
    [['list[]'], { list }],
    [['list[].b'], { list: [{ b: 1 }, 3, [], { b: null }] }],
    [['list[][].b'], { list: [{}, 3, [{ b: 4 }], {}] }],
    [['list[][].d[].b'], { list: [{}, 3, [{ d: [{ b: 5 }] }], {}] }],
    [['list[0].b'], { list: [] }],
    [['list.b'], { list: [] }],
    [['n.deeper', 'nothing.x', 'empty.x'], { n, nothing, empty }],
    [['of.nope', 'nope'], { of: {} }],
    [['"a key"."k.k"'], { 'a key': { 'k.k': 1 } }],
    [['"a key".""'], { 'a key': { '': 2 } }],
    [['of.x', 'of'], { of }],
    [['list[].b', 'list[].c'], { list: [{ b: 1, c: 2 }, 3, [], { b: null }] }],
    [['constructor', 'of.toString'], { of: {} }],
    [{ include: ['of.x', 'n'] }, { n, of: { x: 1 } }],
    [{ exclude: [] }, whole],
    [{ exclude: ['of', 'list', '"a key"'] }, { n, nothing, empty }],
    [
      { exclude: ['of.x', 'list[].b', 'n'] },
      {
        of: { y: { z: [1, 2] } },
        list: [{ c: 2 }, 3, [{ b: 4, d: [{ b: 5 }] }], {}],
        'a key': aKey,
        nothing,
        empty,
      },
    ],
    [{ exclude: ['list[]', 'of', '"a key"'] }, { n, list: [], nothing, empty }],
    [{ exclude: ['list[0]', 'of', '"a key"'] }, { n, list, nothing, empty }],
    [
      { exclude: ['list[][].d', 'of', '"a key"."k.k"'] },
      { n, list: [{ b: 1, c: 2 }, 3, [{ b: 4 }], { b: null }], 'a key': { '': 2 }, nothing, empty },
    ],
    [
      { exclude: ['n.deeper', 'list', 'of.y.z[]'] },
      { n, of: { x: 1, y: { z: [] } }, 'a key': aKey, nothing, empty },
    ],
  ]
  it('returns the fields of payloads that with_payload includes, or does not exclude', async () => {
    const collection = await filled({ 1: whole })
    const filter = { must: [{ has_id: [1] }] }
    for (const [with_payload, selected] of selections) {
      const where = JSON.stringify(with_payload)
      const [retrieved] = await collection.retrieve([1], { with_payload })
      expect(retrieved, `retrieve ${where}`).toEqual({ id: 1, payload: selected })
      const [hit] = await collection.query([[1, 0]], { using: 'colbert', filter, with_payload })
      expect(hit?.payload, `query ${where}`).toEqual(selected)
      for await (const { payload } of collection.scroll({ filter, with_payload })) {
        expect(payload, `scroll ${where}`).toEqual(selected)
      }
    }
    for (const with_payload of [false, [], { include: [] }]) {
      expect(await collection.retrieve([1], { with_payload })).toEqual([{ id: 1 }])
    }
  })

  describe('changes of payloads', () => {
    const first = { n: 1, of: { x: 1, y: [1, 2] } }

    it('merge keys into payloads, by id or by filter, and leave the rest', async () => {
      const collection = await filled()
      await collection.setPayload([1, UUID.toUpperCase()], { n: 7, new: { of: [null, 2n ** 60n] } })
      await collection.setPayload(
        { must: [{ key: 'n', match: { any: [2, 3] } }] },
        { of: 'text' },
        { wait: false },
      )
      const added = { n: 7, new: { of: [null, 2n ** 60n] } }
      await expect
        .poll(() => payloadsOf(collection))
        .toEqual([{ ...first, ...added }, { n: 2, of: 'text' }, { n: 3, of: 'text' }, added])
      const points = await collection.retrieve([1, 2, 3, UUID], { with_vector: true })
      const vectorOf = (wanted: PointId) => points.find(({ id }) => id === wanted)?.vector
      const colbert = (id: number) => ({ data: Float32Array.from(rowsOf(id).flat()), dim: 2 })
      expect(vectorOf(1)).toEqual({ colbert: colbert(1) })
      expect(vectorOf(2)).toEqual({ colbert: colbert(2), dense: Float32Array.of(2, 0) })
      expect(vectorOf(UUID)).toEqual({ dense: Float32Array.of(9, 9) })
      const hits = await collection.query([[1, 0]], { using: 'colbert' })
      expect(hits.map(({ id, score }) => [id, score])).toEqual([
        [3, 3],
        [2, 2],
        [1, 1],
      ])
      expect(await collection.count({ must: [{ key: 'n', match: { value: 7 } }] })).toBe(2)
      expect(await collection.count()).toBe(4)
    })

    it('give changed points a new version', async () => {
      const collection = await filled()
      const versions = async () =>
        (await collection.query([[1, 0]], { using: 'colbert' })).map(
          ({ id, version }) => [id, version] as const,
        )
      const before = new Map(await versions())
      await collection.setPayload([2], { n: 22 })
      const changed = (await versions()).filter(([id, version]) => before.get(id) !== version)
      expect(changed.map(([id]) => id)).toEqual([2])
    })

    const paths: readonly (readonly [key: string, before: Payload, after: Payload])[] = [
      ['of', { of: { x: 1 } }, { of: { x: 1, new: 1 } }],
      ['of.x', { of: { x: 1, y: 2 } }, { of: { x: { new: 1 }, y: 2 } }],
      ['of.a.b', {}, { of: { a: { b: { new: 1 } } } }],
      ['of', { of: [1, 2] }, { of: { new: 1 } }],
      ['of.x', { of: null }, { of: { x: { new: 1 } } }],
      ['of[1]', { of: [1, { x: 1 }, 3] }, { of: [1, { x: 1, new: 1 }, 3] }],
      ['of[5]', { of: [1, 2] }, { of: [1, 2] }],
      ['of[0]', { of: { x: 1 } }, { of: [] }],
      [
        'of[].x',
        { of: [{ x: 1 }, 2, []] },
        { of: [{ x: { new: 1 } }, { x: { new: 1 } }, { x: { new: 1 } }] },
      ],
      ['of[]', { of: 'text' }, { of: [] }],
      ['of[].x', {}, { of: [] }],
      ['"of".with-dash_1."a key"', {}, { of: { 'with-dash_1': { 'a key': { new: 1 } } } }],
      ['gone', { gone: { old: 1, kept: 2 } }, { gone: { kept: 2, new: 1 } }],
    ]
    it.each(paths)('merge keys into the object at the path %s of %o', async (key, before, after) => {
      const collection = await filled({ 1: before })
      await collection.setPayload([1], { new: 1, old: null }, { key })
      expect(await payloadsOf(collection, [1])).toEqual([after])
    })

    it('keep nulls of a payload that is the first one of a point, as a server does', async () => {
      const collection = await filled({ 1: { a: 1 }, 2: { a: 1 }, 3: {} })
      await collection.clearPayload([1])
      await collection.deletePayload([2], ['a'])
      await collection.setPayload([1, 2, 3], { b: null, c: 1 })
      expect(await payloadsOf(collection, [1, 2, 3])).toEqual([{ b: null, c: 1 }, { c: 1 }, { c: 1 }])
      await collection.overwritePayload([1, 2], {})
      await collection.clearPayload([3])
      await collection.setPayload([1, 2], { b: null, d: 1 })
      await collection.setPayload([3], { b: null, d: 1 }, { key: 'of' })
      expect(await payloadsOf(collection, [1, 2, 3])).toEqual([{ d: 1 }, { d: 1 }, { of: { d: 1 } }])
    })

    it('remove keys whose new value is null, and keep nulls inside of values', async () => {
      const collection = await filled({ 1: { a: null, b: 1, c: { d: null } } })
      await collection.setPayload([1], { b: null, e: null, f: { g: null } })
      expect(await payloadsOf(collection, [1])).toEqual([{ a: null, c: { d: null }, f: { g: null } }])
    })

    const removed: readonly (readonly [keys: readonly string[], before: Payload, after: Payload])[] = [
      [['a', 'nope'], { a: 1, b: 2 }, { b: 2 }],
      [['a.b', 'a.c'], { a: { b: 1, c: 2, d: 3 } }, { a: { d: 3 } }],
      [['a.b'], { a: [{ b: 1 }] }, { a: [{ b: 1 }] }],
      [['a[].b'], { a: [{ b: 1, c: 1 }, 2, { b: 3 }] }, { a: [{ c: 1 }, 2, {}] }],
      [['a[1].b'], { a: [{ b: 1 }, { b: 2 }] }, { a: [{ b: 1 }, {}] }],
      [['a[7].b'], { a: [{ b: 1 }] }, { a: [{ b: 1 }] }],
      [['a[0]'], { a: [1, 2] }, { a: [1, 2] }],
      [['a[]'], { a: [1, 2] }, { a: [] }],
      [['a[]'], { a: 1 }, { a: 1 }],
      [['a'], { a: 1 }, {}],
      [[], { a: 1 }, { a: 1 }],
    ]
    it.each(removed)('remove the keys %j from %o', async (keys, before, after) => {
      const collection = await filled({ 1: before })
      await collection.deletePayload([1], keys)
      expect(await payloadsOf(collection, [1])).toEqual([after])
    })

    it('remove keys, replace payloads, and clear them, by id or by filter', async () => {
      const collection = await filled()
      await collection.deletePayload({ must: [{ key: 'n', range: { gte: 2 } }] }, ['of.x', 'n'])
      expect(await payloadsOf(collection)).toEqual([first, { of: { y: [1, 2] } }, { of: { y: [1, 2] } }, {}])
      await collection.overwritePayload([2, UUID], { only: true })
      await collection.clearPayload({ must: [{ key: 'n', match: { value: 1 } }] })
      expect(await payloadsOf(collection)).toEqual([
        {},
        { only: true },
        { of: { y: [1, 2] } },
        { only: true },
      ])
      await collection.overwritePayload([2], {})
      await collection.clearPayload([3, UUID])
      expect(await payloadsOf(collection)).toEqual([{}, {}, {}, {}])
      expect(await collection.count({ must: [{ is_empty: { key: 'only' } }] })).toBe(4)
    })

    it('change each point once, if its id is given twice', async () => {
      const collection = await filled()
      await collection.setPayload([1, 1], { n: 5 })
      expect(await collection.count({ must: [{ key: 'n', match: { value: 5 } }] })).toBe(1)
      expect(await collection.count()).toBe(4)
    })

    it.each(calls)('of no point have no effect: %s', async (_, call) => {
      const collection = await filled()
      const before = await payloadsOf(collection)
      await call(collection, [])
      await call(collection, { must: [{ has_id: [] }] })
      await call(collection, { must: [{ key: 'n', match: { value: 99 } }] })
      expect(await payloadsOf(collection)).toEqual(before)
    })

    it.each(calls)('change the points that exist, and fail for an unknown id: %s', async (_, call) => {
      const collection = await filled()
      const [before] = await payloadsOf(collection)
      await expect(call(collection, [1, 77])).rejects.toThrow(/no point with (the )?id 77/i)
      const [after, ...others] = await payloadsOf(collection)
      expect(after).not.toEqual(before)
      expect(others).toEqual([{ ...first, n: 2 }, { ...first, n: 3 }, {}])
      expect(await collection.count()).toBe(4)
    })

    it.each(calls)('refuse filters that select every point, and other values: %s', async (name, call) => {
      const collection = await filled()
      for (const filter of [{}, { must: [] }, { must: [{}] }, { must_not: [{ has_id: [] }] }]) {
        await expect(call(collection, filter), JSON.stringify(filter)).rejects.toThrow(
          /^"which" expected an array of ids or a filter with conditions, got .*; to change all points, pass their ids$/,
        )
      }
      await expect(call(collection, 1 as never)).rejects.toThrow(
        '"which" expected an array of ids or a filter',
      )
      await expect(call(collection, ['x'])).rejects.toThrow(
        '"ids[0]" expected a whole number or a UUID, got "x"',
      )
      await expect(call(collection, [1], { wiat: true })).rejects.toThrow(
        new RegExp(`^unknown option "options\\.wiat"; valid options of ${name}: wait, signal`),
      )
      await expect(call(collection, [1], { wait: 1 })).rejects.toThrow(
        '"wait" expected true or false, got number',
      )
      await expect(call(collection, [1], { signal: 1 })).rejects.toThrow(
        '"signal" expected an AbortSignal, got number',
      )
      const reason = new Error('enough')
      await expect(call(collection, [1], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
      expect(await payloadsOf(collection)).toEqual([first, { ...first, n: 2 }, { ...first, n: 3 }, {}])
    })

    it('refuse payloads, keys and paths that are wrong', async () => {
      const collection = await filled()
      const cycle: Record<string, unknown> = {}
      cycle.self = cycle
      const deep = (levels: number): Payload => (levels === 0 ? {} : { a: deep(levels - 1) })
      const payloads: readonly (readonly [unknown, string])[] = [
        [[1], '"payload" expected an object, got array'],
        [null, '"payload" expected an object, got null'],
        [undefined, '"payload" expected an object, got undefined'],
        ['x', '"payload" expected an object, got string'],
        [new Map(), '"payload" expected an object, got Map'],
        [cycle, '"payload" cannot be written as JSON: '],
        [deep(1001), '"payload" expected at most 1000 levels of objects and arrays, got more'],
      ]
      for (const [payload, message] of payloads) {
        await expect(collection.setPayload([1], payload as Payload), message).rejects.toThrow(message)
        await expect(collection.overwritePayload([1], payload as Payload), message).rejects.toThrow(message)
      }
      for (const path of ['', 'a.', 'a[', '[0]', 'a b', 'a..b', 'a[x]']) {
        await expect(collection.setPayload([1], { a: 1 }, { key: path }), path).rejects.toThrow(/path/)
        await expect(collection.deletePayload([1], ['n', path]), path).rejects.toThrow(/path/)
      }
      await expect(collection.setPayload([1], { a: 1 }, { key: 1 as never })).rejects.toThrow(
        '"key" expected a path, got number',
      )
      await expect(collection.deletePayload([1], 'n' as never)).rejects.toThrow(
        '"keys" expected an array of paths, got string',
      )
      await expect(collection.deletePayload([1], ['n', 2 as never])).rejects.toThrow(
        '"keys[1]" expected a path, got number',
      )
      expect(await payloadsOf(collection, [1])).toEqual([first])
    })
  })
}
