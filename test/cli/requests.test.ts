// The requests of `maxsimd serve` and `maxsimd mcp`: fields that are null, and the limits of each. What is refused, and how, is in
// serve.test.ts.

import { describe, expect, it } from 'vitest'
import { parseRerankRequest, parseSearchRequest, RequestError } from '../../src/cli/service/requests.js'

describe('null', () => {
  it('in place of an optional field is its default', () => {
    const fields = { limit: null, filter: null, only: null, explain: null }
    expect(parseSearchRequest({ query: 'a', ...fields })).toEqual({
      query: 'a',
      limit: 10,
      filter: undefined,
      only: undefined,
      explain: false,
    })
    expect(
      parseRerankRequest({ query: 'a', documents: ['b', { text: 'c', id: null }], limit: null }),
    ).toEqual({ query: 'a', documents: [{ text: 'b' }, { text: 'c' }], limit: 2 })
  })

  it('inside of a filter is left to the search', () => {
    const filter = { must: [{ key: 'a', match: { value: null } }], should: null }
    expect(parseSearchRequest({ query: 'a', filter }).filter).toBe(filter)
  })
})

describe('the limit', () => {
  const condition = { key: 'a', match: { value: 1 } }
  const conditions = (count: number) => ({ must: Array(count).fill(condition) })
  const search = (field: object) => () => parseSearchRequest({ query: 'a', ...field })
  const rerank = (field: object) => () => parseRerankRequest({ query: 'a', documents: [], ...field })

  it.each<[what: string, accepted: () => unknown, refused: () => unknown]>([
    [
      '4,000 characters of a search',
      search({ query: 'a'.repeat(4000) }),
      search({ query: 'a'.repeat(4001) }),
    ],
    [
      '4,000 characters to rerank by',
      rerank({ query: 'a'.repeat(4000) }),
      rerank({ query: 'a'.repeat(4001) }),
    ],
    ['1,000 results', search({ limit: 1000 }), search({ limit: 1001 })],
    ['100 conditions', search({ filter: conditions(100) }), search({ filter: conditions(101) })],
    [
      '100 conditions at any depth',
      search({ filter: { should: [conditions(99)] } }),
      search({ filter: { should: [conditions(100)] } }),
    ],
    [
      '10,000 documents',
      rerank({ documents: Array(10_000).fill('b') }),
      rerank({ documents: Array(10_001).fill('b') }),
    ],
  ])('is %s', (_, accepted, refused) => {
    expect(accepted).not.toThrow()
    expect(refused).toThrow(RequestError)
  })

  it('of conditions does not count the values of a match', () => {
    const any = Array.from({ length: 1000 }, (_, i) => i)
    expect(search({ filter: { must: [{ key: 'a', match: { any } }] } })).not.toThrow()
  })
})
