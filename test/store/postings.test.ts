// Postings against brute force: sums in ascending dimensions, each product and sum rounded to f32.

import { expect, it } from 'vitest'
import { ENTRY_WORDS, startPackedMemory } from '../../src/core/packed-documents.js'
import { createSegment, reserve } from '../../src/store/columns/segment.js'
import { createSparsePostings } from '../../src/store/columns/sparse-postings.js'
import type { VectorColumns } from '../../src/store/columns/vector-column.js'
import { createBestScores } from '../../src/store/postings/best-scores.js'
import { BLOCK, createPostings, type Postings } from '../../src/store/postings/postings.js'
import {
  countLive,
  type PostingsQuery,
  type QueryTerm,
  searchPostings,
} from '../../src/store/postings/search-postings.js'
import { random as createRandom } from '../support/random.js'

interface Vector {
  readonly slot: number
  readonly indices: readonly number[]
  readonly values: readonly number[]
}

interface Shape {
  readonly vectors: number
  readonly dimensions: number
  readonly items: number
  /** Whether a vector has every slot; otherwise there are gaps. */
  readonly dense: boolean
  /** Returns the value of an item. */
  readonly value: (random: () => number) => number
}

/** Vectors whose dimensions are as unevenly distributed as words. */
function randomVectors(random: () => number, { vectors, dimensions, items, dense, value }: Shape): Vector[] {
  let slot = -1
  return Array.from({ length: vectors }, () => {
    slot += dense ? 1 : 1 + Math.floor(random() * 50)
    const indices = new Set<number>()
    const count = Math.floor(random() * (items + 1))
    while (indices.size < count) indices.add(7 * Math.floor(dimensions * random() ** 3))
    return { slot, indices: [...indices], values: [...indices].map(() => Math.fround(value(random))) }
  })
}

function scoreOf({ indices, values }: Vector, terms: readonly QueryTerm[]): number | undefined {
  let score: number | undefined
  for (const { dimension, weight } of terms) {
    const i = indices.indexOf(dimension)
    if (i >= 0) score = Math.fround((score ?? 0) + Math.fround(values[i]! * weight))
  }
  return score
}

function bruteForce(
  vectors: readonly Vector[],
  { terms, limit, live, candidates, floor = -Infinity }: PostingsQuery,
) {
  const allowed = candidates && new Set(candidates)
  const scored = vectors
    .filter(({ slot }) => (!live || live[slot] === 1) && (!allowed || allowed.has(slot)))
    .flatMap(vector => {
      const score = scoreOf(vector, terms)
      return score === undefined || score < floor ? [] : [{ slot: vector.slot, score }]
    })
    .sort((a, b) => b.score - a.score || a.slot - b.slot)
  const last = scored[limit - 1]?.score ?? -Infinity
  return scored.filter(({ score }) => score >= last)
}

function postingsOf(vectors: readonly Vector[]): Postings {
  const postings = createPostings()
  for (const { slot, indices, values } of vectors) postings.add(slot, indices, values)
  return postings
}

const SHAPES: Readonly<Record<string, Shape>> = {
  words: { vectors: 9_000, dimensions: 400, items: 20, dense: true, value: random => 0.5 + random() },
  'values of both signs': {
    vectors: 6_000,
    dimensions: 60,
    items: 12,
    dense: true,
    value: random => random() - 0.5,
  },
  'few different scores': {
    vectors: 5_000,
    dimensions: 30,
    items: 6,
    dense: true,
    value: random => Math.floor(3 * random()),
  },
  gaps: { vectors: 3_000, dimensions: 200, items: 10, dense: false, value: random => random() ** 4 },
}

function randomQuery(random: () => number, dimensions: number, signs: boolean): QueryTerm[] {
  const count = 1 + Math.floor(random() * 6)
  const chosen = new Set<number>()
  while (chosen.size < count) chosen.add(7 * Math.floor(dimensions * random() ** 2))
  return [...chosen]
    .sort((a, b) => a - b)
    .map(dimension => ({ dimension, weight: Math.fround(signs ? random() * 4 - 2 : 5 * random() ** 3) }))
}

it.each(Object.entries(SHAPES))('finds what brute force finds: %s', (_, shape) => {
  const random = createRandom(11)
  const vectors = randomVectors(random, shape)
  const postings = postingsOf(vectors)
  const { end } = postings
  for (let trial = 0; trial < 60; trial++) {
    const live =
      trial % 3 === 0 ? undefined : Uint8Array.from({ length: end }, () => (random() < 0.7 ? 1 : 0))
    const share = trial % 4 === 0 ? 1 : random() ** 6
    const candidates =
      share === 1 ? undefined : Uint32Array.from([...Array(end + 3).keys()].filter(() => random() < share))
    const query: PostingsQuery = {
      terms: randomQuery(random, shape.dimensions, trial % 2 === 1),
      limit: [1, 3, 10, 100, 20_000][trial % 5]!,
      live,
      candidates,
      floor: trial % 7 === 0 ? random() : undefined,
    }
    const expected = bruteForce(vectors, query)
    expect(searchPostings(postings, query), `trial ${trial}: ${JSON.stringify(query.terms)}`).toEqual(
      expected,
    )
  }
})

it('finds the same while vectors are added, merged and read again from their sorted form', () => {
  const random = createRandom(12)
  const vectors = randomVectors(random, { ...SHAPES.words!, vectors: 12_000 })
  const postings = createPostings()
  const query = { terms: randomQuery(random, 400, false), limit: 10 }
  let added = 0
  for (const [i, { slot, indices, values }] of vectors.entries()) {
    postings.add(slot, indices, values)
    if (i % 1_999 !== 1) continue
    added = i + 1
    expect(searchPostings(postings, query), `${added} vectors`).toEqual(
      bruteForce(vectors.slice(0, added), query),
    )
  }
  const copy = createPostings(postings.sorted(), postings.vectors, postings.end)
  expect([copy.size, copy.vectors, copy.end]).toEqual([
    vectors.reduce((sum, { indices }) => sum + indices.length, 0),
    vectors.filter(({ indices }) => indices.length > 0).length,
    12_000,
  ])
  copy.add(12_345, [query.terms[0]!.dimension], [1e6])
  expect(searchPostings(copy, query)[0]).toEqual({
    slot: 12_345,
    score: Math.fround(1e6 * query.terms[0]!.weight),
  })
  expect(searchPostings(copy, { ...query, limit: 20_000 }).slice(1)).toEqual(
    bruteForce(vectors, { ...query, limit: 20_000 }).filter(({ slot }) => slot !== 12_345),
  )
})

it('finds a large value at the end of a list, in a block of its own, when most of the list is small', () => {
  const postings = createPostings()
  for (let slot = 0; slot < 10; slot++) postings.add(slot, [9], [50])
  // in the next window of 4,096 slots
  const last = 5000 + BLOCK
  for (let slot = 5000; slot < last; slot++) postings.add(slot, [7], [1])
  postings.add(last, [7], [100])
  const terms = [7, 9].map(dimension => ({ dimension, weight: 1 }))
  for (const each of [postings, createPostings(postings.sorted(), postings.vectors, postings.end)]) {
    expect(searchPostings(each, { terms, limit: 2 }).slice(0, 2)).toEqual([
      { slot: last, score: 100 },
      { slot: 0, score: 50 },
    ])
  }
})

it('knows the smallest and largest values of blocks after vectors were merged into them', () => {
  const postings = createPostings()
  const add = (first: number, value: number) => {
    for (let slot = first; slot < first + 3 * BLOCK; slot++) postings.add(slot, [7], [value])
  }
  add(0, 1)
  postings.sorted()
  add(3 * BLOCK, -2)
  const { values, starts } = postings.sorted()
  expect(starts).toEqual(Uint32Array.of(0, 6 * BLOCK))
  const [{ blocks } = { blocks: undefined }] = postings.lists(7)
  const perBlock = Array.from({ length: 6 }, (_, block) => values[block * BLOCK])
  expect([[...blocks!.smallest], [...blocks!.largest]]).toEqual([perBlock, perBlock])
})

it('counts the live slots that have a dimension', () => {
  const postings = createPostings()
  postings.add(0, [5, 9], [1, 1])
  postings.add(3, [9], [1])
  postings.sorted()
  postings.add(4, [9, 0xffffffff], [1, 1])
  expect([5, 9, 0xffffffff, 6].map(dimension => countLive(postings, dimension, undefined))).toEqual([
    1, 3, 1, 0,
  ])
  expect(countLive(postings, 9, Uint8Array.of(1, 1, 1, 0, 1))).toBe(2)
  expect([postings.vectors, postings.size, postings.end]).toEqual([3, 5, 5])
})

it('finds nothing without vectors, without terms, and without a common dimension', () => {
  expect(searchPostings(createPostings(), { terms: [{ dimension: 1, weight: 1 }], limit: 1 })).toEqual([])
  const postings = createPostings()
  postings.add(2, [1], [0])
  postings.add(3, [], [])
  expect(searchPostings(postings, { terms: [], limit: 5 })).toEqual([])
  expect(searchPostings(postings, { terms: [{ dimension: 2, weight: 1 }], limit: 5 })).toEqual([])
  expect(searchPostings(postings, { terms: [{ dimension: 1, weight: 1 }], limit: 5 })).toEqual([
    { slot: 2, score: 0 },
  ])
})

it('are made of each vector once, also if some cannot be read at first, and keep no rows in memory', async () => {
  const memory = await startPackedMemory({ kernel: 'reference' })
  const segment = createSegment(1, [{ rowBytes: 8 }])
  reserve(segment, 3)
  segment.length = 3
  segment.live.fill(1, 0, 3)
  const address = memory.kernel.memory.allocate(24)
  for (let slot = 0; slot < 3; slot++) {
    memory.kernel.memory.u32(address + 8 * slot, 1)[0] = 7
    memory.kernel.memory.f32(address + 8 * slot + 4, 1)[0] = 1
    segment.columns[0]!.directory.set([address + 8 * slot, 1], ENTRY_WORDS * slot)
  }
  const visits: { readonly slots: number[]; readonly options: object | undefined }[] = []
  const visit: VectorColumns['visit'] = async (_segment, _fieldIndex, slots, use, options) => {
    visits.push({ slots: [...slots], options })
    const read = slots.subarray(0, 2)
    use({
      directory: segment.columns[0]!.directory,
      slots: read,
      length: read.length,
      slotOf: index => index,
    })
    if (slots.length > 2) throw new Error('unreadable')
  }
  const vectors = { visit } as Partial<VectorColumns> as VectorColumns
  const postings = createSparsePostings({ memory, vectors, files: undefined })
  const { signal } = new AbortController()
  await expect(postings.of(segment, 0, signal)).rejects.toThrow('unreadable')
  for (let call = 0; call < 2; call++) await postings.of(segment, 0, signal)
  const options = { keep: false, signal }
  expect(visits).toEqual([
    { slots: [0, 1, 2], options },
    { slots: [2], options },
  ])
})

it('keeps all slots that score as much as the last one, however many, and no others', () => {
  for (const limit of [1, 3]) {
    const best = createBestScores(limit)
    const score = (slot: number) => (slot < limit - 1 ? 5 : slot % 3 === 0 ? 1 : 2)
    for (let slot = 0; slot < 9000; slot++) best.add(slot, score(slot))
    const expected = Array.from({ length: 9000 }, (_, slot) => ({ slot, score: score(slot) }))
    expect(best.results()).toEqual(
      expected.filter(({ score }) => score >= 2).sort((a, b) => b.score - a.score || a.slot - b.slot),
    )
    expect(best.floor).toBe(2)
  }
})
