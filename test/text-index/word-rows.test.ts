// The file with the rows of an index's words: searches use it in place of the encoder, and do without it if it is damaged.

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createStaticEncoder } from '../../src/encode/index.js'
import { openTextIndex, type TextAnswer } from '../../src/text-index/index.js'
import { commonDirection, removeDirection } from '../../src/text-index/words/common-direction.js'
import { loadTermReader } from '../../src/text-index/words/load-term-reader.js'
import { createFindSimilar } from '../../src/text-index/words/similar-words.js'
import { collectWords, createWordCollector, mergeWords } from '../../src/text-index/words/word-index.js'
import { createWordLookup } from '../../src/text-index/words/word-lookup.js'
import { encodeWords, readWordRows, rowOfWord, writeWordRows } from '../../src/text-index/words/word-rows.js'

const root = mkdtempSync(join(tmpdir(), 'maxsimd-word-rows-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const words = createStaticEncoder(readFileSync('data/words.bin'))
/** The calls of the encoder, and the texts that it encoded. */
let calls = 0
const encodedTexts: string[] = []
const encoder = {
  ...words,
  documents(texts: readonly string[]) {
    calls++
    encodedTexts.push(...texts)
    return words.documents(texts)
  },
  query(text: string) {
    calls++
    return words.query(text)
  },
}
const options = { encoder, encoderName: 'static', weighted: true }

let folders = 0
/** An index of two files. */
async function createIndex(weighted = true): Promise<{ readonly path: string; readonly notes: string }> {
  const notes = join(root, String(folders++))
  mkdirSync(notes)
  writeFileSync(join(notes, 'a.txt'), 'A spider sat on the wall.\n\nThe bank failed.\n\nDoctors cure people.')
  writeFileSync(join(notes, 'b.txt'), 'Wolves hunt in packs.\n\nInsects fear spiders.\n\nMoney is lost.')
  const path = `${notes}-index`
  await update(path, notes, weighted)
  return { path, notes }
}

async function update(path: string, notes: string, weighted = true): Promise<void> {
  const index = await openTextIndex(path, { ...options, weighted })
  await index.update([notes])
  await index.close()
}

async function search(path: string, question: string): Promise<TextAnswer> {
  const index = await openTextIndex(path, { ...options, readOnly: true })
  try {
    calls = 0
    return await index.search(question)
  } finally {
    await index.close()
  }
}

const filesOf = (path: string) =>
  readdirSync(path)
    .filter(name => name.startsWith('words-'))
    .sort()

describe('the rows of the words of an index', () => {
  it('are used in place of the encoder if the index has all words of a question', async () => {
    const { path } = await createIndex()
    const { hits } = await search(path, 'fear of insects')
    expect(hits.map(({ text }) => text)).toEqual(['Insects fear spiders.', 'A spider sat on the wall.'])
    expect(hits[1]!.matches.map(({ query, document }) => `${query} ~ ${document}`)).toEqual([
      'insects ~ spider',
    ])
    expect(calls).toBe(0)
  })

  it('are compared with those of the encoder for a word that the index does not have', async () => {
    const { path } = await createIndex()
    const { hits, unknown } = await search(path, 'physician')
    expect([hits[0]!.text, unknown]).toEqual(['Doctors cure people.', ['physician']])
    // the file has the direction of function words, too
    expect(calls).toBe(1)
  })

  /** Writes what `damage` returns in place of a file, or removes it if it returns nothing. */
  const damageFile = (file: string, damage: (bytes: Buffer) => unknown) => {
    const changed = damage(readFileSync(file))
    if (changed instanceof Buffer) writeFileSync(file, changed)
    else rmSync(file)
  }
  const damages: Readonly<Record<string, (bytes: Buffer) => unknown>> = {
    'are missing': () => undefined,
    'are empty': () => Buffer.alloc(0),
    'are cut short': bytes => bytes.subarray(0, bytes.length - 4),
    'have another number in a row': bytes => bytes.writeInt8(-100, bytes.length - 1) && bytes,
    'are of another version': bytes => bytes.writeUInt32LE(1, 8) && bytes,
    'are of another number of words': bytes => bytes.writeUInt32LE(1, 16) && bytes,
    'are another file': bytes => bytes.write('x') && bytes,
  }
  it.each(Object.entries(damages))('make no difference to the results if they %s', async (_, damage) => {
    const { path } = await createIndex()
    const expected = await search(path, 'fear of insects')
    damageFile(join(path, 'words-1.rows'), damage)
    expect(await search(path, 'fear of insects')).toEqual(expected)
    expect(calls).toBeGreaterThan(0)
  })

  it.each(Object.entries(damages))(
    'are written again by an update without changed files if they %s',
    async (_, damage) => {
      const { path, notes } = await createIndex()
      const expected = await search(path, 'fear of insects')
      const file = join(path, 'words-1.rows')
      const whole = readFileSync(file)
      damageFile(file, damage)
      for (let i = 0; i < 2; i++) {
        await update(path, notes)
        expect(filesOf(path)).toEqual(['words-2.bin', 'words-2.rows'])
      }
      expect(readFileSync(join(path, 'words-2.rows'))).toEqual(whole)
      calls = 0
      expect(await search(path, 'fear of insects')).toEqual(expected)
      expect(calls).toBe(0)
    },
  )

  it('of an index without words are written once', async () => {
    const { path, notes } = await createIndex()
    for (const name of readdirSync(notes)) rmSync(join(notes, name))
    for (let i = 0; i < 2; i++) {
      await update(path, notes)
      expect(filesOf(path)).toEqual(['words-2.bin', 'words-2.rows'])
    }
  })

  it('are not used if they are of words that the index does not have', () => {
    const rows = {
      dim: 1,
      direction: Float32Array.of(0.25),
      known: Uint32Array.of(0, 2),
      scales: Float32Array.of(0.5, 2),
      rows: Int8Array.of(127, -1),
    }
    expect(readWordRows(writeWordRows(rows, 3), 3)).toEqual(rows)
    for (const known of [Uint32Array.of(0, 3), Uint32Array.of(1, 1), Uint32Array.of(2, 0)]) {
      expect(readWordRows(writeWordRows({ ...rows, known }, 3), 3)).toBeUndefined()
    }
  })

  it('are read wherever their bytes are', () => {
    const rows = {
      dim: 1,
      direction: Float32Array.of(0.25),
      known: Uint32Array.of(0, 2),
      scales: Float32Array.of(0.5, 2),
      rows: Int8Array.of(127, -1),
    }
    const shifted = Buffer.concat([Buffer.of(0), writeWordRows(rows, 3)]).subarray(1)
    for (const bytes of [shifted, new Uint8Array(shifted.buffer, shifted.byteOffset, shifted.length)])
      expect(readWordRows(bytes, 3)).toEqual(rows)
  })

  it('are of the words with one row, of any number of words', async () => {
    const texts = Array.from({ length: 1100 }, (_, i) => (i % 3 === 1 ? 'two rows' : 'one'))
    const documents = (batch: readonly string[]) =>
      batch.map(text => ({
        data: new Float32Array(text === 'two rows' ? 2 : 1).fill(1),
        dim: 1,
        tokens: [],
        unknown: [],
      }))
    const { known } = await encodeWords({ dim: 1, query: text => documents([text])[0]!, documents }, texts)
    expect([...known]).toEqual([...texts.keys()].filter(i => i % 3 !== 1))
  })

  it('are compared without the direction of function words, of all words with a stem the most similar one', async () => {
    const beetle = Float32Array.of(0, 0.6, 0, 0, 0.8)
    const several = Float32Array.of(1, 0, 0, 0, 0, 1, 0, 0, 0, 0)
    const rowOf = (text: string) =>
      text === 'beetle' ? beetle : text === 'the' ? several : Float32Array.of(0, 1, 0, 0, 0)
    const documents = (texts: readonly string[]) =>
      texts.map(text => ({ data: rowOf(text), dim: 5, tokens: [], unknown: [] }))
    const small = { dim: 5, query: (text: string) => documents([text])[0]!, documents }
    expect(await commonDirection(small)).toEqual(Float32Array.of(0, 1, 0, 0, 0))
    const reader = await loadTermReader()
    const collector = createWordCollector()
    collectWords(collector, 1, { text: 'spider spiders', payload: {} }, reader)
    const lookup = createWordLookup(mergeWords(undefined, () => true, collector))
    // the last of five elements, which is added after groups of four
    const rows = Int8Array.from([0, 0, 0, 0, 100, 0, 0, 0, 0, 100])
    const wordRows = {
      dim: 5,
      direction: Float32Array.of(0, 1, 0, 0, 0),
      known: Uint32Array.of(0, 1),
      scales: Float32Array.of(0.009, 0.005),
      rows,
    }
    const find = createFindSimilar(lookup, wordRows, async () => small)
    const found = (await find(reader.readTerms('beetle'))).get('beetle')!
    expect([...found.keys()]).toEqual(['spider'])
    expect(found.get('spider')).toBeCloseTo(0.9, 5)
    // the rows of the encoder are as they were
    expect(beetle).toEqual(Float32Array.of(0, 0.6, 0, 0, 0.8))
  })

  it('have no common direction with an encoder that knows no function word, and stay as they are then', async () => {
    const documents = (texts: readonly string[]) =>
      texts.map(() => ({ data: new Float32Array(0), dim: 3, tokens: [], unknown: [] }))
    const direction = await commonDirection({ dim: 3, query: text => documents([text])[0]!, documents })
    expect(direction).toEqual(new Float32Array(3))
    const row = Float32Array.of(0, 0.6, 0.8)
    removeDirection(row, direction)
    expect(row).toEqual(Float32Array.of(0, 0.6, 0.8))
  })

  it('of the direction that is removed become zeros', () => {
    const length = Math.hypot(0.1, 0.2, 0.3)
    const direction = Float32Array.of(0.1 / length, 0.2 / length, 0.3 / length)
    const row = direction.slice()
    removeDirection(row, direction)
    expect(row).toEqual(new Float32Array(3))
  })

  it('are whole numbers of 8 bits whose cosines differ from those of the word vectors by less than 0.003', async () => {
    const texts = ['spider', 'insects', 'xyzzyq', 'bank', 'the', 'volcano', 'fear', 'anxiety', 'people']
    const stored = await encodeWords(words, texts)
    const direction = await commonDirection(words)
    const rowOf = (text: string) => {
      const row = Float32Array.from(words.documents([text])[0]!.data)
      removeDirection(row, direction)
      return row
    }
    const cosine = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, d) => sum + value * b[d]!, 0)
    const storedRow = (word: number) => {
      const { values, scale } = rowOfWord(stored, word)!
      return Float32Array.from(values, value => value * scale)
    }
    expect(rowOfWord(stored, 2)).toBeUndefined()
    const known = [...texts.keys()].filter(word => word !== 2)
    expect([...stored.known]).toEqual(known)
    for (const a of known) {
      for (const b of known) {
        const exact = cosine(rowOf(texts[a]!), rowOf(texts[b]!))
        expect(Math.abs(cosine(storedRow(a), storedRow(b)) - exact)).toBeLessThan(0.003)
      }
    }
  })

  it('are copied by an update, which encodes new words only, and equal those of a new index', async () => {
    const { path, notes } = await createIndex()
    rmSync(join(notes, 'b.txt'))
    // a new word first, in between and last, one that the encoder does not know, and a removed one that comes back
    writeFileSync(join(notes, 'c.txt'), 'An aardvark xyzzyq likes cheese.\n\nA zebra and wolves.')
    encodedTexts.length = 0
    await update(path, notes)
    const isOne = (word: string) => encodedTexts.includes(word)
    expect(['aardvark', 'cheese', 'xyzzyq', 'zebra'].filter(isOne)).toHaveLength(4)
    expect(['bank', 'doctors', 'money', 'spider', 'wall', 'wolves'].filter(isOne)).toEqual([])
    await update(`${path}-fresh`, notes)
    expect(filesOf(path)).toEqual(['words-2.bin', 'words-2.rows'])
    expect(readFileSync(join(path, 'words-2.rows'))).toEqual(
      readFileSync(join(`${path}-fresh`, 'words-1.rows')),
    )
    // without the rows of before, all words are encoded
    rmSync(join(path, 'words-2.rows'))
    writeFileSync(join(notes, 'd.txt'), 'A bee.')
    await update(path, notes)
    expect(isOne('wall')).toBe(true)
  })

  it('are replaced with the words by an update that changes them, and kept by others', async () => {
    const { path, notes } = await createIndex()
    const updateAndSearch = async () => {
      const index = await openTextIndex(path, options)
      await index.update([notes])
      // the open index has the new words
      const { hits } = await index.search('bees')
      await index.close()
      return [filesOf(path), hits[0]!.text]
    }
    const insects = 'Insects fear spiders.'
    expect(await updateAndSearch()).toEqual([['words-1.bin', 'words-1.rows'], insects])
    writeFileSync(join(notes, 'b.txt'), 'Bees dance.')
    expect(await updateAndSearch()).toEqual([['words-2.bin', 'words-2.rows'], 'Bees dance.'])
    const { hits } = await search(path, 'bees')
    expect([hits[0]!.text, calls]).toEqual(['Bees dance.', 0])
  })

  it('are not written with a model, whose rows depend on the text around a word', async () => {
    const { path } = await createIndex(false)
    expect(filesOf(path)).toEqual(['words-1.bin'])
    expect(existsSync(join(path, 'index.json'))).toBe(true)
  })
})
