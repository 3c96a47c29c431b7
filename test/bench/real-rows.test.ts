// The workloads of real rows: which texts are chosen, how rows are kept, and how passages are made of them. The model itself
// runs only in the benchmark.

import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { chooseTexts, firstRows, queriesOfRows } from '../../bench/shared/real-rows/definitions.js'
import {
  CHUNK_TEXTS,
  type EncodedRowsOptions,
  loadEncodedRows,
} from '../../bench/shared/real-rows/encoded-rows.js'
import { createProjection, joinPassages } from '../../bench/shared/real-rows/passages.js'
import { unitRows } from '../../bench/shared/unit-rows.js'
import type { FlatMultiVector } from '../../src/index.js'
import { random, randomRows } from '../support/random.js'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'maxsimd-rows-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const DIM = 3
const TEXTS = Array.from({ length: 2 * CHUNK_TEXTS + 50 }, (_, i) => `text ${i}`)

/** Rows that depend only on the text: one to three. */
const rowsOf = (text: string): FlatMultiVector => {
  const number = Number(text.slice(5))
  return randomRows(random(number), 1 + (number % 3), DIM)
}
const expected = TEXTS.map(rowsOf)

/** Loads the rows, and returns the texts that were encoded. The encoder fails at the chunk `failAt`. */
async function load(changes: Partial<EncodedRowsOptions> = {}, failAt = -1) {
  const encoded: string[] = []
  const lines: string[] = []
  let opened = 0
  const rows = await loadEncodedRows({
    ...{ name: 'small', texts: TEXTS, recipe: 'test', dim: DIM, folder, log: line => lines.push(line) },
    async open() {
      opened++
      return async texts => {
        if (encoded.length === failAt * CHUNK_TEXTS) throw new Error('interrupted')
        encoded.push(...texts)
        return texts.map(rowsOf)
      }
    },
    ...changes,
  })
  return { rows, encoded, lines, opened }
}

const fileOf = (end: string) => join(folder, readdirSync(folder).find(name => name.endsWith(end))!)

describe('rows of texts', () => {
  it('are made once and then read, without the encoder', async () => {
    const first = await load()
    expect(first.rows).toEqual(expected)
    expect(first.encoded).toEqual(TEXTS)
    const second = await load()
    expect(second.rows).toEqual(expected)
    expect([second.opened, second.lines]).toEqual([0, []])
  })

  it('are continued after an interruption, in the same chunks', async () => {
    await expect(load({}, 1)).rejects.toThrow('interrupted')
    const { rows, encoded, lines } = await load()
    expect(encoded).toEqual(TEXTS.slice(CHUNK_TEXTS))
    expect(rows).toEqual(expected)
    expect(lines[0]).toBe(
      `small: making the rows of ${TEXTS.length} texts (once), from text ${CHUNK_TEXTS + 1} on`,
    )
  })

  it.each<[what: string, damage: () => void, from: number]>([
    ['rows without their counts', () => appendFileSync(fileOf('.f32'), 'half a row'), 2 * CHUNK_TEXTS],
    ['half a line of counts', () => appendFileSync(fileOf('.rows'), '[1,2'), 2 * CHUNK_TEXTS],
    ['counts without their rows', () => truncateSync(fileOf('.f32'), 12), 0],
    ['no counts', () => rmSync(fileOf('.rows')), 0],
    ['no rows', () => rmSync(fileOf('.f32')), 0],
  ])('are complete after an interruption that left %s', async (_, damage, from) => {
    await expect(load({}, 2)).rejects.toThrow('interrupted')
    damage()
    const { rows, encoded } = await load()
    expect(encoded).toEqual(TEXTS.slice(from))
    expect(rows).toEqual(expected)
  })

  it('are made again for another text, order, recipe or dim', async () => {
    await load()
    for (const changes of [
      { texts: [...TEXTS.slice(1), 'text 0'] },
      { texts: TEXTS.slice(1) },
      { recipe: 'other' },
      { dim: 1 },
    ]) {
      expect((await load(changes)).opened, JSON.stringify(changes).slice(0, 60)).toBe(1)
    }
    expect((await load()).opened).toBe(0)
  })

  it('are empty for no texts', async () => {
    expect(await load({ texts: [] })).toMatchObject({ rows: [], opened: 0 })
  })

  it('report how much is done and the time that is left, every five seconds', async () => {
    let time = 0
    const now = () => {
      time += 2500
      return time
    }
    const { lines } = await load({ now })
    expect(lines.slice(1)).toEqual([`small: ${2 * CHUNK_TEXTS} of ${TEXTS.length} texts, about 1 s left`])
    expect(readFileSync(fileOf('.rows'), 'utf8').split('\n')).toHaveLength(4)
  })
})

describe('the texts of the definitions', () => {
  const all = Array.from({ length: 500 }, (_, i) => ({
    words: i % 2 ? [`word ${i}`] : [`word ${i}`, `synonym ${i}`, `other ${i}`],
    text: `definition ${i}`,
  }))
  const texts = chooseTexts(all, 300)

  it('are chosen at random, the same ones each time', () => {
    expect(chooseTexts(all, 300)).toEqual(texts)
    expect(new Set(texts.documents).size).toBe(300)
    expect(texts.documents).not.toEqual(all.slice(0, 300).map(({ text }) => text))
  })

  it('of long queries are definitions that are not among the documents', () => {
    expect(texts.long).toHaveLength(8)
    const parts = texts.long.flatMap(text => text.split('. '))
    expect(new Set(parts).size).toBe(64)
    expect(parts.filter(part => texts.documents.includes(part))).toEqual([])
  })

  it('of short queries are the other words of a document that has several', () => {
    for (const text of texts.short) {
      const [, number] = /^synonym (\d+) other \1$/.exec(text)!
      expect(texts.documents).toContain(`definition ${number}`)
    }
    expect(texts.short.length).toBeGreaterThan(100)
  })

  it('queries have the wanted numbers of rows in turns', () => {
    const encoded = [5, 4, 3, 4, 5, 5].map(rows => randomRows(random(rows), rows, DIM))
    const rows = queriesOfRows(encoded, [4, 5], 4).map(({ data }) => data.length / DIM)
    expect(rows).toEqual([4, 5, 4, 5])
    expect(() => queriesOfRows(encoded, [4, 5], 5)).toThrow('there are fewer than 5 queries of 4 or 5 rows')
    expect(firstRows(encoded[0]!, 2).data).toEqual(encoded[0]!.data.slice(0, 2 * DIM))
  })
})

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
  Array.from(a).reduce((sum, value, i) => sum + value * b[i]!, 0)

describe('passages', () => {
  it('a projection onto all dims keeps every similarity, so its directions are orthonormal', () => {
    const rows = unitRows(random(1), 6, 16)
    const projected = createProjection(16, 16, random(2))(rows)
    const row = ({ data, dim }: FlatMultiVector, i: number) => Array.from(data).slice(i * dim, (i + 1) * dim)
    for (let i = 0; i < 6; i++)
      for (let j = 0; j < 6; j++)
        expect(dot(row(projected, i), row(projected, j))).toBeCloseTo(dot(row(rows, i), row(rows, j)), 5)
  })

  it('a projection is the same for the same seed, and its rows have unit length', () => {
    const rows = unitRows(random(3), 4, 24)
    const projected = createProjection(24, 8, random(4))(rows)
    expect(createProjection(24, 8, random(4))(rows)).toEqual(projected)
    expect(createProjection(24, 8, random(5))(rows)).not.toEqual(projected)
    for (let i = 0; i < 4; i++) {
      const row = projected.data as Float32Array
      expect(dot(row.slice(8 * i, 8 * i + 8), row.slice(8 * i, 8 * i + 8))).toBeCloseTo(1, 5)
    }
  })

  it('have rows of unit length near those of the texts, as many as wanted, the same ones each time', () => {
    const dim = 64
    const texts = Array.from({ length: 20 }, (_, i) => unitRows(random(100 + i), 1 + (i % 5), dim))
    const passages = joinPassages(texts, 30, [4, 9], random(6))
    expect(joinPassages(texts, 30, [4, 9], random(6))).toEqual(passages)
    const counts = passages.map(({ data }) => data.length / dim)
    expect(new Set(counts)).toEqual(new Set([4, 5, 6, 7, 8, 9]))
    const originals = texts.flatMap(({ data }) =>
      Array.from({ length: data.length / dim }, (_, i) => data.slice(i * dim, (i + 1) * dim)),
    )
    for (const { data } of passages) {
      for (let first = 0; first < data.length; first += dim) {
        const row = data.slice(first, first + dim)
        expect(dot(row, row)).toBeCloseTo(1, 5)
        // noise of length 0.4 turns a row by about 22 degrees
        const nearest = Math.max(...originals.map(original => dot(original, row)))
        expect(nearest).toBeGreaterThan(0.85)
        expect(nearest).toBeLessThan(0.98)
      }
    }
  })
})
