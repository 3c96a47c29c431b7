import { describe, expect, it } from 'vitest'
import { inverseDocumentFrequency } from '../../src/encode/index.js'

const document = (text: string) => ({
  tokens: text.split(' ').map(word => ({ text: word, start: 0, end: word.length })),
})

describe('inverseDocumentFrequency', () => {
  const weight = inverseDocumentFrequency(
    ['the big cat', 'the the dog', 'the cat', 'the the the'].map(document),
  )

  it.each<[string, number]>([
    ['the', 4],
    ['cat', 2],
    ['dog', 1],
    ['xyzzy', 0],
  ])('weighs %s, which is in %i of 4 documents, by ln(1 + (N - n + 0.5) / (n + 0.5))', (word, n) => {
    expect(weight(word)).toBe(Math.log(1 + (4 - n + 0.5) / (n + 0.5)))
  })

  it('returns a larger weight for a rarer token, and always more than 0', () => {
    const weights = ['the', 'cat', 'dog', 'xyzzy'].map(weight)
    expect(weights).toEqual([...weights].sort((a, b) => a - b))
    expect(weights[0]).toBeGreaterThan(0)
  })

  it('reads the documents in one pass', () => {
    function* once() {
      yield document('the cat')
    }
    expect(inverseDocumentFrequency(once())('cat')).toBe(Math.log(1 + 0.5 / 1.5))
  })

  it('weighs all tokens alike if there are no documents', () => {
    expect(inverseDocumentFrequency([])('cat')).toBe(Math.log(2))
  })
})
