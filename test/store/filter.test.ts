// Filters: what each condition passes. refused-filters.test.ts has those that are refused, and
// test/qdrant/engine/filter.test.ts compares random filters with a server.

import { expect, it } from 'vitest'
import type { Filter } from '../../src/collection/collection.js'
import { createFilter } from '../../src/store/search/filter.js'
import { randomPayload } from '../support/filters.js'
import { random } from '../support/random.js'

const payload = {
  city: 'Berlin',
  rank: 7,
  share: 0.5,
  open: true,
  nothing: null,
  empty: [],
  tags: ['red', 'green', 3],
  mixed: [1, null],
  country: {
    name: 'Germany',
    cities: [
      { name: 'Bonn', seats: 2 },
      { name: 'Mainz', seats: 1 },
    ],
  },
  seen: '2024-05-06T07:08:09.5+02:00',
  'a key': 1,
}

const passes = (filter: object) => createFilter(filter as Filter)(7, payload)

it.each<[object, boolean]>([
  [{ key: 'city', match: { value: 'Berlin' } }, true],
  [{ key: 'city', match: { value: 'berlin' } }, false],
  [{ key: 'rank', match: { value: 7 } }, true],
  [{ key: 'rank', match: { value: '7' } }, false],
  [{ key: 'open', match: { value: true } }, true],
  [{ key: 'tags', match: { value: 'green' } }, true],
  [{ key: 'tags[0]', match: { value: 'green' } }, false],
  [{ key: 'tags', match: { any: ['blue', 'red'] } }, true],
  [{ key: 'city', match: { any: [] } }, false],
  [{ key: 'city', match: { except: ['Berlin'] } }, false],
  [{ key: 'tags', match: { except: ['red'] } }, true],
  [{ key: 'none', match: { except: ['red'] } }, false],
  [{ key: 'nothing', match: { except: ['red'] } }, false],
  [{ key: 'city', match: { text: 'erli' } }, true],
  [{ key: 'city', match: { phrase: 'Berlin' } }, true],
  [{ key: 'city', match: { text_any: 'Paris Ber' } }, true],
  [{ key: 'rank', range: { gte: 7, lt: 8 } }, true],
  [{ key: 'rank', range: { gt: 7 } }, false],
  [{ key: 'rank', range: { gt: 6, lte: null } }, true],
  [{ key: 'city', range: { gte: 0 } }, false],
  [{ key: 'seen', range: { gte: '2024-05-06T05:08:09.500000000Z' } }, true],
  [{ key: 'seen', range: { gt: '2024-05-06 05:08:09.5' } }, false],
  [{ key: 'seen', range: { gt: '2024-05-06T05:08:09Z', lt: '2024-05-06T05:08:10Z' } }, true],
  [{ key: 'seen', range: { gte: '2023-01-01T00:00:00Z', lte: '2025-01-01T00:00:00Z' } }, true],
  [{ key: 'seen', range: { lt: '2024-05-06T05:08:09Z' } }, false],
  [{ key: 'seen', range: { lte: '2024-05-06T05:08:09.4Z' } }, false],
  [{ key: 'seen', range: { gt: '2024-05-06T05:08:10Z' } }, false],
  [{ key: 'seen', range: { gte: '2024-05-06T05:08:09.6Z' } }, false],
  [{ key: 'tags', values_count: { gte: 3 } }, true],
  [{ key: 'none', values_count: { lt: 1 } }, true],
  [{ key: 'empty', is_empty: true }, true],
  [{ key: 'none', is_empty: true }, true],
  [{ key: 'none', is_null: true }, false],
  [{ key: 'mixed', is_null: true }, true],
  [{ is_empty: { key: 'nothing' } }, true],
  [{ is_empty: { key: 'city' } }, false],
  [{ is_null: { key: 'nothing' } }, true],
  [{ is_null: { key: 'none' } }, false],
  [{ has_id: [1, 7] }, true],
  [{ has_id: ['00000000-0000-4000-8000-000000000000'] }, false],
  [{ key: 'country.name', match: { value: 'Germany' } }, true],
  [{ key: 'country.cities[].name', match: { value: 'Mainz' } }, true],
  [{ key: 'country.cities.name', match: { value: 'Mainz' } }, false],
  [{ key: 'country.cities[0].name', match: { value: 'Mainz' } }, false],
  [{ key: '"a key"', match: { value: 1 } }, true],
  [{ key: 'toString', is_empty: true }, true],
  [{ key: 'country.constructor', is_empty: true }, true],
  [{ nested: { key: 'country.cities', filter: twice('Mainz', 1) } }, true],
  [{ nested: { key: 'country.cities', filter: twice('Mainz', 2) } }, false],
  [{ must: [] }, true],
])('tests the condition %j, in every clause: %s', (condition, expected) => {
  expect(passes({ must: [condition] })).toBe(expected)
  expect(passes({ must: condition })).toBe(expected)
  expect(passes({ must_not: [condition] })).toBe(!expected)
  expect(passes({ should: [{ has_id: [1] }, condition] })).toBe(expected)
  expect(passes({ must: [{ should: [{ has_id: [7] }] }, condition] })).toBe(expected)
  const conditions = [{ has_id: [7] }, { has_id: [1] }, condition]
  expect(passes({ min_should: { conditions, min_count: 2 } })).toBe(expected)
})

it.each([
  'none',
  'country.none',
  'country.none.name',
  'country.cities.name',
  'country.cities[2].name',
  'country.cities[].none',
  'country.cities[].name.length',
  'country[]',
  'country[0]',
  'tags.length',
  'tags.0',
  'tags."0"',
  'tags[3]',
  'tags[].length',
  'tags[][]',
  'empty[]',
  'empty[0]',
  'city.length',
  'city[0]',
  'city[]',
  'rank.toFixed',
  'nothing.x',
  'nothing[]',
  '__proto__',
  'country.__proto__',
  'country.hasOwnProperty',
  'tags.map',
])('finds no value at the path %s', key => {
  expect(passes({ must: [{ key, is_empty: true }] }), 'is_empty').toBe(true)
  expect(passes({ must: [{ key, is_empty: false }] }), 'is_empty: false').toBe(false)
  expect(passes({ must: [{ is_empty: { key } }] }), 'is_empty of a key').toBe(true)
  expect(passes({ must: [{ is_null: { key } }] }), 'is_null of a key').toBe(false)
  expect(passes({ must: [{ key, is_null: true }] }), 'is_null').toBe(false)
  expect(passes({ must: [{ key, is_null: false }] }), 'is_null: false').toBe(true)
  expect(passes({ must: [{ key, values_count: { lt: 1 } }] }), 'values_count').toBe(true)
  expect(passes({ must: [{ key, range: { gte: 0 } }] }), 'range').toBe(false)
  expect(passes({ must: [{ key, match: { except: ['x'] } }] }), 'except').toBe(false)
})

it.each<readonly [string, unknown]>([
  ['null', null],
  ['a number', 5],
  ['a text', 'text'],
  ['a boolean', true],
  ['an array of objects', [{ b: 1 }]],
  ['an empty array', []],
])('takes %s for no object in nested', (_, item) => {
  const filters: Filter[] = [
    {},
    { must_not: [{ key: 'b', match: { value: 2 } }] },
    { must: [{ key: 'b', is_empty: true }] },
    { must: [{ is_empty: { key: 'b' } }] },
    { must: [{ key: 'length', is_empty: true }] },
  ]
  for (const filter of filters) {
    const test = createFilter({ must: [{ nested: { key: 'a', filter } }] })
    const name = JSON.stringify(filter)
    expect(test(1, { a: [item] } as never), name).toBe(false)
    expect(test(1, { a: [item, {}] } as never), `beside an object: ${name}`).toBe(true)
  }
})

it('passes every point without conditions', () => {
  for (const filter of [{}, undefined, null, { must: null, should: [] }, { must: [{}] }, { should: {} }]) {
    expect(createFilter(filter as Filter)(1, {})).toBe(true)
  }
  expect(createFilter({ must_not: [{}] } as Filter)(1, {})).toBe(false)
})

function twice(name: string, seats: number): Filter {
  return {
    must: [
      { key: 'name', match: { value: name } },
      { key: 'seats', match: { value: seats } },
    ],
  }
}

it('tests frozen payloads', () => {
  const next = random(1)
  const payloads = Array.from({ length: 1000 }, () => Object.freeze(randomPayload(next)))
  const test = createFilter({
    must: [{ key: 'a', range: { gte: 1 } }],
    must_not: [{ key: 'list', match: { value: 'red' } }],
  })
  const found = payloads.filter((payload, id) => test(id, payload))
  expect(found.length).toBeGreaterThan(50)
  expect(found.length).toBeLessThan(500)
})

it('an empty should inside of nested matches no point, as on a server', () => {
  const test = createFilter({ must: [{ nested: { key: 'a', filter: { should: [] } } }] })
  expect(test(1, { a: [{ b: 1 }] })).toBe(false)
})

it.each<readonly [string, object, object, boolean]>([
  ['one value as a count of 1', { values_count: { gte: 1 } }, { a: 'x' }, true],
  ['an object as a count of 1', { values_count: { lte: 1, gt: 0 } }, { a: { b: 1 } }, true],
  ['null as a count of 0', { values_count: { lt: 1 } }, { a: null }, true],
  ['a missing field as a count of 0', { values_count: { lt: 1 } }, {}, true],
  ['the length of an array', { values_count: { gt: 2, lte: 3 } }, { a: [1, 2, 3] }, true],
  ['values_count before is_empty', { values_count: { gt: 0 }, is_empty: true }, { a: [1] }, true],
  ['values_count before is_empty of a missing field', { values_count: { gt: 0 }, is_empty: true }, {}, false],
  ['is_empty before is_null', { is_empty: false, is_null: true }, { a: [1] }, true],
  ['is_null before match', { is_null: false, match: { value: 2 } }, { a: 1 }, true],
])('takes %s', (_, conditions, payload, passes) => {
  expect(createFilter({ must: { key: 'a', ...conditions } } as Filter)(1, payload as never)).toBe(passes)
})

it('tells whole numbers apart at the limits of f64 and of 64 bits, as numbers and as bigints', () => {
  const wholes = [0n, 1n, 2n ** 53n, 2n ** 60n, 2n ** 63n, 2n ** 64n].flatMap(value => [
    -value - 1n,
    -value,
    -value + 1n,
    value - 1n,
    value,
    value + 1n,
  ])
  const isSafe = (value: bigint) => Number.isSafeInteger(Number(value))
  // payloads are read with bigints only beyond 2^53
  const stored = (value: bigint) => (isSafe(value) ? Number(value) : value)
  for (const value of wholes) {
    for (const given of isSafe(value) ? [value, Number(value)] : [value]) {
      const matches = (match: object) =>
        wholes.filter(other =>
          createFilter({ must: { key: 'a', match } } as Filter)(1, { a: stored(other) } as never),
        )
      const same = wholes.filter(other => other === value)
      const others = wholes.filter(other => other !== value)
      const name = `${typeof given} ${given}`
      expect(matches({ value: given }), name).toEqual(same)
      expect(matches({ any: [7, given] }), name).toEqual(same)
      expect(matches({ except: [given] }), name).toEqual(others)
    }
  }
})

it.each<readonly [string, object, object, boolean]>([
  ['a bigint within a range', { key: 'a', range: { gte: 2 ** 53, lt: 2 ** 61 } }, { a: 2n ** 60n }, true],
  ['a bigint beyond a range', { key: 'a', range: { gte: 2 ** 53, lt: 2 ** 60 } }, { a: 2n ** 60n }, false],
  ['a small bigint as the number that is stored', { key: 'a', match: { value: 5n } }, { a: 5 }, true],
  ['small and large bigints of a list', { key: 'a', match: { any: [2n ** 60n, 5n] } }, { a: 5 }, true],
  ['a large bigint of a list', { key: 'a', match: { any: [5n, 2n ** 60n] } }, { a: 2n ** 60n }, true],
  ['a small bigint that is excepted', { key: 'a', match: { except: [5n] } }, { a: 5 }, false],
  [
    'a value that matches, and is not in the range',
    { key: 'a', match: { value: 'x' }, range: { gt: 3 } },
    { a: 'x' },
    true,
  ],
  [
    'a value in the range that does not match',
    { key: 'a', match: { value: 'x' }, range: { gt: 3 } },
    { a: [1, 4] },
    true,
  ],
  [
    'a value that neither matches nor is in the range',
    { key: 'a', match: { value: 'x' }, range: { gt: 3 } },
    { a: [1, 3] },
    false,
  ],
  [
    'a field that only the last object lacks as present',
    { key: 'a[].x', is_empty: true },
    { a: [{ x: 1 }, {}] },
    false,
  ],
  ['a field that all objects lack as missing', { key: 'a[].x', is_empty: true }, { a: [{}, {}] }, true],
  [
    'nested objects with brackets in the key',
    { nested: { key: 'a[]', filter: { must: [{ key: 'b', match: { value: 1 } }] } } },
    { a: [{ b: 1 }] },
    true,
  ],
])('judges %s', (_, condition, payload, passes) => {
  expect(createFilter({ must: [condition] } as Filter)(1, payload as never)).toBe(passes)
})
