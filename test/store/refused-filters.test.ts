// Filters that are refused: the error names the wrong part, what was expected, and what it got.

import { expect, it } from 'vitest'
import type { Filter } from '../../src/collection/collection.js'
import { createFilter } from '../../src/store/search/filter.js'

it.each<[object, string]>([
  [[], '"filter" expected an object, got array'],
  [{ any: [] }, 'unknown field "filter.any"; valid fields: must, should, must_not, min_should'],
  [{ must: 'x' }, '"filter.must" expected an object, got string'],
  [
    { must: [{ key: 'a' }] },
    '"filter.must[0]" expected one of match, range, values_count, is_empty, is_null beside "key"',
  ],
  [{ must: [{ key: 1, match: {} }] }, '"filter.must[0].key" expected a string, got number'],
  [
    { must: [{ key: 'a b', is_null: true }] },
    '"filter.must[0].key" expected a path such as city, country.city, cities[].name or "a key".name, got "a b"',
  ],
  [
    { must: { key: 'a', match: {} } },
    '"filter.must.match" expected one of value, any, except, text, text_any, phrase, got nothing',
  ],
  [
    { must: { key: 'a', match: { prefix: 'b' } } },
    '"filter.must.match" expected one of value, any, except, text, text_any, phrase, got prefix',
  ],
  [
    { must: { key: 'a', match: { value: 1.5 } } },
    '"filter.must.match.value" expected a whole number up to 2^53 - 1, got 1.5; use a bigint for a larger one, and range for fractions',
  ],
  [
    { must: { key: 'a', match: { value: null } } },
    '"filter.must.match.value" expected a string, a whole number or a boolean, got null',
  ],
  [
    { must: { key: 'a', match: { any: [1, 'b'] } } },
    '"filter.must.match.any[1]" expected a number like the first item, got string',
  ],
  [
    { must: { key: 'a', match: { any: 'b' } } },
    '"filter.must.match.any" expected an array of strings or of whole numbers, got string',
  ],
  [
    { must: { key: 'a', match: { any: [true] } } },
    '"filter.must.match.any[0]" expected a string or a whole number, got boolean',
  ],
  [
    { must: { key: 'a', range: { from: 1 } } },
    'unknown field "filter.must.range.from"; valid fields: lt, gt, lte, gte',
  ],
  [
    { must: { key: 'a', range: { lt: Number.NaN } } },
    '"filter.must.range.lt" expected a finite number, got NaN',
  ],
  [
    { must: { key: 'a', range: { lt: true } } },
    '"filter.must.range.lt" expected a number or a datetime, got boolean',
  ],
  [
    { must: { key: 'a', range: { lt: 'May' } } },
    '"filter.must.range.lt" expected a datetime such as 2014-01-01T00:00:00Z, got "May"',
  ],
  [
    { must: { key: 'a', range: { lt: '2024-01-01', gt: 1 } } },
    '"filter.must.range.gt" expected a string, got number',
  ],
  [
    { must: { key: 'a', values_count: { gt: -1 } } },
    '"filter.must.values_count.gt" expected a whole number of at least 0, got -1',
  ],
  [{ must: { key: 'a', is_empty: 1 } }, '"filter.must.is_empty" expected true or false, got number'],
  [{ must: { key: 'a', geo_radius: {} } }, '"filter.must.geo_radius" is not supported by a store; omit it'],
  [{ should: [{ has_vector: 'a' }] }, '"filter.should[0].has_vector" is not supported by a store; omit it'],
  [
    { should: [{ slice: { total: 2, index: 0 } }] },
    '"filter.should[0].slice" is not supported by a store; omit it',
  ],
  [
    { should: [{ text: 'a' }] },
    'unknown condition "filter.should[0].text"; valid conditions: key with match, range, values_count, is_empty or is_null; ' +
      'is_empty, is_null, has_id, nested; or a filter of must, should, must_not, min_should',
  ],
  [{ must: { has_id: 7 } }, '"filter.must.has_id" expected an array of ids, got number'],
  [
    { must: { has_id: [-1] } },
    '"filter.must.has_id[0]" expected a whole number from 0 to 9007199254740991 or a UUID, got -1; use a bigint or a UUID for a larger number',
  ],
  [
    { must: { nested: { key: 'a', filter: { must: [{ has_id: [1] }] } } } },
    '"filter.must.nested.filter.must[0].has_id" is not supported inside nested, because nested objects have no id; move it out',
  ],
  [
    { min_should: { conditions: [], min_count: 0 } },
    '"filter.min_should.min_count" expected a whole number of at least 1, got 0',
  ],
  [
    { min_should: { conditions: {}, min_count: 1 } },
    '"filter.min_should.conditions" expected an array of conditions, got object',
  ],
  [
    { must: { is_null: { key: 'a' }, is_empty: { key: 'b' } } },
    'unknown field "filter.must.is_empty"; valid fields: is_null',
  ],
  [
    { must: { is_empty: { key: 'a' }, must_not: [] } },
    'unknown field "filter.must.must_not"; valid fields: is_empty',
  ],
  [
    { must: { is_null: { key: 'a', value: 1 } } },
    'unknown field "filter.must.is_null.value"; valid fields: key',
  ],
  [{ must: { is_empty: 'a' } }, '"filter.must.is_empty" expected an object, got string'],
  [{ must: { is_empty: {} } }, '"filter.must.is_empty.key" expected a string, got undefined'],
  [
    { must: { is_null: { key: 'a[' } } },
    '"filter.must.is_null.key" expected a path such as city, country.city, cities[].name or "a key".name, got "a["',
  ],
  [{ must: { has_id: [1], should: [] } }, 'unknown field "filter.must.should"; valid fields: has_id'],
  [
    { must: { nested: { key: 'a', filter: {} }, has_id: [1] } },
    'unknown field "filter.must.has_id"; valid fields: nested',
  ],
  [
    { must: { nested: { key: 'a', filter: {}, limit: 1 } } },
    'unknown field "filter.must.nested.limit"; valid fields: key, filter',
  ],
  [{ must: { nested: [] } }, '"filter.must.nested" expected an object, got array'],
  [{ must: { nested: { filter: {} } } }, '"filter.must.nested.key" expected a string, got undefined'],
  [{ must: { nested: { key: 'a' } } }, '"filter.must.nested.filter" expected an object, got undefined'],
  [
    { must: { should: [], is_null: { key: 'a' } } },
    'unknown field "filter.must.is_null"; valid fields: must, should, must_not, min_should',
  ],
  [
    { must: { key: 'a', is_null: true, value: 1 } },
    'unknown field "filter.must.value"; valid fields: key, match, range, values_count, is_empty, is_null, geo_radius, geo_bounding_box, geo_polygon',
  ],
  [
    { must: { key: 'a', match: { value: 1, any: [1] } } },
    '"filter.must.match" expected one of value, any, except, text, text_any, phrase, got value, any',
  ],
  [{ must: { key: 'a', match: [] } }, '"filter.must.match" expected an object, got array'],
  [{ must: { key: 'a', match: { text: 1 } } }, '"filter.must.match.text" expected a string, got number'],
  [
    { must: { key: 'a', match: { except: [2 ** 53] } } },
    '"filter.must.match.except[0]" expected a whole number up to 2^53 - 1, got 9007199254740992; use a bigint for a larger one, and range for fractions',
  ],
  [
    { must: { key: 'a', match: { any: ['b', 1] } } },
    '"filter.must.match.any[1]" expected a string like the first item, got number',
  ],
  [{ must: { key: 'a', is_null: 'yes' } }, '"filter.must.is_null" expected true or false, got string'],
  [
    { must: { key: 'a', values_count: { gt: 1, lt: 1.5 } } },
    '"filter.must.values_count.lt" expected a whole number of at least 0, got 1.5',
  ],
  [
    { must: { key: 'a', values_count: { eq: 1 } } },
    'unknown field "filter.must.values_count.eq"; valid fields: lt, gt, lte, gte',
  ],
  [{ must: { key: 'a', range: 3 } }, '"filter.must.range" expected an object, got number'],
  [
    { must: { key: 'a', range: { gte: '2024-01-01', lt: 'now' } } },
    '"filter.must.range.lt" expected a datetime such as 2014-01-01T00:00:00Z, got "now"',
  ],
  [
    { must: { key: 'a', geo_polygon: {}, is_null: true } },
    '"filter.must.geo_polygon" is not supported by a store; omit it',
  ],
  [
    { min_should: { conditions: [], min_count: 1, max_count: 2 } },
    'unknown field "filter.min_should.max_count"; valid fields: conditions, min_count',
  ],
  [{ min_should: { conditions: [] } }, '"filter.min_should.min_count" expected a number, got undefined'],
  [{ must_not: [{}, 5] }, '"filter.must_not[1]" expected an object, got number'],
])('refuses the filter %j and names the wrong part', (filter, message) => {
  expect(() => createFilter(filter as Filter)).toThrow(expect.objectContaining({ message }))
})
