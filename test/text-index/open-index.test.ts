// Opening an index: what a killed first update has left, wrong options, and defaults.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createStaticEncoder } from '../../src/encode/index.js'
import { openTextIndex, readCatalog, type TextIndexOptions } from '../../src/text-index/index.js'
import { checkCatalog } from '../../src/text-index/text-index.js'

const root = mkdtempSync(join(tmpdir(), 'maxsimd-open-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const encoder = createStaticEncoder(readFileSync('data/words.bin'))
const options = { encoder, encoderName: 'static', weighted: true }

let folders = 0
/** A new folder with a file. */
function folderOf(text: string): string {
  const folder = join(root, String(folders++))
  mkdirSync(folder)
  writeFileSync(join(folder, 'a.txt'), text)
  return folder
}

const open = (path: string, changes: Partial<TextIndexOptions> = {}) =>
  openTextIndex(path, { ...options, ...changes })

describe('a new index', () => {
  it('replaces what a first update that was killed has left', async () => {
    const folder = folderOf('bread\n\nwine')
    const path = join(folder, 'index')
    const first = await open(path)
    await first.update([join(folder, 'a.txt')])
    await first.close()
    rmSync(join(path, 'index.json'))
    for (const name of ['index.json.new', 'words-7.rows']) writeFileSync(join(path, name), 'part')
    const index = await open(path)
    expect(await index.store.count()).toBe(0)
    await index.update([join(folder, 'a.txt')])
    expect(await index.store.count()).toBe(2)
    expect((await index.search('wine', { only: 'words' })).hits).toHaveLength(1)
    await index.close()
    // a reader may still have the file of an earlier name
    expect((await readCatalog(path))!.wordFile).toBe('words-8.bin')
    expect(readdirSync(path).filter(name => name.startsWith('words-'))).toEqual([
      'words-8.bin',
      'words-8.rows',
    ])
  })

  it('is on the disk when it is open', async () => {
    const path = join(folderOf(''), 'index')
    const index = await open(path, { encoderName: 'a model', weighted: false })
    expect(await readCatalog(path)).toMatchObject({ encoder: 'a model', clean: true, next: 1, rowsBelow: 1 })
    await index.close()
  })

  it('has paragraphs as passages, and rows of float16, by default', async () => {
    const folder = folderOf('bread\nwine')
    const made = async (changes: Partial<TextIndexOptions>) => {
      const index = await open(join(folder, `index-${folders++}`), changes)
      await index.update([join(folder, 'a.txt')])
      const { datatype } = index.store.config.vectors.text!
      const count = await index.store.count()
      await index.close()
      return [datatype, count]
    }
    expect(await made({})).toEqual(['float16', 1])
    expect(await made({ lines: true, datatype: 'float32' })).toEqual(['float32', 2])
  })
})

describe('an index', () => {
  it('that is open for reading changes nothing', async () => {
    const folder = folderOf('bread')
    const path = join(folder, 'index')
    await (await open(path)).close()
    const reader = await open(path, { readOnly: true })
    await expect(reader.store.upsert([])).rejects.toThrow(/read-?only/i)
    await reader.close()
    // its writer can be closed and opened again at once
    for (let i = 0; i < 2; i++) await (await open(path)).close()
  })

  it('counts the files in the progress of rows', async () => {
    const folder = folderOf('bread')
    const path = join(folder, 'index')
    const index = await open(path, { weighted: false })
    const totals: unknown[] = []
    const onProgress = ({ phase, files, total }: { phase: string; files: number; total: number }) => {
      if (phase === 'rows') totals.push([files, total])
    }
    await index.update([join(folder, 'a.txt')], { onProgress })
    writeFileSync(join(folder, 'b.txt'), 'wine')
    writeFileSync(join(folder, 'a.txt'), 'bread and cheese')
    writeFileSync(join(folder, 'c.txt'), 'olives')
    await index.update([join(folder, 'b.txt')], { lazy: true })
    await index.update([folder], { onProgress })
    expect(totals).toEqual([
      [1, 1],
      [3, 3],
    ])
    await index.close()
  })
})

it.each<[string, object, Error]>([
  ['lines', { lines: 'yes' }, new TypeError('"lines" expected true or false, got string')],
  ['readOnly', { readOnly: 1 }, new TypeError('"readOnly" expected true or false, got number')],
  [
    'columns',
    { columns: { ids: 'key' } },
    new RangeError('unknown option "columns.ids"; valid options of columns: id, text'),
  ],
  [
    'a name of a column',
    { columns: { id: 7 } },
    new TypeError('"columns.id" expected the name of a column, got number'),
  ],
])('%s of another type is refused', async (_, changes, error) => {
  const path = join(root, 'refused')
  await expect(open(path, changes)).rejects.toThrow(error)
  expect(await readCatalog(path)).toBeUndefined()
})

it('unknown options of encodeRows are refused', async () => {
  const index = await open(join(folderOf(''), 'index'))
  await expect(index.encodeRows({ lazy: true } as object)).rejects.toThrow('unknown option "options.lazy"')
  await index.close()
})

it('columns must be those of the index, each of them', async () => {
  const path = join(folderOf(''), 'index')
  await (await open(path, { columns: { id: 'key' } })).close()
  const catalog = (await readCatalog(path))!
  const check = (columns?: object) =>
    checkCatalog(path, catalog, { encoderName: 'static', lines: undefined, columns })
  for (const columns of [undefined, {}, { id: 'key' }]) check(columns)
  expect(() => check({ id: 'number' })).toThrow(
    `"columns.id" expected "key", as the index at "${path}" was created, got "number"`,
  )
  expect(() => check({ text: 'body' })).toThrow('"columns.text" expected the usual name, as')
})

it('an index that is opened again knows file names and words that have other characters than ASCII', async () => {
  const folder = folderOf('wine')
  const path = join(folder, 'index')
  const file = join(folder, 'Größe 日本 😀.txt')
  writeFileSync(file, 'Äpfel')
  const run = async () => {
    const index = await open(path)
    const { added, changed, unchanged, removed } = await index.update([folder])
    const { hits } = await index.search('äpfel', { only: 'words' })
    await index.close()
    return { counts: [added, changed, unchanged, removed], files: hits.map(hit => hit.file) }
  }
  expect(await run()).toEqual({ counts: [2, 0, 0, 0], files: [file] })
  expect(await run()).toEqual({ counts: [0, 0, 2, 0], files: [file] })
  rmSync(file)
  expect(await run()).toEqual({ counts: [0, 0, 1, 1], files: [] })
})
