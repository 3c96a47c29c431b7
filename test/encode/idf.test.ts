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

  it('gives the weight 1 to special tokens, which are in all documents or in none', () => {
    const special = (text: string) => ({ text, start: 0, end: 0, special: true as const })
    const documents = ['a b', 'b', 'b'].map(text => ({
      tokens: [special('[CLS]'), ...document(text).tokens],
    }))
    const weigh = inverseDocumentFrequency(documents)
    const query = [special('[CLS]'), special('[unused0]'), ...document('a b').tokens, special('[MASK]')]
    expect(query.map(weigh)).toEqual([1, 1, weigh('a'), weigh('b'), 1])
    // as a text it is a word that no document has
    expect(weigh('[CLS]')).toBe(weigh('xyzzy'))
  })

  it('weighs all tokens alike if there are no documents', () => {
    expect(inverseDocumentFrequency([])('cat')).toBe(Math.log(2))
  })
})
