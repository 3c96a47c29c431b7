// Paths into payloads: their steps, and texts that are not paths.

import { expect, it } from 'vitest'
import { EACH, parsePath } from '../../src/collection/payload-path.js'

it.each([
  ['city', ['city']],
  ['country.cities', ['country', 'cities']],
  ['größe_2-b.x9', ['größe_2-b', 'x9']],
  ['a.2nd', ['a', '2nd']],
  ['cities[].name', ['cities', EACH, 'name']],
  ['cities[0]', ['cities', 0]],
  ['cities[120][]', ['cities', 120, EACH]],
  ['"a key".b', ['a key', 'b']],
  ['a."b, c."[3]."d"', ['a', 'b, c.', 3, 'd']],
  ['a.""', ['a', '']],
])('%s has its steps', (path, steps) => {
  expect(parsePath(path, 'key')).toEqual(steps)
})

it.each([
  '',
  '.',
  'a.',
  '.a',
  'a b',
  'a. b',
  'a.b c',
  'a[x]',
  'a[-1]',
  'a[1',
  'a["1"]',
  '"a',
  'a."b',
  'a."b\\"c"',
  'a..b',
])('%j is not a path', path => {
  expect(() => parsePath(path, 'key')).toThrow(`"key" expected a path such as city,`)
})
