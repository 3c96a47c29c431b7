// Files that change, or are gone, between the moment when an update finds them and the moment when it has read them: what is in
// the index is what was read, and the next update mends it.

import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { createStaticEncoder } from '../../src/encode/index.js'
import { openTextIndex, type TextIndex, type UpdateReport } from '../../src/text-index/index.js'

const root = mkdtempSync(join(tmpdir(), 'maxsimd-changing-'))
const opened: TextIndex[] = []
afterAll(() => rmSync(root, { recursive: true, force: true }))
afterEach(async () => {
  vi.restoreAllMocks()
  for (const index of opened.splice(0)) await index.close()
})

const encoder = createStaticEncoder(readFileSync('data/words.bin'))

/** Writes a file that was not changed lately. */
function write(path: string, text: string): void {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, text)
  utimesSync(path, 1e9, 1e9)
}

/** A folder with the files `a.txt` and `b/c.txt`, or another second one, and an index beside it. */
async function createNotes(second = 'b/c.txt', text = 'bread') {
  const folder = mkdtempSync(join(root, 'notes-'))
  const at = (name: string) => join(folder, name)
  write(at('a.txt'), 'wine')
  write(at(second), text)
  const index = await openTextIndex(`${folder}-index`, { encoder, encoderName: 'static', weighted: true })
  opened.push(index)
  /** `change` is called when `a.txt` has been read, and the second file has not. */
  const update = (change?: () => void): Promise<UpdateReport> =>
    index.update([folder], {
      onProgress: ({ files }) => {
        if (files === 1) change?.()
        if (files === 1) change = undefined
      },
    })
  const texts = async () => {
    const found: unknown[] = []
    for await (const { payload } of index.store.scroll()) found.push(payload!.text)
    return found.sort()
  }
  return { at, index, update, texts }
}

/** Calls `change` each time when a file has been read, and before that is noticed. */
async function whileReading(path: string, change: () => void): Promise<void> {
  const handle = await open(path)
  const prototype = Object.getPrototypeOf(handle)
  await handle.close()
  const { readFile } = prototype
  vi.spyOn(prototype, 'readFile').mockImplementation(async function (this: unknown, ...args: unknown[]) {
    const bytes = await readFile.apply(this, args)
    change()
    return bytes
  })
}

describe('a file that is removed after it was found', () => {
  it.each(['b/c.txt', 'b'])('is no problem, and no longer in the index: %s', async removed => {
    const { at, update, texts } = await createNotes()
    const gone = () => rmSync(at(removed), { recursive: true })
    expect(await update(gone)).toMatchObject({ added: 1, skipped: [] })
    write(at('b/c.txt'), 'bread')
    expect(await update()).toMatchObject({ added: 1, unchanged: 1 })
    write(at('b/c.txt'), 'cheese')
    expect(await update(gone)).toMatchObject({ changed: 0, removed: 1, skipped: [] })
    expect(await texts()).toEqual(['wine'])
  })

  it('is named if it has become a folder, whose files the next update reads', async () => {
    const { at, update, texts } = await createNotes('b.txt')
    const report = await update(() => {
      rmSync(at('b.txt'))
      write(at('b.txt/c.txt'), 'cheese')
    })
    expect(report).toMatchObject({ added: 1, skipped: [`${at('b.txt')} is not a file any more`] })
    expect(await update()).toMatchObject({ added: 1, skipped: [] })
    expect(await texts()).toEqual(['cheese', 'wine'])
  })
})

describe('a file that changes', () => {
  it('after it was found has the text, size and time with which it was read', async () => {
    const { at, index, update, texts } = await createNotes()
    const file = at('b/c.txt')
    const report = await update(() => {
      appendFileSync(file, '\n\ncheese')
      utimesSync(file, 1.1e9, 1.1e9)
    })
    expect([report.added, await texts()]).toEqual([2, ['bread', 'cheese', 'wine']])
    expect(index.catalog.files[file]).toMatchObject({ size: statSync(file).size, modified: 1.1e12 })
  })

  it('and has the same text at last is not read again and again', async () => {
    const { at, index, update } = await createNotes()
    const file = at('b/c.txt')
    await update()
    index.catalog.files[file] = { ...index.catalog.files[file]!, size: 1, modified: 1 }
    expect(await update()).toMatchObject({ unchanged: 2 })
    expect(index.catalog.files[file]).toMatchObject({ size: 5, modified: 1e12 })
  })

  it('after it grew beyond 256 MiB is not read', async () => {
    const { at, update } = await createNotes()
    const { skipped } = await update(() => truncateSync(at('b/c.txt'), 2 ** 28 + 1))
    expect(skipped).toEqual([`${at('b/c.txt')} is larger than 256 MiB`])
  })

  it('while it is read is read again', async () => {
    const { at, update, texts } = await createNotes()
    let changes = 0
    await whileReading(at('a.txt'), () => {
      if (changes++ === 1) appendFileSync(at('b/c.txt'), '\n\ncheese')
    })
    expect(await update()).toMatchObject({ added: 2, skipped: [] })
    expect([changes, await texts()]).toEqual([3, ['bread', 'cheese', 'wine']])
  })

  it('each time while it is read has the text of the last time, and the next update reads it', async () => {
    const { at, index, update, texts } = await createNotes()
    const file = at('b/c.txt')
    let changes = 0
    await whileReading(file, () => appendFileSync(file, `\n\nline ${++changes}`))
    // a.txt is read first, once
    expect(await update()).toMatchObject({ added: 2, skipped: [] })
    expect([changes, await texts()]).toEqual([4, ['bread', 'line 1', 'line 2', 'line 3', 'wine']])
    expect(index.catalog.files[file]!.modified).toBe(-1)
    vi.restoreAllMocks()
    utimesSync(file, 1e9, 1e9)
    expect(await update()).toMatchObject({ changed: 1, unchanged: 1 })
    expect(await texts()).toEqual(['bread', 'line 1', 'line 2', 'line 3', 'line 4', 'wine'])
    expect(index.catalog.files[file]!.modified).toBe(1e12)
  })

  it('while it is read, and is not valid then, keeps its old passages', async () => {
    const line = (text: string) => `${JSON.stringify({ text })}\n`
    const { at, update, texts } = await createNotes('b.jsonl', line('bread'))
    const file = at('b.jsonl')
    await update()
    writeFileSync(file, `${line('bread')}{"text":"che`)
    let changes = 0
    await whileReading(file, () => utimesSync(file, 2e9 + changes, 2e9 + changes++))
    expect(await update()).toMatchObject({
      removed: 0,
      skipped: [expect.stringContaining(`${file}, line 2`)],
    })
    expect(await texts()).toEqual(['bread', 'wine'])
    vi.restoreAllMocks()
    writeFileSync(file, line('bread') + line('cheese'))
    expect(await update()).toMatchObject({ changed: 1, skipped: [] })
    expect(await texts()).toEqual(['bread', 'cheese', 'wine'])
  })

  it('just after it was read, to a text of the same size, is noticed although it has the same time', async () => {
    const { at, update, texts } = await createNotes()
    const file = at('b/c.txt')
    const now = new Date()
    utimesSync(file, now, now)
    await update()
    writeFileSync(file, 'beers')
    utimesSync(file, now, now)
    expect(await update()).toMatchObject({ changed: 1 })
    expect(await texts()).toEqual(['beers', 'wine'])
  })
})
