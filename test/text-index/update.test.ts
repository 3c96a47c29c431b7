// What an update writes, counts and reports: the catalog, the counts of words, progress, repairs, and files that cannot be
// used.

import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { createStaticEncoder, type TokenEncoder } from '../../src/encode/index.js'
import { openStore } from '../../src/store/index.js'
import {
  openTextIndex,
  readCatalog,
  type TextIndex,
  type UpdateProgress,
} from '../../src/text-index/index.js'
import { findTextFiles } from '../../src/text-index/text-files.js'
import { updateIndex } from '../../src/text-index/update.js'
import { openFilesBelow } from '../support/open-files.js'

const root = mkdtempSync(join(tmpdir(), 'maxsimd-update-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const encoder = createStaticEncoder(readFileSync('data/words.bin'))
const options = { encoder, encoderName: 'static', weighted: true }

let folders = 0
/** A new folder with these files. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = join(root, String(folders++))
  write(folder, files)
  return folder
}

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

/** Opens the index of a folder for `run`, and closes it. */
async function withIndex<T>(
  folder: string,
  run: (index: TextIndex) => Promise<T> | T,
  changes: Partial<typeof options> = {},
): Promise<T> {
  const index = await openTextIndex(join(folder, 'index'), { ...options, ...changes })
  try {
    return await run(index)
  } finally {
    await index.close()
  }
}

describe('the counts of words', () => {
  it('have each word once for each passage, also after a change and a removal', async () => {
    const folder = folderOf({ 'notes/a.txt': 'bread bread cheese\n\nbread', 'notes/b.txt': 'bread wine' })
    const notes = join(folder, 'notes')
    await withIndex(folder, async index => {
      await index.update([notes])
      expect({ ...index.catalog.words }).toEqual({ bread: 3, cheese: 1, wine: 1 })
      write(folder, { 'notes/a.txt': 'cheese cheese' })
      rmSync(join(notes, 'b.txt'))
      await index.update([notes])
      expect([{ ...index.catalog.words }, index.catalog.passages]).toEqual([{ cheese: 1 }, 1])
    })
  })

  it('are right for words that every object has as members, in an index that is opened again', async () => {
    const folder = folderOf({ 'notes/a.txt': 'bread' })
    await withIndex(folder, index => index.update([join(folder, 'notes')]))
    write(folder, { 'notes/b.txt': 'constructor and valueOf' })
    await withIndex(folder, async index => {
      await index.update([join(folder, 'notes')])
      const { words } = index.catalog
      expect(Object.keys(words)).toContain('constructor')
      for (const [word, count] of Object.entries(words)) expect(count, word).toBe(1)
      expect(words.toString).toBeUndefined()
    })
  })

  it('lose all words of a file with more passages than one batch', async () => {
    const passages = Array.from({ length: 600 }, (_, i) => (i < 300 ? 'bread' : 'cheese'))
    const folder = folderOf({ 'notes/a.txt': passages.join('\n\n'), 'notes/b.txt': 'wine' })
    await withIndex(folder, async index => {
      await index.update([join(folder, 'notes')])
      expect({ ...index.catalog.words }).toEqual({ bread: 300, cheese: 300, wine: 1 })
      rmSync(join(folder, 'notes/a.txt'))
      await index.update([join(folder, 'notes')])
      expect([{ ...index.catalog.words }, index.catalog.passages]).toEqual([{ wine: 1 }, 1])
    })
  })
})

describe('the counts of words in a file', () => {
  const counted = async (folder: string) => (await readCatalog(join(folder, 'index')))!

  it('are lines of a word and its count', async () => {
    const folder = folderOf({ 'notes/a.txt': 'bread bread cheese\n\nbread' })
    await withIndex(folder, index => index.update([join(folder, 'notes')]))
    expect(JSON.parse(readFileSync(join(folder, 'index/index.json'), 'utf8')).words).toBe('bread 2\ncheese 1')
    expect({ ...(await counted(folder)).words }).toEqual({ bread: 2, cheese: 1 })
  })

  it('are an object for an encoder whose tokens have line ends, and in an index of an earlier version', async () => {
    const folder = folderOf({ 'notes/a.txt': 'bread' })
    const documents = (texts: readonly string[]) =>
      texts.map(() => ({
        data: new Float32Array(100).fill(0.1),
        dim: 100,
        tokens: [{ text: 'a\nb c', start: 0, end: 1 }],
        unknown: [],
      }))
    await withIndex(folder, index => index.update([join(folder, 'notes')]), {
      encoder: { ...encoder, documents },
    })
    expect({ ...(await counted(folder)).words }).toEqual({ 'a\nb c': 1 })
  })

  it('leave out lines without a count', async () => {
    const folder = folderOf({ 'notes/a.txt': 'bread' })
    await withIndex(folder, index => index.update([join(folder, 'notes')]))
    const file = join(folder, 'index/index.json')
    const catalog = JSON.parse(readFileSync(file, 'utf8'))
    writeFileSync(file, JSON.stringify({ ...catalog, words: 'bread\nwine x\ncheese 3' }))
    expect({ ...(await counted(folder)).words }).toEqual({ cheese: 3 })
  })
})

it('an index whose files change often keeps fewer than half as many dead passages as live ones', async () => {
  const folder = folderOf({ 'notes/a.txt': 'bread', 'notes/b.txt': 'wine\n\ncheese\n\nolives' })
  await withIndex(folder, async index => {
    const dead: number[] = []
    for (let run = 0; run < 5; run++) {
      write(folder, { 'notes/a.txt': `bread ${run} ${'and '.repeat(run)}` })
      await index.update([join(folder, 'notes')])
      dead.push((await index.store.info()).dead)
    }
    expect(dead).toEqual([0, 1, 0, 1, 0])
    expect((await index.search('olives', { only: 'words' })).hits).toHaveLength(1)
  })
})

describe('the catalog', () => {
  it('has the time of a file that was touched, so that the next update does not read it', async () => {
    const folder = folderOf({ 'notes/a.txt': 'bread' })
    const file = join(folder, 'notes/a.txt')
    await withIndex(folder, async index => {
      await index.update([file])
      utimesSync(file, 1e9, 1e9)
      expect(await index.update([file])).toMatchObject({ unchanged: 1, changed: 0 })
      expect(index.catalog.files[file]!.modified).toBe(1e12)
    })
    expect((await readCatalog(join(folder, 'index')))!.files[file]!.modified).toBe(1e12)
  })

  it('is not written by an update without changes, and neither is the store', async () => {
    const folder = folderOf({ 'notes/a.txt': 'bread', 'notes/b.txt': 'wine' })
    const notes = join(folder, 'notes')
    for (const name of ['a', 'b']) utimesSync(join(notes, `${name}.txt`), 1e9, 1e9)
    await withIndex(folder, index => index.update([notes]))
    const names = ['index.json', 'words-1.bin', 'store/manifest', 'store/000001.log']
    for (const name of names) utimesSync(join(folder, 'index', name), 1e9, 1e9)
    const changed = () => names.filter(name => statSync(join(folder, 'index', name)).mtimeMs !== 1e12)
    await withIndex(folder, async index => {
      expect(await index.update([notes])).toMatchObject({ unchanged: 2, added: 0, changed: 0, removed: 0 })
      expect(changed()).toEqual([])
      expect((await index.search('wine')).hits[0]!.text).toBe('wine')
      rmSync(join(notes, 'a.txt'))
      expect(await index.update([notes])).toMatchObject({ unchanged: 1, removed: 1 })
      expect(readdirSync(join(folder, 'index'))).toContain('words-2.bin')
    })
  })

  it('is written after each megabyte of texts, and rarely if that takes long', async () => {
    const texts = Array.from({ length: 5 }, (_, i) => [`notes/${i}.txt`, `bread${' '.repeat(1e6)}`])
    const folder = folderOf(Object.fromEntries(texts))
    /** The numbers of files in the catalogs that an update writes. `step`: milliseconds between two looks at the clock. */
    const written = async (step: number) => {
      const counts = new Set<number>()
      let time = 0
      const clock = vi.spyOn(performance, 'now').mockImplementation(() => (time += step))
      const index = await openTextIndex(join(folder, `index-${step}`), options)
      const onProgress = () => {
        const catalog = JSON.parse(readFileSync(join(index.path, 'index.json'), 'utf8'))
        counts.add(Object.keys(catalog.files).length)
      }
      await index.update([join(folder, 'notes')], { onProgress })
      await index.close()
      clock.mockRestore()
      return [...counts]
    }
    expect(await written(0)).toEqual([0, 1, 2, 3, 4, 5])
    expect(await written(1)).toEqual([0, 1])
  })

  it('notices another text of the same size', async () => {
    const folder = folderOf({ 'notes/a.txt': 'bread' })
    const file = join(folder, 'notes/a.txt')
    await withIndex(folder, async index => {
      await index.update([file])
      write(folder, { 'notes/a.txt': 'wines' })
      utimesSync(file, 2e9, 2e9)
      expect(await index.update([file])).toMatchObject({ unchanged: 0, changed: 1 })
      // a backup of an older time
      write(folder, { 'notes/a.txt': 'beers' })
      utimesSync(file, 1e9, 1e9)
      expect(await index.update([file])).toMatchObject({ unchanged: 0, changed: 1 })
    })
  })

  it('is replaced as a whole: a reader of the old file keeps the old text', async () => {
    const folder = folderOf({ 'notes/a.txt': 'bread' })
    const path = join(folder, 'index/index.json')
    await withIndex(folder, index => index.update([join(folder, 'notes')]))
    const old = readFileSync(path, 'utf8')
    const reader = openSync(path, 'r')
    write(folder, { 'notes/b.txt': 'wine' })
    await withIndex(folder, index => index.update([join(folder, 'notes')]))
    expect(readFileSync(reader, 'utf8')).toBe(old)
    closeSync(reader)
    expect(readFileSync(path, 'utf8')).not.toBe(old)
    expect(existsSync(`${path}.new`)).toBe(false)
  })

  it('is written only when the points that it refers to are on the disk', async () => {
    const folder = folderOf({ 'notes/a.txt': 'bread' })
    await withIndex(folder, async ({ path, store, catalog }) => {
      const events: string[] = []
      const watched = {
        ...store,
        upsert: async (...args: Parameters<typeof store.upsert>) => {
          const { length } = args[0] as readonly unknown[]
          const files = Object.keys((await readCatalog(path))!.files)
          events.push(`${length} points, ${files.length} files in the catalog`)
          return store.upsert(...args)
        },
      }
      await updateIndex(
        { path, store: watched, catalog, encoder, weighted: true },
        [join(folder, 'notes')],
        {},
        () => undefined,
      )
      expect(events).toEqual(['1 points, 0 files in the catalog', '0 points, 0 files in the catalog'])
      expect(Object.keys((await readCatalog(path))!.files)).toHaveLength(1)
    })
  })

  it('is written after each megabyte, so that an update that is killed repeats little', async () => {
    const text = Array(5000).fill('xyzzyq '.repeat(20).trim()).join('\n\n')
    const folder = folderOf({ 'notes/a.txt': text, 'notes/b.txt': text, 'notes/c.txt': 'bread' })
    expect(statSync(join(folder, 'notes/a.txt')).size).toBeGreaterThan(500_000)
    await withIndex(folder, async ({ path, store, catalog }) => {
      const filesSaved = () =>
        Object.keys(JSON.parse(readFileSync(join(path, 'index.json'), 'utf8')).files).length
      const written: number[] = []
      /** The files in the catalog while the update waits for the disk. */
      const waits: number[] = []
      const watched = {
        ...store,
        upsert: async (...args: Parameters<typeof store.upsert>) => {
          if ((args[0] as readonly unknown[]).length === 0) waits.push(filesSaved())
          return store.upsert(...args)
        },
      }
      const onProgress = ({ files, total }: UpdateProgress) => {
        expect(total).toBe(3)
        written[files] = filesSaved()
      }
      const parts = { path, store: watched, catalog, encoder, weighted: true }
      await updateIndex(parts, [join(folder, 'notes')], { onProgress }, () => undefined)
      // after the first file, the second and the third
      expect(written.slice(1)).toEqual([0, 2, 2])
      // the points are on the disk before the catalog refers to them
      expect(waits).toEqual([0, 2])
    })
  })
})

describe('a repair', () => {
  it('gives later points ids beyond all others, and forgets the words of lost points', async () => {
    const folder = folderOf({ 'notes/a.txt': 'bread\n\ncheese', 'notes/b.txt': 'wine' })
    const notes = join(folder, 'notes')
    await withIndex(folder, index => index.update([notes]))
    const store = await openStore(join(folder, 'index/store'))
    await store.delete([1])
    const vector = { text: [Array(100).fill(0.1)] }
    // the first id after those of the files, and a later one
    await store.upsert([4, 99].map(id => ({ id, vector, payload: { text: 'stray' } })))
    await store.close()
    rmSync(join(notes, 'a.txt'))
    write(folder, { 'notes/c.txt': 'beer' })
    await withIndex(folder, async index => {
      await index.update([notes])
      expect(index.catalog.files[`${notes}/c.txt`]!.first).toBe(100)
      expect([{ ...index.catalog.words }, index.catalog.passages]).toEqual([{ wine: 1, beer: 1 }, 2])
    })
  })

  it('counts the words of more passages than one batch once', async () => {
    const folder = folderOf({ 'notes/a.txt': Array(300).fill('bread').join('\n\n') })
    await withIndex(folder, index => index.update([join(folder, 'notes')]))
    const store = await openStore(join(folder, 'index/store'))
    await store.upsert([{ id: 500, vector: { text: [Array(100).fill(0.1)] }, payload: { text: 'stray' } }])
    await store.close()
    await withIndex(folder, async index => {
      await index.update([join(folder, 'notes')])
      expect([{ ...index.catalog.words }, index.catalog.passages]).toEqual([{ bread: 300 }, 300])
    })
  })

  it('removes the points of an update that was killed, also if as many as before', async () => {
    const folder = folderOf({ 'notes/a.txt': 'bread', 'notes/b.txt': 'wine' })
    const notes = join(folder, 'notes')
    await withIndex(folder, index => index.update([notes]))
    write(folder, { 'notes/a.txt': 'cheese' })
    await withIndex(folder, index =>
      index.update([notes], {
        // a process that was killed leaves a lock, which another process takes over
        onProgress: () =>
          cpSync(join(folder, 'index'), join(folder, 'killed/index'), {
            recursive: true,
            filter: name => !/lock[^/\\]*$/.test(name),
          }),
      }),
    )
    rmSync(join(notes, 'a.txt'))
    await withIndex(join(folder, 'killed'), async index => {
      expect(await index.update([notes])).toMatchObject({ removed: 1 })
      expect(await index.store.count()).toBe(1)
    })
  })

  it('forgets the words of a file whose update was aborted, and which is gone', async () => {
    const folder = folderOf({ 'notes/a.txt': 'wine', 'notes/b.txt': Array(300).fill('bread').join('\n\n') })
    const notes = join(folder, 'notes')
    const controller = new AbortController()
    const onProgress = ({ passages }: UpdateProgress) => {
      if (passages > 1) controller.abort()
    }
    await withIndex(folder, async index => {
      const aborted = index.update([notes], { signal: controller.signal, onProgress })
      await expect(aborted).rejects.toMatchObject({ name: 'AbortError' })
      expect(index.catalog.words.bread).toBeGreaterThan(0)
    })
    rmSync(join(notes, 'b.txt'))
    await withIndex(folder, async index => {
      await index.update([notes])
      expect([{ ...index.catalog.words }, index.catalog.passages]).toEqual([{ wine: 1 }, 1])
    })
  })
})

describe('progress', () => {
  it('grows from file to file, by their sizes, up to 1', async () => {
    const folder = folderOf({
      'notes/a.txt': 'bread',
      'notes/b.txt': 'cheeses and wines',
      'notes/c.txt': 'wines',
    })
    const seen: UpdateProgress[] = []
    await withIndex(folder, index =>
      index.update([join(folder, 'notes')], { onProgress: report => seen.push(report) }),
    )
    // the first report with each number of files
    const done = new Map([...seen].reverse().map(report => [report.files, report]))
    expect([...done.keys()].reverse()).toEqual([0, 1, 2, 3])
    expect([1, 2, 3].map(files => done.get(files)!.share)).toEqual([5 / 27, 22 / 27, 1])
    expect(done.get(3)).toEqual({ phase: 'files', files: 3, total: 3, share: 1, passages: 3 })
    for (const [index, { share }] of seen.entries()) {
      if (index > 0) expect(share, `call ${index}`).toBeGreaterThanOrEqual(seen[index - 1]!.share)
    }
  })

  it('is reported after 32 passages of a model, and after 256 of word vectors', async () => {
    const folder = folderOf({ 'notes/a.txt': Array(600).fill('bread').join('\n\n') })
    const sizes: number[] = []
    const counting: TokenEncoder = {
      ...encoder,
      documents: texts => {
        sizes.push(texts.length)
        return encoder.documents(texts)
      },
    }
    await withIndex(folder, index => index.update([join(folder, 'notes')]), {
      encoder: counting as typeof encoder,
      encoderName: 'model',
      weighted: false,
    })
    expect(sizes).toEqual([...Array(18).fill(32), 24])
    sizes.length = 0
    rmSync(join(folder, 'index'), { recursive: true })
    await withIndex(folder, index => index.update([join(folder, 'notes')]), {
      encoder: counting as typeof encoder,
    })
    // and the words of the index, to compare them with those of questions
    expect(sizes.slice(0, 3)).toEqual([256, 256, 88])
  })
})

describe('files', () => {
  it('of a folder whose name only begins alike stay in the index', async () => {
    const folder = folderOf({ 'notes/a.txt': 'bread', 'notes-of-others/b.txt': 'wine' })
    const [notes, others] = [join(folder, 'notes'), join(folder, 'notes-of-others')]
    await withIndex(folder, async index => {
      await index.update([notes, others])
      rmSync(others, { recursive: true })
      expect(await index.update([`${notes}/`])).toMatchObject({ unchanged: 1, removed: 0 })
      expect(await index.update([folder])).toMatchObject({ unchanged: 1, removed: 1 })
    })
  })

  it('are not searched for after the signal is aborted', async () => {
    const folder = folderOf({ 'notes/a.txt': 'bread' })
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(findTextFiles([folder], { path: folder, files: {} }, signal)).rejects.toThrow('enough')
  })

  it('are closed when they have been read, also those that are skipped', async () => {
    const folder = folderOf({ 'notes/a.txt': 'bread', 'notes/b.jsonl': '{' })
    const large = join(folder, 'notes/c.txt')
    writeFileSync(large, '')
    truncateSync(large, 2 ** 28 + 1)
    await withIndex(folder, async index => {
      expect((await index.update([join(folder, 'notes')])).skipped).toHaveLength(2)
      expect(openFilesBelow(join(folder, 'notes'))).toEqual([])
    })
  })

  it('above 256 MiB are skipped', async () => {
    const folder = folderOf({ 'notes/a.txt': 'bread' })
    const large = join(folder, 'notes/b.txt')
    writeFileSync(large, '')
    // a sparse file, which is not read
    truncateSync(large, 2 ** 28 + 1)
    await withIndex(folder, async index => {
      const { skipped } = await index.update([join(folder, 'notes')])
      expect(skipped).toEqual([`${large} is larger than 256 MiB`])
    })
  })

  // a file that no one can read, root neither
  it.runIf(existsSync('/proc/self/mem'))('that cannot be read keep their old passages', async () => {
    const folder = folderOf({ 'notes/a.txt': 'bread', 'notes/b.txt': 'wine' })
    await withIndex(folder, async index => {
      await index.update([join(folder, 'notes')])
      rmSync(join(folder, 'notes/b.txt'))
      symlinkSync('/proc/self/mem', join(folder, 'notes/b.txt'))
      const { skipped, removed } = await index.update([join(folder, 'notes')])
      expect(removed).toBe(0)
      expect(skipped).toEqual([expect.stringMatching(/^EIO: /)])
      expect(await index.store.count()).toBe(2)
    })
  })

  it('of JSON lines keep an id of 0', async () => {
    const folder = folderOf({ 'notes/a.jsonl': '{"id":0,"text":"bread"}\n' })
    await withIndex(folder, async index => {
      await index.update([join(folder, 'notes')])
      expect((await index.store.retrieve([1]))[0]!.payload).toMatchObject({ id: 0 })
    })
  })
})
