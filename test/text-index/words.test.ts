// Search of a text index by words: what matches a word, what the scores are, and that the words stay those of the passages.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createStaticEncoder } from '../../src/encode/index.js'
import { checksumOf } from '../../src/kernel/checksum.js'
import {
  openTextIndex,
  readCatalog,
  type SearchTextOptions,
  type TextIndex,
} from '../../src/text-index/index.js'
import { createIndexSearch } from '../../src/text-index/index-search.js'
import { createNearestWord } from '../../src/text-index/words/nearest-word.js'
import { bestWindow } from '../../src/text-index/words/word-hits.js'

const encoder = createStaticEncoder(readFileSync('data/words.bin'))
const options = { encoder, encoderName: 'static', weighted: true }
const root = mkdtempSync(join(tmpdir(), 'maxsimd-words-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let folders = 0

/** A new folder with these files. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = join(root, String(folders++))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

/** Indexes paragraphs, and runs a function with the index. */
async function withPassages<T>(
  passages: readonly string[],
  run: (index: TextIndex) => Promise<T>,
): Promise<T> {
  const folder = folderOf({ 'notes.md': passages.join('\n\n') })
  const index = await openTextIndex(join(folder, '.index'), options)
  try {
    await index.update([folder])
    return await run(index)
  } finally {
    await index.close()
  }
}

const textsOf = async (index: TextIndex, question: string, searchOptions?: SearchTextOptions) =>
  (await index.search(question, searchOptions)).hits.map(({ text }) => text)

describe('a word', () => {
  const passages = [
    'Use FetchContent to download it.',
    'Set CMAKE_CXX_STANDARD to 20, since version 3.25.',
    'Precompiled headers need 4000 bytes.',
    'Das Café öffnet früh.',
    '東京の天気は晴れです。',
    "The dog's house isn't ready.",
  ]
  const [fetched, standard, headers, cafe, tokyo, dog] = passages
  it.each([
    ['fetchcontent', fetched],
    ['FetchContent', fetched],
    ['content fetching', fetched],
    ['CMAKE_CXX_STANDARD', standard],
    ['cxx standards', standard],
    ['3.25', standard],
    ['4000', headers],
    ['precompile header', headers],
    ['cafe', cafe],
    ['OEFFNET öffnet', cafe],
    ['天気', tokyo],
    ['dogs', dog],
  ])('of the question "%s" matches itself, its parts and its forms', async (question, expected) => {
    await withPassages(passages, async index => {
      expect(await textsOf(index, question, { only: 'words' })).toEqual([expected])
      expect((await textsOf(index, question))[0]).toBe(expected)
    })
  })

  it('that is a function word does not match', async () => {
    await withPassages(passages, async index => {
      expect(await index.search("what is the it isn't", { only: 'words' })).toEqual({
        hits: [],
        unknown: [],
        suggestions: [],
      })
      expect((await index.search('the it is')).hits).toEqual([])
      // of each kind: articles, pronouns, prepositions, conjunctions, auxiliary verbs
      const each =
        'a an some she our theirs who of onto between without or either because would must has being'
      expect(await index.search(each, { only: 'words' })).toMatchObject({ hits: [], unknown: [] })
    })
  })

  it('is matched by a similar word, for less than by itself, unless only words are asked for', async () => {
    const animals = ['A wolf was here.', 'A dog was here.', 'A brick was here.']
    await withPassages(animals, async index => {
      expect(await textsOf(index, 'dog')).toEqual(['A dog was here.', 'A wolf was here.'])
      expect(await textsOf(index, 'dog', { only: 'words' })).toEqual(['A dog was here.'])
      const { hits } = await index.search('dog')
      expect(hits[0]!.score).toBeGreaterThan(2 * hits[1]!.score - 1e-9)
      expect(hits[1]!.matches[0]).toMatchObject({
        query: 'dog',
        document: 'wolf',
        start: 2,
        end: 6,
        weight: 1,
      })
      expect(hits[1]!.matches[0]!.similarity).toBeGreaterThan(0.4)
    })
  })

  it('is not matched by a frequent word that is similar to every other, however small the index', async () => {
    const unrelated = ['People know our money.', 'The bank failed.', 'They lost their way.']
    await withPassages(unrelated, async index => {
      expect(await index.search('fear of insects')).toMatchObject({ hits: [], unknown: ['fear', 'insects'] })
    })
    await withPassages([...unrelated, 'A spider sat on the wall.', 'Panic!'], async index => {
      expect(await textsOf(index, 'fear of insects')).toEqual(['Panic!', 'A spider sat on the wall.'])
    })
  })

  it('of a question that is a function word does not match in rows either', async () => {
    await withPassages(['The people of the town.', 'A spider sat.'], async index => {
      const { hits } = await index.search('the fear of spiders', { only: 'meaning' })
      expect(hits[0]!.rows.map(({ queryToken }) => queryToken!.text)).toEqual(['fear', 'spiders'])
      expect((await index.search('what is the it', { only: 'meaning' })).hits).toEqual([])
    })
  })

  it('of a heading counts once for the heading itself', async () => {
    const folder = folderOf({ 'a.md': '# Zebra\n', 'b.txt': 'Zebra\n', 'c.txt': 'Other things\n' })
    const index = await openTextIndex(join(folder, '.index'), options)
    await index.update([folder])
    const { hits } = await index.search('zebra', { only: 'words' })
    expect(hits).toHaveLength(2)
    expect(hits[0]!.score).toBe(hits[1]!.score)
    await index.close()
  })

  it('of a heading that matches best leaves the best match of the passage to be shown', async () => {
    await withPassages(['# Dogs', 'A wolf was here.', 'A brick was here.'], async index => {
      const { hits } = await index.search('dog', { limit: 3 })
      const wolf = hits.find(({ text }) => text.includes('wolf'))!
      expect(wolf.matches.map(({ document }) => document)).toEqual(['wolf'])
      expect(wolf.marks!.map(({ start, end }) => wolf.text.slice(start, end))).toEqual(['wolf'])
      expect(wolf.matches[0]!.contribution).toBeLessThan(wolf.score)
      expect(hits.find(({ text }) => text.includes('brick'))).toMatchObject({ matches: [], marks: [] })
    })
  })

  it('of a title counts for the text that has it', async () => {
    const folder = folderOf({
      'a.jsonl': '{"title":"Installation","text":"Run the setup."}\n{"text":"Run."}\n',
    })
    const index = await openTextIndex(join(folder, '.index'), options)
    await index.update([folder])
    expect(await textsOf(index, 'installation', { only: 'words' })).toEqual(['Run the setup.'])
    await index.close()
  })

  it('of a heading counts for the passages below it', async () => {
    await withPassages(['# Installation', 'Run the setup.', '# Removal', 'Run the setup.'], async index => {
      const { hits } = await index.search('installation setup', { only: 'words' })
      expect(hits.map(({ line }) => line)).toEqual([3, 1, 7])
      expect(hits[0]!.matches.map(({ document }) => document)).toEqual(['setup'])
    })
  })
})

describe('the score of a passage', () => {
  it('is the sum of what its matches add, and at most 1', async () => {
    const passages = ['The volcano erupted near the town.', 'A town by the sea.', 'The volcano, the volcano!']
    await withPassages(passages, async index => {
      const { hits } = await index.search('volcano town', { limit: 5 })
      expect(hits).toHaveLength(3)
      for (const { score, matches, text } of hits) {
        const sum = matches.reduce((total, { contribution }) => total + contribution, 0)
        expect(sum, text).toBeCloseTo(score, 10)
        expect(score).toBeLessThan(1)
      }
      expect(hits[0]!.text).toBe(passages[0])
    })
  })

  it('is explained for a word that occurs more often than a count holds', async () => {
    const folder = folderOf({
      'a.jsonl': `${JSON.stringify({ text: 'fox '.repeat(400) })}\n{"text":"hen"}\n`,
    })
    const index = await openTextIndex(join(folder, '.index'), options)
    await index.update([folder])
    const { hits } = await index.search('fox', { only: 'words' })
    expect(hits[0]!.matches[0]!.contribution).toBe(hits[0]!.score)
    expect(hits[0]!.marks).toHaveLength(400)
    await index.close()
  })

  it('is explained for a word that occurs 100,000 times, and shown, without reading the places again for each', async () => {
    const text = 'fox '.repeat(100_000)
    const folder = folderOf({ 'a.jsonl': `${JSON.stringify({ text })}\n` })
    const index = await openTextIndex(join(folder, '.index'), options)
    await index.update([folder])
    const { hits } = await index.search('fox', { only: 'words' })
    expect(hits[0]!.marks).toHaveLength(100_000)
    expect(bestWindow(text, hits[0]!.marks!, 400)).toEqual({ start: 0, end: 399 })
    await index.close()
  })

  it('counts of several similar words only the best, and explains it', async () => {
    const passages = ['A puppy and a wolf and a fox.', 'A fox, a wolf, a puppy.', 'A puppy.', 'A brick.']
    await withPassages(passages, async index => {
      const { hits } = await index.search('dog')
      expect(hits.length).toBeGreaterThan(2)
      for (const { score, matches, text } of hits) {
        expect(matches, text).toHaveLength(1)
        expect(matches[0]!.contribution, text).toBeCloseTo(score, 10)
      }
      expect(hits[0]!.text).toBe('A puppy.')
    })
  })

  it('counts a word of the question for itself only, and shows the first form in which it was asked', async () => {
    await withPassages(['A cat was here.', 'A dog was here.', 'Headers.'], async index => {
      const { hits } = await index.search('dogs cats dog cat')
      expect(hits.map(({ matches }) => matches.map(match => [match.query, match.document]))).toEqual([
        [['cats', 'cat']],
        [['dogs', 'dog']],
      ])
      expect(hits[0]!.score).toBe(hits[1]!.score)
    })
  })

  it('of equal ones lets the shorter passage come first, even if it is the later one', async () => {
    // 2 of 3 words count as much as the only word, if the mean length is 3
    await withPassages(['Fox fox hen.', 'Two three four five six.', 'Fox.'], async index => {
      const { hits } = await index.search('fox', { only: 'words' })
      expect(hits[0]!.score).toBe(hits[1]!.score)
      expect(hits.map(({ text }) => text)).toEqual(['Fox.', 'Fox fox hen.'])
    })
  })

  it('is higher for a short passage than for a long list with the same word, and rare words count more', async () => {
    const list = `${'apple pear plum grape '.repeat(20)}cherry`
    const passages = ['A cherry.', list, 'Plum.', 'Plum tart.', 'Plum jam.', 'Plum cake and cherry.']
    await withPassages(passages, async index => {
      expect(await textsOf(index, 'cherry', { only: 'words' })).toEqual([passages[0], passages[5], list])
      const { hits } = await index.search('plum cherry', { only: 'words' })
      expect(hits[0]!.text).toBe(passages[5])
      expect(hits[1]!.text).toBe(passages[0])
    })
  })

  it('if equal, lets the shorter passage come first, then the earlier one', async () => {
    await withPassages(['Salt water.', 'Salt rock.', 'Pepper.'], async index => {
      expect(await textsOf(index, 'salt', { only: 'words' })).toEqual(['Salt water.', 'Salt rock.'])
      expect(await textsOf(index, 'salt', { only: 'words', limit: 1 })).toEqual(['Salt water.'])
    })
  })
})

describe('the score by meaning', () => {
  it('if equal, lets the shorter passage come first, also one beyond the limit', async () => {
    const passages = ['A spider sat on the wall.', 'A spider was here.', 'A wolf.', 'Spider!']
    await withPassages(passages, async index => {
      for (const limit of [1, 2, 3]) {
        const { hits } = await index.search('spiders', { only: 'meaning', limit })
        expect(hits.map(({ text }) => text)).toEqual([passages[3], passages[1], passages[0]].slice(0, limit))
        expect(new Set(hits.map(({ score }) => score)).size).toBe(1)
        expect(hits.map(({ matches }) => matches[0]!.document)).toEqual(Array(limit).fill('spider'))
        const { hits: plain } = await index.search('spiders', { only: 'meaning', limit, explain: false })
        expect(plain.map(({ id }) => id)).toEqual(hits.map(({ id }) => id))
      }
    })
  })
})

describe('the shown part of a passage', () => {
  const mark = (start: number, query: string) => ({ start, end: start + 4, query, contribution: 0.3 })

  it('has the most words of the question, each counted once, and begins before the first of them', () => {
    const text = 'word '.repeat(400)
    // one word three times at the start, two words later, and another far from both
    const marks = [
      mark(0, 'a'),
      mark(50, 'a'),
      mark(100, 'a'),
      mark(1000, 'a'),
      mark(1100, 'b'),
      mark(1900, 'c'),
    ]
    const { start, end } = bestWindow(text, marks, 400)
    expect([start > 900 && start <= 1000, end > 1104, end - start <= 400]).toEqual([true, true, true])
    expect([text.slice(start).startsWith('word'), text.slice(0, end).endsWith('word')]).toEqual([true, true])
    expect(bestWindow(text, [mark(0, 'a'), mark(1000, 'b'), mark(1050, 'c')], 400).start).toBeGreaterThan(900)
    // of equal parts the first
    expect(bestWindow(text, [mark(200, 'a'), mark(1000, 'b')], 400).start).toBeLessThan(201)
    expect(bestWindow('short', [], 400)).toEqual({ start: 0, end: 5 })
    // a match counts if the part shows it: it begins with a fifth before the first one
    const near = [mark(1000, 'a'), mark(1330, 'b'), mark(1700, 'c'), mark(1720, 'd')]
    expect(bestWindow(text, near, 400).start).toBeGreaterThan(1600)
    // in a text without spaces
    expect(bestWindow('x'.repeat(1000), [mark(500, 'a')], 100)).toEqual({ start: 480, end: 580 })
  })

  it('has marks in order, a longer one before its parts', async () => {
    await withPassages(['Use FetchContent to fetch it.'], async index => {
      const { hits } = await index.search('content fetch fetchcontent')
      expect(hits[0]!.marks!.map(({ start, end }) => [start, end])).toEqual([
        [4, 16],
        [4, 9],
        [9, 16],
        [20, 25],
      ])
    })
  })
})

describe('words that no passage has', () => {
  it('are the parts of an identifier, and not the whole of known parts', async () => {
    await withPassages(['Fetch the content.'], async index => {
      expect((await index.search('FetchContent')).unknown).toEqual([])
      expect((await index.search('FetchQwxz')).unknown).toEqual(['qwxz'])
    })
  })

  it('are listed once, with the nearest word of the index', async () => {
    await withPassages(['A compiler warning.', 'A warming climate.', 'The 4000th.'], async index => {
      const { unknown, suggestions, hits } = await index.search('compiler varning varning xyzzyq 4001')
      expect(unknown).toEqual(['varning', 'xyzzyq', '4001'])
      expect(suggestions).toEqual([{ word: 'varning', nearest: 'warning' }])
      expect(hits[0]!.text).toBe('A compiler warning.')
    })
  })
})

it('the nearest word is the most frequent of equally near ones; two swapped letters are one difference', () => {
  const passages = [1, 5, 2]
  const nearestWord = createNearestWord(['warning', 'darning', 'earning'], word => passages[word]!)
  expect(nearestWord('varning')).toBe('darning')
  // letters added, removed and replaced, in words with all kinds of letters
  for (const near of ['warnings', 'arning', 'warming', 'wärning', 'warn1ng', 'wanrimg', 'wrnings']) {
    expect(createNearestWord(['warning'], () => 1)(near), near).toBe('warning')
  }
  for (const far of ['warn', 'learnings', 'wrnigns']) {
    expect(createNearestWord(['warning'], () => 1)(far), far).toBeUndefined()
  }
  expect(createNearestWord(['the'], () => 1)('teh')).toBe('the')
  expect(createNearestWord(['the'], () => 1)('tehx')).toBeUndefined()
  // of equally frequent ones the first; two differences only in a word of six letters
  expect(createNearestWord(['darning', 'earning'], () => 1)('varning')).toBe('darning')
  expect(createNearestWord(['abcde', 'abcdef'], () => 1)('abcxy')).toBeUndefined()
  expect(createNearestWord(['abcdef'], () => 1)('abcdxy')).toBe('abcdef')
  // neither for a word of two letters nor for a number
  expect(createNearestWord(['abc'], () => 1)('ab')).toBeUndefined()
  expect(createNearestWord(['4000'], () => 1)('4001')).toBeUndefined()
})

describe('the words of an index', () => {
  const found = (index: TextIndex, question: string) => textsOf(index, question, { only: 'words' })

  it('follow changed, removed and renamed files', async () => {
    const folder = folderOf({ 'a.md': 'alpha one\n', 'b.md': 'alpha two\n' })
    const at = (name: string) => join(folder, name)
    const path = at('.index')
    const index = await openTextIndex(path, options)
    const update = () => index.update([folder])
    await update()
    expect(await found(index, 'alpha')).toEqual(['alpha one', 'alpha two'])
    writeFileSync(at('a.md'), 'gamma one and more\n')
    await update()
    expect(await found(index, 'alpha')).toEqual(['alpha two'])
    expect(await found(index, 'gamma')).toEqual(['gamma one and more'])
    renameSync(at('b.md'), at('c.md'))
    await update()
    const renamed = await index.search('alpha', { only: 'words' })
    expect(renamed.hits.map(({ file }) => file)).toEqual([at('c.md')])
    rmSync(at('c.md'))
    await update()
    expect(await index.search('alpha', { only: 'words' })).toMatchObject({ hits: [], unknown: ['alpha'] })
    await index.close()
    // another process reads the same words
    const reader = await openTextIndex(path, { ...options, readOnly: true })
    expect(await found(reader, 'gamma')).toEqual(['gamma one and more'])
    expect(await found(reader, 'alpha')).toEqual([])
    await reader.close()
    expect(readdirSync(path).filter(name => name.endsWith('.bin'))).toEqual([
      (await readCatalog(path))!.wordFile,
    ])
  })

  const wordFileIn = (path: string) => join(path, readdirSync(path).find(file => file.startsWith('words-'))!)

  /** Gives the file another name in the catalog. */
  function renameWordFile(path: string, rename: (name: string) => unknown): void {
    const catalog = JSON.parse(readFileSync(join(path, 'index.json'), 'utf8'))
    const wordFile = rename(catalog.wordFile)
    writeFileSync(join(path, 'index.json'), JSON.stringify({ ...catalog, wordFile }))
  }

  /** Changes the largest number of an array to a much larger one, and writes the checksum anew. */
  function craftWords(path: string, array: 'ids' | 'stemOf' | 'starts' | 'slots'): void {
    const name = wordFileIn(path)
    const bytes = Uint8Array.from(readFileSync(name))
    const header = new DataView(bytes.buffer)
    const [passages, words, , postings] = [1, 2, 3, 4].map(i => header.getUint32(8 + 4 * i, true)) as number[]
    const lengths = {
      ids: passages!,
      lengths: passages!,
      stemOf: words!,
      starts: words! + 1,
      slots: postings!,
    }
    let start = 40
    for (const [each, length] of Object.entries(lengths)) {
      if (each === array) {
        // the last but one start is larger than the last
        const item = array === 'ids' ? 0 : array === 'starts' ? length - 2 : length - 1
        header.setUint32(start + 4 * item, 4e9, true)
      }
      start += 4 * length
    }
    header.setUint32(32, checksumOf(bytes.slice(40)), true)
    writeFileSync(name, bytes)
  }

  it.each<[string, (path: string) => void]>([
    [
      'is missing',
      path => {
        for (const name of readdirSync(path)) if (name.startsWith('words-')) rmSync(join(path, name))
      },
    ],
    [
      'is damaged',
      path => {
        const name = join(path, readdirSync(path).find(file => file.startsWith('words-'))!)
        const bytes = readFileSync(name)
        bytes[bytes.length - 1]! ^= 1
        writeFileSync(name, bytes)
      },
    ],
    [
      'is cut short',
      path => {
        const name = join(path, readdirSync(path).find(file => file.startsWith('words-'))!)
        writeFileSync(name, readFileSync(name).subarray(0, 20))
      },
    ],
    ['is named by a path', path => renameWordFile(path, name => `../.index/${name}`)],
    ['is named by a number', path => renameWordFile(path, () => 7)],
    ['has a stem that does not exist', path => craftWords(path, 'stemOf')],
    ['has a passage that does not exist', path => craftWords(path, 'slots')],
    ['has lists beyond its end', path => craftWords(path, 'starts')],
    ['has ids in another order', path => craftWords(path, 'ids')],
    [
      'is not named by the catalog, as in an index of an earlier version or after a killed update',
      path => {
        const { wordFile: _, ...catalog } = JSON.parse(readFileSync(join(path, 'index.json'), 'utf8'))
        writeFileSync(join(path, 'index.json'), JSON.stringify(catalog))
      },
    ],
  ])('are read from the passages if their file %s', async (_, damage) => {
    const folder = folderOf({ 'a.md': '# Fruit\n\nAn apple.\n\nA pear.\n' })
    const path = join(folder, '.index')
    const index = await openTextIndex(path, options)
    await index.update([folder])
    const before = await index.search('pears fruit')
    await index.close()
    damage(path)
    const again = await openTextIndex(path, options)
    expect(await again.search('pears fruit')).toEqual(before)
    await again.update([folder])
    await again.close()
    const catalog = (await readCatalog(path))!
    expect(readdirSync(path).filter(name => name.endsWith('.bin'))).toEqual([catalog.wordFile])
    expect(readFileSync(join(path, catalog.wordFile!)).length).toBeGreaterThan(40)
    const last = await openTextIndex(path, options)
    expect(await last.search('pears fruit')).toEqual(before)
    await last.close()
  })

  it('are kept by an update without changes, which writes no file', async () => {
    const folder = folderOf({ 'a.md': 'An apple.\n' })
    const path = join(folder, '.index')
    const index = await openTextIndex(path, options)
    await index.update([folder])
    const { wordFile } = (await readCatalog(path))!
    await index.update([folder])
    expect((await readCatalog(path))!.wordFile).toBe(wordFile)
    // a new file, which no catalog names before it is complete, so that a killed update has no words of other passages
    writeFileSync(join(folder, 'b.md'), 'A pear.\n')
    const named: unknown[] = []
    const onProgress = () => named.push(JSON.parse(readFileSync(join(path, 'index.json'), 'utf8')).wordFile)
    await index.update([folder], { onProgress })
    expect(new Set(named)).toEqual(new Set([undefined]))
    expect((await readCatalog(path))!.wordFile).not.toBe(wordFile)
    expect(readdirSync(path).filter(name => /^words-.*\.(bin|rows)$/.test(name))).toHaveLength(2)
    await index.close()
  })

  it('are read once, and so is the encoder, when a search needs it', async () => {
    const folder = folderOf({ 'a.md': 'A spider sat.\n\nThe bank failed.\n' })
    const index = await openTextIndex(join(folder, '.index'), options)
    await index.update([folder])
    let loads = 0
    const { path, store, catalog } = index
    const loadEncoder = async () => {
      loads++
      return { encoder, weighted: true }
    }
    const { search } = createIndexSearch({ path, store, catalog, using: 'text', loadEncoder })
    await search('spider')
    await search('insects', { only: 'words' })
    expect(loads).toBe(0)
    for (const question of ['insects', 'beetle'])
      for (const only of [undefined, 'meaning'] as const)
        expect((await search(question, { only })).hits).not.toEqual([])
    expect(loads).toBe(1)
    await index.close()
  })

  it('are not searched if the signal is aborted', async () => {
    await withPassages(['A spider sat.'], async index => {
      const signal = AbortSignal.abort(new Error('enough'))
      for (const only of [undefined, 'words', 'meaning'] as const)
        await expect(index.search('xyzzyq', { only, signal }), only).rejects.toThrow('enough')
    })
  })

  it('are searched with the signal of the call while the passages of a filter are read', async () => {
    await withPassages(['A spider sat.'], async ({ path, store, catalog }) => {
      const signals: unknown[] = []
      const scroll = (...call: Parameters<typeof store.scroll>) => {
        signals.push(call[0]?.signal)
        return store.scroll(...call)
      }
      const loadEncoder = async () => ({ encoder, weighted: true })
      const parts = { path, store: { ...store, scroll }, catalog, using: 'text', loadEncoder }
      const { signal } = new AbortController()
      const { hits } = await createIndexSearch(parts).search('spider', { filter: { must: [] }, signal })
      expect([hits.length, signals]).toEqual([1, [signal]])
    })
  })

  it('respect a filter and a limit', async () => {
    const folder = folderOf({ 'a.md': 'apple\n', 'b.md': 'apple pie\n', 'c.md': 'apple tart\n' })
    const index = await openTextIndex(join(folder, '.index'), options)
    await index.update([folder])
    const filter = { must_not: [{ key: 'file', match: { value: join(folder, 'a.md') } }] }
    expect(await textsOf(index, 'apple', { filter })).toEqual(['apple pie', 'apple tart'])
    expect(await textsOf(index, 'apple', { filter, limit: 1 })).toEqual(['apple pie'])
    await expect(index.search('apple', { only: 'letters' as never })).rejects.toThrow(
      new RangeError('"only" expected one of words, meaning, got "letters"'),
    )
    await index.close()
  })
})

describe('a model', () => {
  /** A model with a row for each word: words that begin alike are similar. */
  const model = {
    dim: 26,
    query: (text: string) => rowsOf(text),
    documents: (texts: readonly string[]) => texts.map(rowsOf),
  }
  function rowsOf(text: string) {
    const tokens = [...text.matchAll(/[a-z]+/gi)].map(({ 0: word, index }) => ({
      text: word,
      start: index,
      end: index + word.length,
    }))
    const data = new Float32Array(26 * tokens.length)
    for (const [row, { text: word }] of tokens.entries())
      data[26 * row + word.toLowerCase().charCodeAt(0) - 97] = 1
    return { data, dim: 26, tokens, unknown: [] }
  }

  it('finds passages by words and by rows, those that both find first', async () => {
    const folder = folderOf({ 'a.md': 'quick zebra\n\nquilt zoo\n\n4000\n\nother things\n' })
    const index = await openTextIndex(join(folder, '.index'), {
      encoder: model,
      encoderName: 'letters',
      weighted: false,
    })
    await index.update([folder])
    const { hits } = await index.search('quick zebra', { limit: 2 })
    expect(hits.map(({ text }) => text)).toEqual(['quick zebra', 'quilt zoo'])
    expect(hits[0]!.score).toBeCloseTo(1, 5)
    expect(hits[0]!.rows).toHaveLength(2)
    expect(hits[1]!.matches.map(({ document }) => document)).toEqual(['quilt', 'zoo'])
    // no word of the question is in this passage
    expect(hits[1]!.marks).toEqual(hits[1]!.matches)
    expect(await textsOf(index, 'quick', { only: 'words' })).toEqual(['quick zebra'])
    expect(await textsOf(index, '4000', { only: 'words' })).toEqual(['4000'])
    expect((await index.search('4000')).hits[0]!.text).toBe('4000')
    await index.close()
  })
})
