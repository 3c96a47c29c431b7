// The sentence above the answers of the page of `maxsimd serve`. The page itself is tested in browsers.

import { expect, it } from 'vitest'
import { statusText } from '../../src/cli/page/status-text.js'
import type { SearchResponse } from '../../src/cli/service/text-service.js'

const answer = (hits: number, unknown: string[] = [], suggestions?: SearchResponse['suggestions']) =>
  ({ hits: Array(hits).fill({}), unknown, suggestions }) as unknown as SearchResponse

it.each([
  [0, 'No passages in 12 ms.'],
  [1, '1 passage in 12 ms.'],
  [2, '2 passages in 12 ms.'],
])('counts %i answers and rounds the time', (hits, text) => {
  expect(statusText(answer(hits), 12.4)).toBe(text)
})

it('adds the words that were ignored, as a sentence', () => {
  expect(statusText(answer(1, ['zyx']), 3)).toBe('1 passage in 3 ms. Ignored unknown word: zyx.')
  expect(statusText(answer(3, ['barn'], [{ word: 'barn', nearest: 'bern' }]), 3)).toBe(
    '3 passages in 3 ms. Not in the index: barn (did you mean bern?).',
  )
})
