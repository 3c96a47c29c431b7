// The words of an index, made of old ones and new passages, against words that are counted passage by passage.

import { expect, it } from 'vitest'
import { loadTermReader } from '../../src/text-index/words/load-term-reader.js'
import { readPostings, writePostings } from '../../src/text-index/words/postings-file.js'
import type { Term } from '../../src/text-index/words/terms.js'
import {
  collectWords,
  createWordCollector,
  mergeWords,
  type WordIndex,
} from '../../src/text-index/words/word-index.js'
import { createWordLookup } from '../../src/text-index/words/word-lookup.js'
import { pick, random } from '../support/random.js'

const WORDS = [
  ...['spider', 'spiders', 'Spider', 'FetchContent', 'fetchcontent', 'fetch', 'CMAKE_CXX_STANDARD', "don't"],
  ...["dog's", 'the', 'of', '3.25', 'Zürich', '東京の天気', '𝒳yz', 'über', 'Uber', '__', 'donʼt'],
]

/** Each word with its stem, and how often each passage has it: "spider spider 3x1 7x255". */
function linesOf({ ids, words, stems, stemOf, starts, slots, counts }: WordIndex): string[] {
  return words.all().map((word, number) => {
    const range = Array.from(slots.subarray(starts[number]!, starts[number + 1]!), (slot, i) => {
      return `${ids[slot]}x${counts[starts[number]! + i]}`
    })
    return [word, stems.at(stemOf[number]!), ...range].join(' ')
  })
}

/** The bytes at an address that is not a multiple of four, as an array and as a Buffer. */
function shifted(bytes: Uint8Array): readonly Uint8Array[] {
  const array = new Uint8Array(bytes.length + 1)
  array.set(bytes, 1)
  return [array.subarray(1), Buffer.from(array.buffer).subarray(1)]
}

it('are read from a file wherever its bytes are, and not if numbers lead out of it', async () => {
  const reader = await loadTermReader()
  const collector = createWordCollector()
  for (const [id, text] of ['two spiders', 'a spider', 'Zürich'].entries())
    collectWords(collector, id, { text, payload: {} }, reader)
  const index = mergeWords(undefined, () => true, collector)
  for (const bytes of shifted(writePostings(index)))
    expect(linesOf(readPostings(bytes)!)).toEqual(linesOf(index))
  const { starts, slots, stemOf, ids, stems } = index
  const wrong: readonly Partial<WordIndex>[] = [
    { starts: starts.map((start, word) => (word === 0 ? 1 : start)) },
    { starts: starts.map((start, word) => (word === starts.length - 1 ? start - 1 : start)) },
    { slots: slots.map(() => ids.length) },
    { stemOf: stemOf.map(() => stems.length) },
    { ids: ids.toReversed() },
  ]
  for (const [i, change] of wrong.entries())
    expect(readPostings(writePostings({ ...index, ...change })), `change ${i}`).toBeUndefined()
})

it('are counted by passages: a passage counts once for a stem, however many words of the stem it has', async () => {
  const reader = await loadTermReader()
  const collector = createWordCollector()
  const texts = ['black spiders', 'spider', 'spider spiders webs', 'web webs web']
  for (const [i, text] of texts.entries()) collectWords(collector, 5 + i, { text, payload: {} }, reader)
  const lookup = createWordLookup(mergeWords(undefined, () => true, collector))
  const { words } = lookup.index
  const wordsOf = (stem: string) => Array.from(lookup.wordsOf(stem), word => words.at(word)).sort()
  expect(['spider', 'web', 'black', 'none'].map(wordsOf)).toEqual([
    ['spider', 'spiders'],
    ['web', 'webs'],
    ['black'],
    [],
  ])
  // the second time from what it remembers
  for (let round = 0; round < 2; round++)
    expect(['spider', 'web', 'black', 'none'].map(lookup.passagesOf)).toEqual([3, 2, 1, 0])
  expect([4, 5, 8, 9].map(lookup.slotOf)).toEqual([undefined, 0, 3, undefined])
  expect([4, 5, 6, 7, 8].map(lookup.lengthOf)).toEqual([0, 2, 1, 3, 3])
  expect(lookup.meanLength).toBe(9 / 4)
})

it('are identifiers and their parts, of which a run of capitals is one', async () => {
  const { readTerms } = await loadTermReader()
  const textsOf = (text: string) => readTerms(text).map(term => term.text)
  expect(textsOf('HTMLParser')).toEqual(['htmlparser', 'html', 'parser'])
  expect(textsOf('parseHTML')).toEqual(['parsehtml', 'parse', 'html'])
  expect(textsOf('HTML')).toEqual(['html'])
})

it('are words of up to 128 characters, without soft hyphens', async () => {
  const { readTerms } = await loadTermReader()
  const textsOf = (text: string) => readTerms(text).map(term => term.text)
  expect(textsOf('x'.repeat(128))).toEqual(['x'.repeat(128)])
  expect(textsOf('x'.repeat(129))).toEqual([])
  expect(textsOf('Schiff\u00adfahrt')).toEqual(['schifffahrt'])
})

it('have the words of the passages that are left, after any additions and removals', async () => {
  const reader = await loadTermReader()
  const next = random(18)
  const passages = new Map<number, { readonly text: string; readonly payload: { heading?: string } }>()
  let index = mergeWords(undefined, () => true, createWordCollector())
  let id = 0
  for (let round = 0; round < 60; round++) {
    // at times all passages are removed
    const share = pick(next, [0, 0.3, 1])
    const removed = new Set([...passages.keys()].filter(() => next() < share))
    for (const each of removed) passages.delete(each)
    const collector = createWordCollector()
    for (let added = pick(next, [0, 1, 6]); added > 0; added--) {
      const times = pick(next, [1, 1, 1, 300])
      const words = Array.from({ length: pick(next, [0, 1, 9]) }, () => `${pick(next, WORDS)} `.repeat(times))
      const passage = { text: words.join(''), payload: next() < 0.5 ? { heading: pick(next, WORDS) } : {} }
      id++
      if (collectWords(collector, id, passage, reader)) passages.set(id, passage)
      else expect(reader.readTerms(passage.text)).toEqual([])
    }
    index = mergeWords(index, each => !removed.has(each), collector)

    const expected = new Map<string, { stem: string; counts: Map<number, number> }>()
    const lengths: number[] = []
    for (const [each, { text, payload }] of passages) {
      // a passage that is the heading itself has its words once
      const heading = payload.heading === text.trim() ? undefined : payload.heading
      const terms: Term[] = [text, heading ?? ''].flatMap(reader.readTerms)
      lengths.push(terms.filter(({ isWhole }) => !isWhole).length)
      for (const term of terms) {
        const { counts } = expected.get(term.text) ?? { counts: new Map<number, number>() }
        counts.set(each, Math.min(255, (counts.get(each) ?? 0) + 1))
        expected.set(term.text, { stem: term.stem, counts })
      }
    }
    const lines = [...expected].sort(([a], [b]) => (a < b ? -1 : 1))
    expect(linesOf(index)).toEqual(
      lines.map(([word, { stem, counts }]) =>
        [word, stem, ...[...counts].map(([at, n]) => `${at}x${n}`)].join(' '),
      ),
    )
    expect([[...index.ids], [...index.lengths]]).toEqual([[...passages.keys()], lengths])
    expect(index.stems.all()).toEqual([...new Set(lines.map(([, { stem }]) => stem))].sort())
  }
})
