// The cache of document vectors in memory.

import { expect, it } from 'vitest'
import { createVectorCache } from '../../src/qdrant/index.js'

const document = { data: new Float32Array(10), dim: 5 }

it('drops the documents that were not used for the longest time', () => {
  const cache = createVectorCache({ maxBytes: 100 })
  cache.set(1, 1, document)
  cache.set(2, 1, document)
  expect(cache.get(1, 1)).toBe(document)
  cache.set(3, 1, document)
  expect([cache.get(1, 1), cache.get(2, 1), cache.get(3, 1)]).toEqual([document, undefined, document])
  expect([cache.size, cache.byteLength]).toEqual([2, 80])
})

it('keeps documents that fill it exactly', () => {
  const cache = createVectorCache({ maxBytes: 80 })
  cache.set(1, 1, document)
  cache.set(2, 1, document)
  expect([cache.size, cache.byteLength]).toEqual([2, 80])
  cache.set(2, 2, document)
  expect([cache.size, cache.byteLength]).toEqual([2, 80])
})

it('returns a document only for its version', () => {
  const cache = createVectorCache({ maxBytes: 100 })
  cache.set(1, 1, document)
  expect(cache.get(1, 2)).toBeUndefined()
  cache.set(1, 2, document)
  expect([cache.get(1, 1), cache.get(1, 2), cache.byteLength]).toEqual([undefined, document, 40])
})

it('does not keep a document that is larger than the cache', () => {
  const cache = createVectorCache({ maxBytes: 39 })
  cache.set(1, 1, document)
  expect([cache.size, cache.byteLength, cache.get(1, 1)]).toEqual([0, 0, undefined])
})

it('drops the old version of a document whose new one is larger than the cache', () => {
  const cache = createVectorCache({ maxBytes: 40 })
  cache.set(1, 1, document)
  cache.set(1, 2, { data: new Float32Array(15), dim: 5 })
  expect([cache.size, cache.byteLength, cache.get(1, 1), cache.get(1, 2)]).toEqual([
    0,
    0,
    undefined,
    undefined,
  ])
})

it('is empty after it is cleared', () => {
  const cache = createVectorCache({ maxBytes: 100 })
  cache.set(1, 1, document)
  cache.clear()
  expect([cache.size, cache.byteLength, cache.get(1, 1)]).toEqual([0, 0, undefined])
})

it('drops as many documents as a larger one needs', () => {
  const cache = createVectorCache({ maxBytes: 100 })
  cache.set(1, 1, document)
  cache.set(2, 1, document)
  const larger = { data: new Float32Array(20), dim: 5 }
  cache.set(3, 1, larger)
  expect([cache.get(1, 1), cache.get(2, 1), cache.get(3, 1)]).toEqual([undefined, undefined, larger])
  expect([cache.size, cache.byteLength]).toEqual([1, 80])
})

it('keeps a document whose other version was asked for as long as before', () => {
  const cache = createVectorCache({ maxBytes: 80 })
  cache.set(1, 1, document)
  cache.set(2, 1, document)
  cache.get(1, 2)
  cache.set(3, 1, document)
  expect([cache.get(1, 1), cache.get(2, 1)]).toEqual([undefined, document])
})
