// Indexes with a model: passages are found by their words at once, and their rows are encoded later, in any number of steps.
// The encoder has the word vectors without weights, so that it counts as a model.

import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createStaticEncoder, type Encoded } from '../../src/encode/index.js'
import { fuseScores } from '../../src/text-index/fuse.js'
import {
  openTextIndex,
  readCatalog,
  type SearchTextOptions,
  type TextIndex,
  type UpdateProgress,
} from '../../src/text-index/index.js'

const root = mkdtempSync(join(tmpdir(), 'maxsimd-rows-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const words = createStaticEncoder(readFileSync('data/words.bin'))
/** The texts that were encoded as documents. */
let encoded: string[] = []
const encoder = {
  ...words,
  documents(texts: readonly string[]) {
    encoded.push(...texts)
    return words.documents(texts)
  },
}
const options = { encoder, encoderName: 'model', weighted: false }

let folders = 0
/** A new folder with these files. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = join(root, String(folders++))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

const SUBJECTS = [
  'spider',
  'wolf',
  'bank',
  'volcano',
  'violin',
  'doctor',
  'river',
  'bread',
  'engine',
  'queen',
]
const VERBS = [
  'frightens',
  'hunts',
  'saves',
  'buries',
  'teaches',
  'cures',
  'floods',
  'feeds',
  'moves',
  'rules',
]
/** A hundred different passages, ten in each of ten files. */
const files = Object.fromEntries(
  SUBJECTS.map((subject, file) => [
    `notes/${subject}.txt`,
    VERBS.map((verb, line) => `The ${subject} ${verb} the ${SUBJECTS[(file + line + 1) % 10]}.`).join('\n\n'),
  ]),
)
const QUESTIONS = ['fear of spiders', 'money in the bank', 'a wolf and a river', 'who cures a queen']

/** Opens an index for `run`, and closes it. */
async function withIndex<T>(
  path: string,
  run: (index: TextIndex) => Promise<T>,
  readOnly = false,
): Promise<T> {
  const index = await openTextIndex(path, { ...options, readOnly })
  try {
    return await run(index)
  } finally {
    await index.close()
  }
}

/** What an index finds for all questions. Ids, which depend on the order of changes, are left out. */
async function findingsOf(index: TextIndex, only?: SearchTextOptions['only']) {
  const findings: string[][] = []
  for (const question of QUESTIONS) {
    const { hits } = await index.search(question, { limit: 1000, explain: false, only })
    findings.push(hits.map(({ score, text, line }) => `${score.toFixed(6)} ${text}:${line}`).sort())
  }
  return findings
}

/** What an index finds that was made of these notes at once. */
async function expectedFindings(notes: string) {
  return withIndex(join(root, `expected-${folders++}`), async index => {
    await index.update([notes])
    return { both: await findingsOf(index), meaning: await findingsOf(index, 'meaning') }
  })
}

/** Encodes rows until at least one batch is done. */
async function encodeOneBatch(index: TextIndex): Promise<void> {
  const stop = new AbortController()
  const encoding = index.encodeRows({ signal: stop.signal, onProgress: () => stop.abort() })
  await expect(encoding).rejects.toMatchObject({ name: 'AbortError' })
}

describe('a lazy update', () => {
  it('makes passages findable by their words without encoding any, and says how many have no rows', async () => {
    const folder = folderOf(files)
    encoded = []
    await withIndex(join(folder, 'index'), async index => {
      const report = await index.update([join(folder, 'notes')], { lazy: true })
      expect([report.added, report.passages, report.withoutRows]).toEqual([10, 100, 100])
      const { hits, withoutRows } = await index.search('queens hunting wolf', { limit: 1 })
      expect([hits[0]!.text, withoutRows]).toEqual(['The queen hunts the wolf.', 100])
      expect(hits[0]!.matches.map(({ document }) => document).sort()).toEqual(['hunts', 'queen', 'wolf'])
      expect(await index.search('queens hunting wolf', { only: 'meaning' })).toEqual({
        ...{ hits: [], unknown: [], withoutRows: 100 },
      })
      expect(await index.search('queens hunting wolf', { only: 'words' })).not.toHaveProperty('withoutRows')
      expect(encoded).toEqual([])
    })
  })

  it('is completed by encodeRows, also in another process, as if all had been encoded at once', async () => {
    const folder = folderOf(files)
    const path = join(folder, 'index')
    const expected = await expectedFindings(join(folder, 'notes'))
    encoded = []
    await withIndex(path, async index => {
      await index.update([join(folder, 'notes')], { lazy: true })
      await encodeOneBatch(index)
    })
    const [first] = [encoded.length]
    expect(first).toBeGreaterThan(0)
    expect(first).toBeLessThan(100)
    await withIndex(path, async index => {
      expect((await index.search('wolf')).withoutRows).toBe(100 - first)
      const shares: number[] = []
      expect(await index.encodeRows({ onProgress: ({ share }) => shares.push(share) })).toEqual({
        encoded: 100 - first,
        cut: 0,
      })
      expect(shares.at(-1)).toBe(1)
      expect(encoded.sort()).toEqual(
        Object.values(files)
          .flatMap(text => text.split('\n\n'))
          .sort(),
      )
      expect(await index.search('wolf')).not.toHaveProperty('withoutRows')
      expect(await findingsOf(index)).toEqual(expected.both)
      expect(await findingsOf(index, 'meaning')).toEqual(expected.meaning)
      expect(await index.encodeRows()).toEqual({ encoded: 0, cut: 0 })
    })
  })

  it('leaves no old copies of passages in the store when all have rows', async () => {
    const folder = folderOf(files)
    await withIndex(join(folder, 'index'), async index => {
      await index.update([join(folder, 'notes')], { lazy: true })
      await encodeOneBatch(index)
      expect((await index.store.info()).dead).toBeGreaterThan(0)
      await index.encodeRows()
      expect(await index.store.info()).toMatchObject({ points: 100, dead: 0 })
    })
  })

  it('is completed by the next update, which reads files before it encodes rows', async () => {
    const folder = folderOf(files)
    await withIndex(join(folder, 'index'), async index => {
      await index.update([join(folder, 'notes')], { lazy: true })
      const progress: UpdateProgress[] = []
      const report = await index.update([join(folder, 'notes')], { onProgress: each => progress.push(each) })
      expect([report.unchanged, report.passages, report.withoutRows]).toEqual([10, 0, 0])
      expect(progress.filter(({ phase }) => phase === 'files')).toHaveLength(10)
      const last = { phase: 'rows', files: 10, total: 10, share: 1, passages: 100 }
      expect([progress[10]!.phase, progress.at(-1)]).toEqual(['rows', last])
    })
  })

  it('changes nothing with weighted words, whose rows are made at once', async () => {
    const folder = folderOf(files)
    const index = await openTextIndex(join(folder, 'index'), {
      encoder: words,
      encoderName: 'static',
      weighted: true,
    })
    expect(await index.update([join(folder, 'notes')], { lazy: true })).toMatchObject({ withoutRows: 0 })
    expect((await index.search('spiders', { only: 'meaning', limit: 1 })).hits[0]!.text).toMatch(/spider/)
    await index.close()
  })

  it('is refused if "lazy" is not true or false', async () => {
    const folder = folderOf({})
    await withIndex(join(folder, 'index'), async index => {
      await expect(index.update([], { lazy: 'yes' as never })).rejects.toThrow(
        new TypeError('"lazy" expected true or false, got string'),
      )
    })
  })
})

describe('the encoding of rows', () => {
  /** An index of 70 passages, and an encoder that does to each of its calls what `change` does. */
  async function withEncoder(
    change: (rows: Encoded[], options: object | undefined) => Encoded[],
    run: (index: TextIndex, notes: string, path: string) => Promise<void>,
  ): Promise<void> {
    const folder = folderOf({ 'notes/a.txt': Array(70).fill('The wolf hunts.').join('\n\n') })
    const path = join(folder, 'index')
    const documents = (texts: readonly string[], options?: object) => change(words.documents(texts), options)
    const index = await openTextIndex(path, { ...options, encoder: { ...words, documents } })
    try {
      await run(index, join(folder, 'notes'), path)
    } finally {
      await index.close()
    }
  }

  it('passes the signal of the call to the encoder, also at the end of an update', async () => {
    const calls: unknown[] = []
    const { signal } = new AbortController()
    const seen = (rows: Encoded[], options: object | undefined) => {
      calls.push(options)
      return rows
    }
    await withEncoder(seen, async (index, notes) => {
      await index.update([notes], { lazy: true })
      await index.encodeRows({ signal })
      writeFileSync(join(notes, 'b.txt'), 'A wolf.')
      await index.update([notes], { signal })
      expect(calls).toEqual([{ signal }, { signal }, { signal }, { signal }])
    })
  })

  it('counts the passages that were cut, of all batches', async () => {
    const cut = (rows: Encoded[]) =>
      rows.map((row, i) => (i < 2 ? { ...row, truncated: { tokens: 9, kept: 5 } } : row)) as Encoded[]
    await withEncoder(cut, async (index, notes) => {
      await index.update([notes], { lazy: true })
      expect(await index.encodeRows()).toEqual({ encoded: 70, cut: 6 })
      writeFileSync(join(notes, 'b.txt'), 'A wolf.\n\nA wolf.\n\nA wolf.')
      expect(await index.update([notes])).toMatchObject({ withoutRows: 0, cut: 2 })
    })
  })

  it('leaves passages without rows that the model has no row for', async () => {
    const few = (rows: Encoded[]) =>
      rows.map((row, i) => (i % 2 ? { ...row, data: new Float32Array(0), tokens: [] } : row))
    await withEncoder(few, async (index, notes) => {
      expect(await index.update([notes])).toMatchObject({ withoutRows: 0 })
      expect((await index.search('wolf', { only: 'meaning', limit: 70 })).hits).toHaveLength(35)
      expect((await index.search('wolf', { only: 'words', limit: 70 })).hits).toHaveLength(70)
      for (const only of [undefined, 'words', 'meaning'] as const) {
        expect((await index.search('wolf', { only })).hits, `${only}`).toHaveLength(10)
      }
    })
  })

  it('is not disturbed by an update, which waits until it is over', async () => {
    const folder = folderOf({ 'notes/a.txt': 'The wolf hunts.' })
    let open = () => {}
    const gate = new Promise<void>(resolve => {
      open = resolve
    })
    const documents = async (texts: readonly string[]) => {
      await gate
      return words.documents(texts)
    }
    const index = await openTextIndex(join(folder, 'index'), { ...options, encoder: { ...words, documents } })
    await index.update([join(folder, 'notes')], { lazy: true })
    const events: string[] = []
    const changes = [
      index.encodeRows().then(() => events.push('rows')),
      index.update([join(folder, 'notes')], { onProgress: ({ phase }) => events.push(phase) }),
    ]
    for (let i = 0; i < 5; i++) await index.search('wolf')
    open()
    await Promise.all(changes)
    expect(events).toEqual(['rows', 'files'])
    await index.close()
  })

  it('marks passages as encoded only when their rows are stored', async () => {
    let calls = 0
    const wrong = (rows: Encoded[]) =>
      ++calls === 2 ? rows.map(row => ({ ...row, data: row.data.map(() => Number.NaN) })) : rows
    await withEncoder(wrong, async (index, notes, path) => {
      await index.update([notes], { lazy: true })
      await expect(index.encodeRows()).rejects.toThrow('expected a finite number, got NaN')
      expect((await readCatalog(path))!.rowsBelow).toBe(33)
      expect(await index.encodeRows()).toEqual({ encoded: 38, cut: 0 })
    })
  })
})

describe('a partly encoded index', () => {
  it('ranks by words alone until half of the passages have rows', async () => {
    const folder = folderOf(files)
    await withIndex(join(folder, 'index'), async index => {
      await index.update([join(folder, 'notes')], { lazy: true })
      for (let last = 100; last > 0; ) {
        const byWords = await index.search('queens hunting wolf', { only: 'words' })
        const { withoutRows = 0, ...found } = await index.search('queens hunting wolf')
        expect(withoutRows).toBe(last)
        if (last > 50) expect(found, `${last} without rows`).toEqual(byWords)
        else expect(found, `${last} without rows`).not.toEqual(byWords)
        if (last > 50) await encodeOneBatch(index)
        else await index.encodeRows()
        last = (await index.search('wolf')).withoutRows ?? 0
      }
    })
  })

  it('ranks by words and rows when exactly half of the passages have rows', async () => {
    const half = Object.entries(files).slice(0, 8).map(([name, text]) => [name, text.split('\n\n').slice(0, 8).join('\n\n')]) // biome-ignore format: eight of eight
    const folder = folderOf(Object.fromEntries(half))
    await withIndex(join(folder, 'index'), async index => {
      await index.update([join(folder, 'notes')], { lazy: true })
      await encodeOneBatch(index)
      const { withoutRows, ...found } = await index.search('queens hunting wolf')
      expect(withoutRows).toBe(32)
      expect(found).not.toEqual(await index.search('queens hunting wolf', { only: 'words' }))
    })
  })

  it('explains all of its hits, also more than ten', async () => {
    const folder = folderOf(files)
    await withIndex(join(folder, 'index'), async index => {
      await index.update([join(folder, 'notes')])
      for (const only of [undefined, 'meaning'] as const) {
        const { hits } = await index.search('wolf', { limit: 15, only })
        expect(hits.map(({ rows }) => rows.length)).toEqual(Array(15).fill(1))
      }
    })
  })

  it('ranks every passage without rows by its words only', async () => {
    // the first passage, which is the longest, has the lowest score by words, and all others have the same
    const texts = Array.from(
      { length: 100 },
      (_, i) => `The wolf ${VERBS[i % 10]} the ${SUBJECTS[2 + (i % 8)]}.`,
    )
    texts[0] = 'The wolf hunts the spider and the queen.'
    const folder = folderOf({ 'notes/wolves.txt': texts.join('\n\n') })
    const path = join(folder, 'index')
    await withIndex(path, async index => {
      await index.update([join(folder, 'notes')], { lazy: true })
      while (((await index.search('wolf')).withoutRows ?? 0) > 50) await encodeOneBatch(index)
      const { next, rowsBelow = next } = (await readCatalog(path))!
      const pending = Array.from({ length: next - rowsBelow }, (_, i) => rowsBelow + i)
      expect(pending.length).toBeGreaterThan(0)
      const { hits } = await index.search('wolf', { limit: 100, explain: false })
      const scoreOf = new Map(hits.map(({ id, score }) => [id, score]))
      expect(pending.map(id => scoreOf.get(id))).toEqual(pending.map(() => 1))
    })
  })

  it('finds more passages than it fuses by default, and only those that a filter allows', async () => {
    const more = Object.entries(files).map(([name, text]) => [name.replace('notes', 'notes/more'), text])
    const folder = folderOf({ ...files, ...Object.fromEntries(more) })
    await withIndex(join(folder, 'index'), async index => {
      await index.update([join(folder, 'notes')])
      const search = (rest: SearchTextOptions) =>
        index.search('queens hunting wolf', { ...rest, explain: false })
      expect((await search({ limit: 150 })).hits).toHaveLength(150)
      const filter = { must: [{ key: 'line', range: { gte: 5 } }] }
      const { hits } = await search({ limit: 1000, filter })
      expect([hits.length, hits.filter(({ line = 0 }) => line < 5)]).toEqual([160, []])
    })
  })

  it('follows files that change, move, go and come', async () => {
    const folder = folderOf(files)
    const [notes, path] = [join(folder, 'notes'), join(folder, 'index')]
    await withIndex(path, async index => {
      await index.update([notes], { lazy: true })
      await encodeOneBatch(index)
    })
    // ids rise in the order of the names: bank, bread and doctor have rows, volcano and wolf do not
    for (const name of ['bread', 'volcano']) writeFileSync(join(notes, `${name}.txt`), `A ${name} sings.`)
    for (const name of ['doctor', 'wolf'])
      renameSync(join(notes, `${name}.txt`), join(notes, `new-${name}.txt`))
    for (const name of ['bank', 'violin']) rmSync(join(notes, `${name}.txt`))
    writeFileSync(join(notes, 'cat.txt'), 'A cat sings.')
    const expected = await expectedFindings(notes)
    encoded = []
    await withIndex(path, async index => {
      const report = await index.update([notes], { lazy: true })
      expect([report.added, report.changed, report.removed]).toEqual([3, 2, 4])
      const { withoutRows } = report
      expect(
        (await index.search('sings')).hits
          .map(({ text }) => text)
          .slice(0, 3)
          .sort(),
      ).toEqual(['A bread sings.', 'A cat sings.', 'A volcano sings.'])
      expect((await index.search('sings')).withoutRows).toBe(withoutRows)
      expect(encoded).toEqual([])
      expect(await index.encodeRows()).toEqual({ encoded: withoutRows, cut: 0 })
      expect(encoded).toHaveLength(withoutRows)
      expect(await findingsOf(index)).toEqual(expected.both)
      expect(await findingsOf(index, 'meaning')).toEqual(expected.meaning)
    })
  })

  it('can be opened and completed from what is on the disk at any moment', { timeout: 60_000 }, async () => {
    const folder = folderOf(files)
    const [notes, path] = [join(folder, 'notes'), join(folder, 'index')]
    const expected = await expectedFindings(notes)
    const moments: string[] = []
    const copy = () => {
      const moment = join(folder, `moment-${moments.length}`)
      // a process that was killed leaves a lock, which another process takes over
      cpSync(path, moment, { recursive: true, filter: name => !/lock[^/\\]*$/.test(name) })
      moments.push(moment)
    }
    await withIndex(path, index => index.update([notes], { onProgress: copy }))
    // two of each of ten files, and four batches of rows
    expect(moments).toHaveLength(24)
    for (const moment of moments.filter((_, i) => i % 4 === 3)) {
      expect(await withIndex(moment, index => findingsOf(index, 'words'), true)).toHaveLength(4)
      await withIndex(moment, async index => {
        await index.update([notes])
        expect(await findingsOf(index), moment).toEqual(expected.both)
        expect(await findingsOf(index, 'meaning'), moment).toEqual(expected.meaning)
        expect(await index.store.count(), moment).toBe(100)
      })
    }
  })

  it('has the mark of the encoded passages in its catalog while rows are encoded', async () => {
    const folder = folderOf(files)
    const path = join(folder, 'index')
    encoded = []
    await withIndex(path, async index => {
      await index.update([join(folder, 'notes')], { lazy: true })
      expect((await readCatalog(path))!.rowsBelow).toBe(1)
      await encodeOneBatch(index)
      expect((await readCatalog(path))!.rowsBelow).toBe(encoded.length + 1)
      await index.encodeRows()
      const { rowsBelow, next } = (await readCatalog(path))!
      expect(rowsBelow).toBe(next)
    })
  })

  it('has no mark if it is of an earlier version, and an update writes it, also without changed files', async () => {
    const folder = folderOf(files)
    const path = join(folder, 'index')
    // a file that was changed just now is read again
    for (const name of Object.keys(files)) utimesSync(join(folder, name), 1e9, 1e9)
    await withIndex(path, index => index.update([join(folder, 'notes')]))
    const catalogFile = join(path, 'index.json')
    const { rowsBelow, ...earlier } = JSON.parse(readFileSync(catalogFile, 'utf8'))
    writeFileSync(catalogFile, JSON.stringify(earlier))
    // all of its passages have rows
    await withIndex(path, async index => {
      expect(await index.update([join(folder, 'notes')], { lazy: true })).toMatchObject({ withoutRows: 0 })
    })
    expect(JSON.parse(readFileSync(catalogFile, 'utf8')).rowsBelow).toBe(rowsBelow)
  })

  it('runs one change after another, and searches meanwhile', async () => {
    const folder = folderOf(files)
    const notes = join(folder, 'notes')
    await withIndex(join(folder, 'index'), async index => {
      await index.update([notes], { lazy: true })
      const encoding = index.encodeRows()
      rmSync(join(notes, 'wolf.txt'))
      const [, report, { hits }] = await Promise.all([
        encoding,
        index.update([notes]),
        index.search('spider'),
      ])
      expect([report.removed, hits.length > 0, await index.store.count()]).toEqual([1, true, 90])
    })
  })

  it('keeps passages of function words, which only their rows can find, and drops those without a letter', async () => {
    const folder = folderOf({ 'notes/a.txt': 'to be or not to be\n\n--- * ---\n\nspider' })
    await withIndex(join(folder, 'index'), async index => {
      expect(await index.update([join(folder, 'notes')])).toMatchObject({ passages: 3, unknown: 1 })
      const { hits } = await index.search('not to be', { only: 'meaning', limit: 1 })
      expect([hits[0]!.text, await index.store.count()]).toEqual(['to be or not to be', 2])
    })
  })
})

describe('the ranking of a partly encoded index', () => {
  it('gives a passage without rows its score by words, and others the mean of both', () => {
    const scores = (list: Readonly<Record<number, number>>) => ({
      best: Object.entries(list)
        .map(([id, score]) => ({ id: Number(id), score }))
        .sort((a, b) => b.score - a.score),
      scoreOf: (id: number) => list[id],
    })
    // fewer than a hundred: 1 is the best score of a list, 0 is 0
    const words = scores({ 1: 4, 2: 3, 3: 2, 4: 1 })
    const rows = { ...scores({ 1: 5, 5: 10 }), isPending: (id: number) => id === 3 || id === 4 }
    expect(fuseScores([words, rows], () => 0)).toEqual([
      { id: 1, score: (1 + 0.5) / 2 },
      { id: 3, score: 0.5 },
      { id: 5, score: (0 + 1) / 2 },
      { id: 2, score: (0.75 + 0) / 2 },
      { id: 4, score: 0.25 },
    ])
  })
})
