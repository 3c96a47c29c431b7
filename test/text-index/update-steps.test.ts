// The steps of an update: what is on the disk before each of them, what is written, and files that stop being texts.

import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import system, { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { createStaticEncoder } from '../../src/encode/index.js'
import {
  openTextIndex,
  readCatalog,
  type TextIndex,
  type UpdateProgress,
} from '../../src/text-index/index.js'
import { updateIndex } from '../../src/text-index/update.js'

const root = mkdtempSync(join(tmpdir(), 'maxsimd-steps-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const opened: TextIndex[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  for (const index of opened.splice(0)) await index.close()
})

const encoder = createStaticEncoder(readFileSync('data/words.bin'))

/** Writes a file that was not changed lately. */
function write(path: string, text: string, seconds = 1e9): void {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
  utimesSync(path, seconds, seconds)
}

/** An index of a folder with these files. */
async function indexOf(files: Readonly<Record<string, string>>, weighted = true) {
  const folder = mkdtempSync(join(root, 'notes-'))
  const at = (name: string) => join(folder, name)
  for (const [name, text] of Object.entries(files)) write(at(name), text)
  const index = await openTextIndex(`${folder}-index`, { encoder, encoderName: 'a', weighted })
  opened.push(index)
  await index.update([folder])
  return { folder, at, index }
}

/** Notes which files of an index are replaced and removed, when that is done. Words are replaced faster than other files. */
function watchFiles(): string[] {
  const events: string[] = []
  const { rename, unlink } = system
  const note = (what: string, path: unknown) => {
    const name = String(path).replace(/.*[/\\]/, '')
    if (/^(?:words|index)/.test(name)) events.push(`${what} ${name}`)
  }
  vi.spyOn(system, 'rename').mockImplementation(async (from, to) => {
    await new Promise(resolve => setTimeout(resolve, String(to).endsWith('.bin') ? 0 : 10))
    await rename(from, to)
    note('write', to)
  })
  vi.spyOn(system, 'unlink').mockImplementation(async path => {
    await unlink(path)
    note('remove', path)
  })
  return events
}

/** Calls `before` and `after` each time when a file is read. */
async function aroundReading(path: string, before: () => void, after = () => {}): Promise<void> {
  const handle = await open(path)
  const prototype = Object.getPrototypeOf(handle)
  await handle.close()
  const { readFile } = prototype
  vi.spyOn(prototype, 'readFile').mockImplementation(async function (this: unknown, ...args: unknown[]) {
    before()
    const bytes = await readFile.apply(this, args)
    after()
    return bytes
  })
}

describe('the catalog', () => {
  it.each<[string, (at: (name: string) => string) => void, ((at: (name: string) => string) => void)?]>([
    ['is added', at => write(at('c.txt'), 'wine')],
    ['changed', at => write(at('b.txt'), 'wine', 1.1e9)],
    ['is gone', at => rmSync(at('b.txt'))],
    ['is gone when it is read', at => write(at('b.txt'), 'wine', 1.1e9), at => rmSync(at('b.txt'))],
    ['has become a binary file', at => write(at('b.txt'), 'zero\0byte', 1.1e9)],
  ])('says that an update runs before points change, if a file %s', async (_, change, later) => {
    const { folder, at, index } = await indexOf({ 'a.txt': 'bread', 'b.txt': 'cheese' })
    const { path, store, catalog } = index
    change(at)
    const seen: unknown[] = []
    const watch = <Call extends unknown[], T>(call: (...args: Call) => T) => {
      return (...args: Call): T => {
        const [points] = args
        if (!Array.isArray(points) || points.length > 0) {
          const { clean, wordFile } = JSON.parse(readFileSync(join(path, 'index.json'), 'utf8'))
          seen.push([clean, wordFile])
        }
        return call(...args)
      }
    }
    const watched = { ...store, upsert: watch(store.upsert), delete: watch(store.delete) }
    watchFiles()
    const onProgress = ({ files }: UpdateProgress) => {
      if (files === 1) later?.(at)
      if (files === 1) later = undefined
    }
    const parts = { path, store: watched, catalog, encoder, weighted: true }
    await updateIndex(parts, [folder], { onProgress }, () => undefined)
    expect(seen.length).toBeGreaterThan(0)
    expect(seen).toEqual(seen.map(() => [false, undefined]))
    expect(await readCatalog(path)).toMatchObject({ clean: true, wordFile: 'words-2.bin' })
  })

  it('is written after the words that it names, and before the old ones are removed', async () => {
    const { folder, at, index } = await indexOf({ 'a.txt': 'bread' })
    write(at('a.txt'), 'wine', 1.1e9)
    const events = watchFiles()
    await index.update([folder])
    expect(events.splice(0, 4)).toEqual(['index.json', 'words-2.rows', 'words-2.bin', 'index.json'].map(name => `write ${name}`)) // biome-ignore format: one line
    expect(events.sort()).toEqual(['remove words-1.bin', 'remove words-1.rows'])
  })

  it('is not written for large files that have not changed', async () => {
    const { folder, index } = await indexOf({ 'a.txt': `bread${' '.repeat(2e6)}`, 'b.txt': 'wine' })
    const events = watchFiles()
    expect(await index.update([folder])).toMatchObject({ unchanged: 2 })
    expect(events).toEqual([])
  })

  it('keeps new endings, each once, also if there is no file with them', async () => {
    const { folder, index } = await indexOf({ 'a.txt': 'bread' })
    await index.update([folder], { endings: ['.log', '.dat', '.log'] })
    expect((await readCatalog(index.path))!.endings).toEqual(['.log', '.dat'])
    const events = watchFiles()
    await index.update([folder], { endings: ['.dat'] })
    expect(events).toEqual([])
  })

  it('counts no words and passages with a model, whose words have no weights', async () => {
    const { index } = await indexOf({ 'a.txt': 'bread\n\nwine' }, false)
    expect(await readCatalog(index.path)).toMatchObject({ passages: 0, next: 3 })
    expect(Object.keys(index.catalog.words)).toEqual([])
  })
})

describe('the time of a file', () => {
  it.each([
    [1999, -1],
    [2000, 1e12],
    [-1999, -1],
    [-2000, 1e12],
  ])('is kept unless it was changed within two seconds: read %i ms later', async (after, expected) => {
    const { folder, at, index } = await indexOf({ 'a.txt': 'bread' })
    write(at('b.txt'), 'wine')
    vi.spyOn(Date, 'now').mockReturnValue(1e12 + after)
    await index.update([folder])
    expect(index.catalog.files[at('b.txt')]!.modified).toBe(expected)
  })
})

describe('a file with the same time as before is read again', () => {
  it.each<[string, string, string]>([
    ['if it had another size before it was read', 'bread and wine', 'bread and wine'],
    ['if it had another size only while it was read', 'br', 'bread'],
  ])('%s', async (_, during, afterwards) => {
    const { folder, at, index } = await indexOf({})
    const file = at('a.txt')
    write(file, 'bread')
    let reads = 0
    await aroundReading(
      file,
      () => ++reads === 1 && write(file, during),
      () => write(file, afterwards),
    )
    await index.update([folder])
    expect(reads).toBe(2)
    expect((await index.store.retrieve([1]))[0]!.payload!.text).toBe(afterwards)
    expect(index.catalog.files[file]).toMatchObject({ size: afterwards.length, modified: 1e12 })
  })
})

describe('a file that cannot be used any more', () => {
  it('is removed from the index with the reason', async () => {
    const code = 'let spider = 1\n'
    const { folder, at, index } = await indexOf({
      'a.js': code,
      'b.txt': 'cheese',
      'c.jsonl': '{"text":"wine"}',
    })
    write(at('a.js'), `let a=${'f(1);'.repeat(1000)}`)
    truncateSync(at('b.txt'), 2 ** 28 + 1)
    write(at('c.jsonl'), '{"text":')
    expect(await index.update([folder])).toMatchObject({
      ...{ removed: 3, changed: 0, ignored: { minified: 1 } },
      skipped: [`${at('b.txt')} is larger than 256 MiB`, expect.stringContaining(`${at('c.jsonl')}, line 1`)],
    })
    expect([await index.store.count(), Object.keys(index.catalog.files)]).toEqual([0, []])
  })

  it('does not hide an error of the program', async () => {
    const { folder, at, index } = await indexOf({ 'a.txt': 'bread' })
    write(at('a.txt'), 'wine', 1.1e9)
    await aroundReading(at('a.txt'), () => {
      throw new TypeError('a fault of the program')
    })
    await expect(index.update([folder])).rejects.toThrow('a fault of the program')
    expect(await index.store.count()).toBe(1)
  })
})

it('an update that fails leaves the old points to be removed by the next one', async () => {
  const { folder, at, index } = await indexOf({ 'a.txt': 'bread' })
  write(at('a.txt'), 'wine', 1.1e9)
  const fail = () => {
    throw new Error('no more')
  }
  await expect(index.update([folder], { onProgress: fail })).rejects.toThrow('no more')
  expect(await index.store.info()).toMatchObject({ points: 1, dead: 1 })
  await index.update([folder])
  expect(await index.store.info()).toMatchObject({ points: 1, dead: 0 })
})

it('a file counts as finished when it is in the index, and the share is a number also for empty files', async () => {
  const { folder, at, index } = await indexOf({})
  for (const name of ['a', 'b', 'c']) write(at(`${name}.txt`), 'bread')
  const seen: UpdateProgress[] = []
  const onProgress = (report: UpdateProgress) => seen.push(report)
  await index.update([folder], { onProgress })
  expect(seen.map(({ files }) => files)).toEqual([0, 1, 1, 2, 2, 3])
  seen.length = 0
  for (const name of ['a', 'b', 'c']) write(at(`${name}.txt`), '')
  await index.update([folder], { onProgress })
  expect(seen.filter(({ share }) => !(share >= 0 && share <= 1))).toEqual([])
  expect(seen).toHaveLength(3)
})
