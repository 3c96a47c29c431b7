// Payloads as somebody may give them, keys that every object inherits, and filters that are nested deeply.

import { expect, it } from 'vitest'
import { createFilter, createStore, type Filter, type Payload, type Prefetch } from '../../src/store/index.js'
import { temporaryStores } from './folders.js'

const { closing, freshPath } = temporaryStores()

const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
const vector = { colbert: [[1, 0]] }
const newStore = async (path?: string) => closing(await createStore({ path, vectors }))

const wrong = (got: string) => `"point 2.payload" expected an object, got ${got}`
const noJson = 'expected an object, got one whose JSON is missing; check its toJSON()'
const otherJson = 'expected an object, got one whose JSON is not an object; check its toJSON()'
const deep = (levels: number) => {
  let value: object = {}
  for (let level = 1; level < levels; level++) value = level % 2 ? [value] : { 'a"b\\': '[[{', value }
  return { value }
}
function circular(): object {
  const object: Record<string, unknown> = {}
  for (const name of ['a', 'b', 'c']) object[name] = object
  return { object }
}
const tooDeep =
  '"point 2.payload" expected at most 1000 levels of objects and arrays, got more; make it flatter'
const refused: readonly (readonly [string, unknown, string])[] = [
  ['a text', 'text', wrong('string')],
  ['a number', 7, wrong('number')],
  ['an array', [1], wrong('array')],
  ['a Date', new Date(0), wrong('Date')],
  ['a String object', new String('text'), wrong('String')],
  ['a Map', new Map([['a', 1]]), wrong('Map')],
  ['a Set', new Set([1]), wrong('Set')],
  ['a Buffer', Buffer.from('ab'), wrong('Buffer')],
  ['a typed array', new Float32Array(2), wrong('Float32Array')],
  ['an Error', new Error('x'), wrong('Error')],
  ['a function', () => 1, wrong('function')],
  ['an object whose toJSON returns null', { toJSON: () => null }, otherJson],
  ['an object whose toJSON returns a text', { toJSON: () => '{' }, otherJson],
  ['an object whose toJSON returns an array', { toJSON: () => [1] }, otherJson],
  ['an object whose toJSON returns undefined', { toJSON: () => undefined }, noJson],
  [
    'an object with a getter that throws',
    {
      get a() {
        throw new Error('mine')
      },
    },
    '"point 2.payload" cannot be written as JSON: mine',
  ],
  [
    'an object in itself',
    circular(),
    '"point 2.payload" cannot be written as JSON: Converting circular structure',
  ],
  ['1,001 levels', deep(1000), tooDeep],
  ['1,001 levels in few characters', JSON.parse(`{"a":${'['.repeat(1000)}${']'.repeat(1000)}}`), tooDeep],
  ['5,000 levels', deep(5000), tooDeep],
  ['100,000 levels', deep(100_000), tooDeep],
]

it.each(refused)('refuses %s as a payload, and leaves the store as it was', async (_, payload, message) => {
  for (const path of [undefined, freshPath()]) {
    const store = await newStore(path)
    await store.upsert([{ id: 1, vector, payload: { a: 1 } }])
    await expect(store.upsert([{ id: 2, vector, payload: payload as Payload }])).rejects.toThrow(message)
    expect(await store.retrieve([1, 2])).toEqual([{ id: 1, payload: { a: 1 } }])
    expect(await store.count({ must: [{ key: 'a', match: { value: 1 } }] })).toBe(1)
  }
})

class Place {
  readonly city = 'Rome'
  get country() {
    return 'Italy'
  }
}

const accepted: readonly (readonly [string, unknown, unknown])[] = [
  ['null', null, {}],
  ['an object of a class', new Place(), { city: 'Rome' }],
  ['an object with toJSON', { toJSON: () => ({ a: 1 }) }, { a: 1 }],
  ['an object without a prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
  [
    'what JSON makes of values',
    { a: Number.NaN, b: new Date(0), c: undefined, d: [undefined] },
    { a: null, b: '1970-01-01T00:00:00.000Z', d: [null] },
  ],
  ['bigints', { a: 1n, b: [2n ** 60n, -(2n ** 53n)] }, { a: 1, b: [2n ** 60n, -(2n ** 53n)] }],
  ['1,000 levels', deep(999), deep(999)],
  ['a long payload of few levels', { text: '[{"'.repeat(2000) }, { text: '[{"'.repeat(2000) }],
]

it.each(accepted)('stores %s as JSON has it', async (_, payload, stored) => {
  const store = await newStore(freshPath())
  await store.upsert([{ id: 2, vector, payload: payload as Payload }])
  expect(await store.retrieve([2])).toEqual([{ id: 2, payload: stored }])
})

it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
  'treats the key %s like any other key of a payload',
  async key => {
    const payload = JSON.parse(`{ "${key}": { "inner": 7, "${key}": 8 }, "x": 1 }`) as Payload
    for (const path of [undefined, freshPath()]) {
      const store = await newStore(path)
      await store.upsert([
        { id: 1, vector, payload },
        { id: 2, vector, payload: { x: 2 } },
      ])
      const select = async (...with_payload: string[]) =>
        (await store.retrieve([1], { with_payload }))[0]!.payload as Payload
      for (const selected of [await select(key), await select(`${key}.inner`, `${key}.${key}`)]) {
        expect(Object.getPrototypeOf(selected)).toBe(Object.prototype)
        expect(JSON.stringify(selected)).toBe(JSON.stringify({ ...payload, x: undefined }))
      }
      expect(JSON.stringify((await store.retrieve([1]))[0]!.payload)).toBe(JSON.stringify(payload))
      expect(JSON.stringify(await store.retrieve([2], { with_payload: [key] }))).toBe(
        '[{"id":2,"payload":{}}]',
      )
      const count = (filter: Filter) => store.count(filter)
      expect(await count({ must: [{ key: `${key}.inner`, match: { value: 7 } }] })).toBe(1)
      expect(await count({ must: [{ key: `${key}.${key}`, range: { gt: 7 } }] })).toBe(1)
      expect(await count({ must: [{ is_empty: { key } }] })).toBe(1)
      expect(({} as Record<string, unknown>).inner).toBeUndefined()
    }
  },
)

it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
  'changes the key %s of a payload like any other key, and no key that objects inherit',
  async key => {
    const store = await newStore()
    await store.upsert([{ id: 1, vector, payload: { x: 1 } }])
    const stored = async () => JSON.stringify((await store.retrieve([1]))[0]!.payload)
    Object.defineProperty(Object.prototype, 'inherited', { value: 1, configurable: true })
    try {
      await store.deletePayload([1], [key, `${key}.inherited`, `${key}[].inherited`])
      expect(await stored()).toBe('{"x":1}')
      await store.setPayload([1], { inner: 7 }, { key })
      await store.setPayload([1], { deeper: 8 }, { key: `${key}.${key}` })
      expect(await stored()).toBe(`{"x":1,"${key}":{"inner":7,"${key}":{"deeper":8}}}`)
      await store.deletePayload([1], [`${key}.inner`, `${key}.${key}`])
      expect(await stored()).toBe(`{"x":1,"${key}":{}}`)
      await store.deletePayload([1], [key])
      expect(await stored()).toBe('{"x":1}')
      expect(Object.hasOwn(Object.prototype, 'inherited'), 'Object.prototype is unchanged').toBe(true)
      expect(({} as Record<string, unknown>).inner).toBeUndefined()
    } finally {
      Reflect.deleteProperty(Object.prototype, 'inherited')
    }
  },
)

it('returns a vector with the name __proto__', async () => {
  const named = JSON.parse('{ "__proto__": { "size": 2, "distance": "Dot" } }')
  const store = closing(await createStore({ vectors: named }))
  await store.upsert([{ id: 1, vector: JSON.parse('{ "__proto__": [[1, 2]] }') }])
  const [point] = await store.retrieve([1], { with_vector: true })
  expect(Object.keys(point!.vector!)).toEqual(['__proto__'])
})

type Nest = (inner: Filter) => Filter
const nests: readonly (readonly [string, Nest])[] = [
  ['must', inner => ({ must: [inner] })],
  ['a single condition', inner => ({ must_not: inner })],
  ['min_should', inner => ({ min_should: { conditions: [inner], min_count: 1 } })],
  ['nested', inner => ({ must: [{ nested: { key: 'a', filter: inner } }] })],
]

it.each(nests)('accepts 250 filters inside each other with %s, and refuses more by name', async (_, nest) => {
  const filterOf = (levels: number) => {
    let filter: Filter = { must: [{ key: 'x', match: { value: 1 } }] }
    for (let level = 1; level < levels; level++) filter = nest(filter)
    return filter
  }
  expect(createFilter(filterOf(250))(1, { x: 1 })).toBeTypeOf('boolean')
  const store = await newStore()
  for (const depth of [251, 100_000]) {
    await expect(store.count(filterOf(depth))).rejects.toThrow(
      '"filter" expected at most 250 filters inside each other, got more; make it flatter',
    )
  }
})

/** A path of 100,001 steps. */
const longPath = (step: string) => `a${step.repeat(100_000)}`

it.each([
  ['keys', '.a'],
  ['indices', '[0]'],
  ['items', '[]'],
])('reads a path of 100,000 %s only as far as the payload has values', (_, step) => {
  const key = longPath(step)
  const payloads: readonly Payload[] = [{}, { a: 1 }, { a: { a: { a: 1 } } }, { a: [[[1]]] }]
  const filters: readonly Filter[] = [
    { must: [{ key, match: { value: 1 } }] },
    { must: [{ nested: { key, filter: { must: [{ key: 'b', match: { value: 1 } }] } } }] },
  ]
  for (const filter of filters) {
    const test = createFilter(filter)
    // to read all steps would take 4 * 10^9 of them, some minutes
    for (let round = 0; round < 10_000; round++) {
      for (const payload of payloads) if (test(1, payload)) throw new Error('passed')
    }
  }
})

it('selects and removes at a path of 100,000 steps, and refuses to make 100,000 levels', async () => {
  const store = await newStore()
  const payload = { a: { b: 1 }, c: [[1]] }
  await store.upsert([{ id: 1, vector, payload }])
  for (const step of ['.a', '[0]', '[]']) {
    const path = longPath(step)
    const [rest] = await store.retrieve([1], { with_payload: { exclude: [path] } })
    expect(rest!.payload).toEqual(payload)
    await store.deletePayload([1], [path])
    const [left] = await store.retrieve([1], { with_payload: true })
    expect(left!.payload).toEqual(payload)
  }
  const key = longPath('.a')
  await expect(store.setPayload([1], { d: 1 }, { key })).rejects.toThrow(
    '"key" expected a path of at most 1000 steps, got 100001',
  )
  expect((await store.retrieve([1], { with_payload: true }))[0]!.payload).toEqual(payload)
})

it('tests 100,000 conditions and values in one filter', () => {
  const conditions = Array.from({ length: 100_000 }, (_, value) => ({ key: 'x', match: { value } }))
  const values = conditions.map(({ match }) => match.value)
  for (const filter of [
    { should: conditions },
    { must_not: [{ must_not: conditions }] },
    { min_should: { conditions, min_count: 1 } },
    { must: [{ key: 'x', match: { any: values } }] },
  ]) {
    const test = createFilter(filter)
    expect([99_999, 100_000].map(x => test(1, { x }))).toEqual([true, false])
  }
  const test = createFilter({ must: [{ has_id: values }] })
  expect([99_999, 100_000].map(id => test(id, {}))).toEqual([true, false])
})

it('accepts 100 prefetches inside each other, and refuses more by name', async () => {
  const store = await newStore()
  await store.upsert([{ id: 1, vector }])
  const query = [[1, 0]]
  const stagesOf = (levels: number) => {
    let stage: Prefetch = { query }
    for (let level = 1; level < levels; level++) stage = { query, prefetch: stage }
    return stage
  }
  expect(await store.query(query, { prefetch: stagesOf(100) })).toHaveLength(1)
  for (const depth of [101, 20_000]) {
    await expect(store.query(query, { prefetch: stagesOf(depth) })).rejects.toThrow(
      '"prefetch" expected at most 100 stages inside each other, got more',
    )
  }
})

it('keeps long texts of all scripts, alone and after other payloads of a batch', async () => {
  // bytes of UTF-8 of each character: 1, 2, 3, and 4 for two code units; alone a surrogate is written as \udXXX
  const scripts = ['a', 'é', '字', '🦊', '字a', '\ud83e', '"']
  const path = freshPath()
  const store = await newStore(path)
  const points = scripts.flatMap((script, s) =>
    [5000, 21_000, 32_800, 15_000, 70_000].map((units, i) => ({
      id: 10 * s + i,
      vector,
      payload: { text: script.repeat(Math.ceil(units / script.length)) },
    })),
  )
  for (const inCalls of ['of their own', 'together']) {
    if (inCalls === 'together') await store.upsert(points)
    else for (const point of points) await store.upsert([point])
    const stored = await store.retrieve(points.map(({ id }) => id))
    for (const [i, { id, payload }] of points.entries()) {
      const place = `point ${id}, upserted ${inCalls}`
      const { text } = stored[i]!.payload as { text: string }
      expect(text.length, `length of the text of ${place}`).toBe(payload.text.length)
      expect(text === payload.text, `the text of ${place} is unchanged`).toBe(true)
    }
  }
  const counted = { must: [{ key: 'text', match: { text: '字字' } }] }
  expect(await store.count(counted)).toBe(5)
})
