// The search of pages in the demo, without a browser: the documents that it makes, and what is found on them.

import { readFileSync } from 'node:fs'
import { beforeAll, expect, it } from 'vitest'
import { type MadeDocument, makeDocuments } from '../../demo/pages/make-documents.js'
import { createPageSearch, type FoundPage } from '../../demo/pages/page-search.js'
import { createStaticEncoder } from '../../src/encode/index.js'
import { createScorer } from '../../src/index.js'

let documents: readonly MadeDocument[]
let search: (question: string) => FoundPage[]
beforeAll(async () => {
  documents = await makeDocuments()
  const encoder = createStaticEncoder(readFileSync('data/words.bin'))
  search = createPageSearch(await createScorer(), encoder, documents).search
})

it('finds the page of each example and of other questions, none of which has a word of the title', () => {
  const found = [
    ['money to pay', 'Invoice of a bakery'],
    ['train and plane', 'Timetable of a bus'],
    ['illness', 'Leaflet of a medicine'],
    ['musicians', 'Programme of a concert'],
    ['flood', 'Report on the weather'],
    ['dogs and cats', 'Contract for a flat'],
  ].map(([question, title]) => [question, title, search(question!)[0]!.document.title])
  for (const [question, title, first] of found) expect(first, question).toBe(title)
})

it('says what is printed where a word matched, and draws it there', () => {
  const [first] = search('a bread of the')
  const { document, matches, heat, score } = first!
  // function words do not count
  expect(matches.map(({ word, printed }) => [word, printed])).toEqual([['bread', 'bread']])
  expect(score).toBeCloseTo(1, 5)
  const bread = document.words.find(({ text }) => text === 'bread')!
  const rectangles = [
    ...heat.matchAll(
      /<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" fill-opacity="0.6"/g,
    ),
  ]
  expect(rectangles.length).toBeGreaterThan(0)
  for (const [, x, y, width, height] of rectangles) {
    expect(Number(x)).toBeLessThan(bread.x + bread.width)
    expect(Number(x) + Number(width)).toBeGreaterThan(bread.x)
    expect(Number(y)).toBeLessThan(bread.y + bread.height)
    expect(Number(y) + Number(height)).toBeGreaterThan(bread.y)
  }
  expect(search('')).toEqual([])
  expect(search('qwxz of the')).toEqual([])
})

it('knows where each word is on the picture', async () => {
  const { width, height, words, png } = documents[0]!
  expect([width, height]).toEqual([840, 1188])
  expect(new TextDecoder('latin1').decode(png.subarray(1, 4))).toBe('PNG')
  for (const { text, x, y, width: wide, height: high } of words) {
    expect([x >= 0, y >= 0, x + wide <= width, y + high <= height], text).toEqual([true, true, true, true])
  }
  expect(words.map(({ text }) => text)).toContain('Invoice')
})
