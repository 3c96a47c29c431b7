// Text indexes of folders: updates, searches, interrupted updates, and folders that are refused.

import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createStaticEncoder } from '../../src/encode/index.js'
import { createStore, openStore } from '../../src/store/index.js'
import { isTextIndex, openTextIndex, readCatalog, type TextIndexOptions } from '../../src/text-index/index.js'

const root = mkdtempSync(join(tmpdir(), 'maxsimd-texts-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const encoder = createStaticEncoder(readFileSync('data/words.bin'))
const options = { encoder, encoderName: 'static', weighted: true }

let folders = 0
/** A new folder with these files. */
function folderOf(files: Record<string, string | Uint8Array>): string {
  const folder = join(root, String(folders++))
  write(folder, files)
  return folder
}

function write(folder: string, files: Record<string, string | Uint8Array>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, '..'), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

const animals = '# Animals\n\nA spider sat on the wall.\n\nWolves hunt in packs.\n'
const money = 'The bank failed and the savings were lost.\n'

describe('an index', () => {
  it('follows its files when they are added, changed, touched or removed', async () => {
    const folder = folderOf({ 'notes/a.md': animals, 'notes/sub/b.txt': money })
    const notes = join(folder, 'notes')
    const path = join(folder, 'index')
    const run = async (paths = [notes]) => {
      const index = await openTextIndex(path, options)
      try {
        const { added, changed, unchanged, removed, passages } = await index.update(paths)
        return { counts: [added, changed, unchanged, removed, passages], points: await index.store.count() }
      } finally {
        await index.close()
      }
    }
    expect(await run()).toEqual({ counts: [2, 0, 0, 0, 4], points: 4 })
    expect(await run()).toEqual({ counts: [0, 0, 2, 0, 0], points: 4 })
    write(notes, { 'a.md': `${animals}\nBees dance.\n`, 'c.txt': 'Honey is sweet.' })
    expect(await run()).toEqual({ counts: [1, 1, 1, 0, 5], points: 6 })
    utimesSync(join(notes, 'c.txt'), 1, 1)
    expect(await run()).toEqual({ counts: [0, 0, 3, 0, 0], points: 6 })
    rmSync(join(notes, 'sub'), { recursive: true })
    expect(await run([join(notes, 'a.md')])).toEqual({ counts: [0, 0, 1, 0, 0], points: 6 })
    expect(await run()).toEqual({ counts: [0, 0, 2, 1, 0], points: 5 })
    const { words, passages } = (await readCatalog(path))!
    expect([passages, words.spider, words.bank, words.honey]).toEqual([5, 1, undefined, 1])
  })

  it('finds a passage by its meaning and shows which words matched', async () => {
    const folder = folderOf({ 'a.md': animals, 'b.txt': money })
    const index = await openTextIndex(join(folder, 'index'), options)
    await index.update([folder])
    const { hits, unknown } = await index.search('insects on walls xyzzyq', { limit: 2 })
    expect(unknown).toEqual(['insects', 'xyzzyq'])
    const [{ file, line, text, payload, matches } = hits[0]!] = hits
    expect([file, line, text, payload.heading]).toEqual([
      join(folder, 'a.md'),
      3,
      'A spider sat on the wall.',
      'Animals',
    ])
    expect(
      matches.map(({ query, document, start, end }) => [query, document, text.slice(start, end)]),
    ).toEqual([
      ['walls', 'wall', 'wall'],
      ['insects', 'spider', 'spider'],
    ])
    const filter = { must: { key: 'file', match: { value: join(folder, 'b.txt') } } }
    expect((await index.search('insects', { filter })).hits).toEqual([])
    expect((await index.search('insects', { filter, only: 'meaning' })).hits.map(hit => hit.text)).toEqual([
      money.trim(),
    ])
    expect(await index.search('xyzzyq')).toEqual({ hits: [], unknown: ['xyzzyq'], suggestions: [] })
    await index.close()
  })

  it('skips hidden folders, node_modules, binary files and files of vectors', async () => {
    const folder = folderOf({
      'a.txt': 'bread',
      'b.exe': 'cheese',
      '.hidden/c.txt': 'wine',
      'node_modules/d.md': 'beer',
      'e.txt': 'zero\0byte',
      'f.jsonl': '{"id":"MED-1","text":"apple","year":1999}\n\n{"_id":7,"text":"pear"}\n',
      'g.jsonl': '{"vector":[[1]]}\n',
      'h.txt': '--- *** ...',
    })
    symlinkSync(join(folder, 'gone'), join(folder, 'i.txt'))
    const index = await openTextIndex(join(folder, '.maxsimd'), options)
    const { skipped, unknown } = await index.update([folder])
    expect(skipped).toEqual([
      `${folder}/i.txt is a link to a file that does not exist`,
      `${folder}/e.txt is not a text file`,
      `${folder}/g.jsonl, line 1: "text" is required; read files of vectors with: npx maxsimd index --vectors ${folder}/g.jsonl`,
    ])
    expect(unknown).toBe(1)
    const found: unknown[] = []
    for await (const { payload } of index.store.scroll()) found.push({ ...payload, file: undefined })
    expect(found).toEqual([
      { line: 1, text: 'bread' },
      { line: 1, text: 'apple', id: 'MED-1', year: 1999 },
      { line: 3, text: 'pear', id: 7 },
    ])
    // a file that the caller names can have any extension
    await index.update([join(folder, 'b.exe')])
    expect(await index.store.count()).toBe(4)
    await index.close()
  })

  it('reads UTF-16, windows-1252, Windows line ends and UTF-8 with a few invalid bytes', async () => {
    const folder = folderOf({
      'a.txt': Buffer.from('\ufeffwhale\r\nsea\r\n\r\nharbour', 'utf16le'),
      'b.txt': Buffer.from('\ufeffdolphin', 'utf16le').swap16(),
      'c.txt': Buffer.from('caf\xe9 na\xefve', 'latin1'),
      'd.txt': Buffer.concat([Buffer.from('café '), Buffer.from([0xff]), Buffer.from(' tiger')]),
      'e.txt': Buffer.from('\ufeffhorse'),
      'f.txt': Buffer.from('%PDF-1.7\nstream'),
      'g.txt': Buffer.from('wolf'.repeat(2_000_000)),
    })
    const index = await openTextIndex(join(folder, '.index'), options)
    const { skipped, unknown } = await index.update([folder])
    // four megabytes without a space are passages without words
    expect([skipped, unknown]).toEqual([[`${folder}/f.txt is not a text file`], 2000])
    const found: unknown[] = []
    for await (const { payload } of index.store.scroll()) found.push([payload?.line, payload?.text])
    expect(found).toEqual([
      [1, 'whale\nsea'],
      [4, 'harbour'],
      [1, 'dolphin'],
      [1, 'café naïve'],
      [1, 'café \ufffd tiger'],
      [1, 'horse'],
    ])
    await index.close()
  })

  it('reads each file once, even with several links to it or a cycle of links', async () => {
    const folder = folderOf({ 'notes/z/a.md': animals, 'elsewhere/b.txt': money })
    const notes = join(folder, 'notes')
    symlinkSync('.', join(notes, 'again'))
    symlinkSync('z', join(notes, 'alias'))
    symlinkSync('z/a.md', join(notes, 'a.md'))
    symlinkSync('../elsewhere', join(notes, 'other'))
    symlinkSync('itself', join(notes, 'itself'))
    const index = await openTextIndex(join(folder, 'index'), options)
    expect(await index.update([notes, folder])).toMatchObject({
      added: 2,
      skipped: [`${notes}/itself is a link to a file that does not exist`],
    })
    expect(Object.keys(index.catalog.files)).toEqual([`${notes}/z/a.md`, `${folder}/elsewhere/b.txt`])
    await index.close()
  })

  it('does not follow a link to a folder that contains the link', async () => {
    const folder = folderOf({
      'notes/a.md': animals,
      'private.md': money,
      'elsewhere/b.md': money,
      'c/secret.md': money,
    })
    const notes = join(folder, 'notes')
    symlinkSync('..', join(notes, 'parent'))
    symlinkSync(folder, join(notes, 'absolute'))
    symlinkSync('../elsewhere', join(notes, 'other'))
    // through another folder
    symlinkSync('..', join(folder, 'elsewhere/up'))
    const index = await openTextIndex(join(folder, 'index'), options)
    expect(await index.update([notes])).toMatchObject({ added: 2, skipped: [] })
    expect(Object.keys(index.catalog.files)).toEqual([`${notes}/a.md`, `${notes}/other/b.md`])
    // a folder that is named is read, whatever contains it
    expect(await index.update([join(notes, 'parent/c')])).toMatchObject({ added: 1 })
    await index.close()
  })

  it('lists links to files that do not exist, and keeps their old passages', async () => {
    const folder = folderOf({ 'notes/a.md': animals, 'target.md': money })
    const notes = join(folder, 'notes')
    symlinkSync('../target.md', join(notes, 'b.md'))
    symlinkSync('nowhere', join(notes, 'folder'))
    symlinkSync('nowhere.png', join(notes, 'picture.png'))
    const index = await openTextIndex(join(folder, 'index'), options)
    const dangling = `${notes}/folder is a link to a file that does not exist`
    expect(await index.update([notes])).toMatchObject({ added: 2, skipped: [dangling] })
    rmSync(join(folder, 'target.md'))
    expect(await index.update([notes])).toMatchObject({
      unchanged: 1,
      removed: 0,
      skipped: [`${notes}/b.md is a link to a file that does not exist`, dangling],
    })
    expect(await index.store.count()).toBe(4)
    await index.close()
  })

  // other systems refuse such names
  it.runIf(process.platform === 'linux')('lists files whose names are not valid UTF-8', async () => {
    const folder = folderOf({ 'notes/a.md': animals, 'notes/\ufffd.md': money })
    const notes = join(folder, 'notes')
    const named = (...bytes: number[]) => Buffer.concat([Buffer.from(`${notes}/latin-`), Buffer.from(bytes)])
    writeFileSync(named(0xe9, ...Buffer.from('.md')), money)
    writeFileSync(named(0xe9, ...Buffer.from('.png')), money)
    mkdirSync(named(0xff))
    const index = await openTextIndex(join(folder, 'index'), options)
    expect(await index.update([notes])).toMatchObject({
      added: 2,
      skipped: [
        `${notes}/latin-\ufffd has a name that is not valid UTF-8; rename it`,
        `${notes}/latin-\ufffd.md has a name that is not valid UTF-8; rename it`,
      ],
    })
    await index.close()
  })

  it('reads the texts of Parquet and JSON files that are named, a row each', async () => {
    const folder = folderOf({
      'a.json': '[{"_id":"x-1","text":"bread"},{"_id":7,"text":"wine","year":1999}]',
      'b.json': '{"settings":true}',
    })
    const index = await openTextIndex(join(folder, '.index'), options)
    const files = [join(folder, 'a.json'), join(folder, 'b.json'), 'test/fixtures/formats/texts.parquet']
    const { added, skipped } = await index.update(files)
    expect(added).toBe(2)
    expect(skipped).toEqual([expect.stringContaining(`${folder}/b.json`)])
    const found: unknown[] = []
    for await (const { payload } of index.store.scroll()) found.push(payload)
    expect(found.slice(0, 2)).toEqual([
      { id: 'x-1', text: 'bread', file: `${folder}/a.json`, line: 1 },
      { id: 7, text: 'wine', year: 1999, file: `${folder}/a.json`, line: 2 },
    ])
    expect(found.length).toBeGreaterThan(6)
    expect(found[3]).toEqual({
      id: '00000000-0000-4000-8000-000000000001',
      text: 'text 1',
      year: 2021,
      file: 'test/fixtures/formats/texts.parquet',
      line: 2,
    })
    await index.close()
  })

  it('reads ids and texts from the columns that it was created with', async () => {
    const folder = folderOf({ 'a.jsonl': '{"key":"x","text":"no","body":"bread"}\n' })
    const path = join(folder, 'index')
    const columns = { id: 'key', text: 'body' }
    const index = await openTextIndex(path, { ...options, columns })
    await index.update([folder])
    await index.close()
    write(folder, { 'a.jsonl': '{"key":"y","text":"no","body":"wine"}\n' })
    const again = await openTextIndex(path, options)
    expect(await again.update([folder])).toMatchObject({ changed: 1 })
    const found: unknown[] = []
    for await (const { payload } of again.store.scroll()) found.push(payload)
    expect(found).toEqual([{ id: 'y', text: 'wine', file: `${folder}/a.jsonl`, line: 1 }])
    await again.close()
    await (await openTextIndex(path, { ...options, columns })).close()
    await expect(openTextIndex(path, { ...options, columns: { text: 'text' } })).rejects.toThrow(
      new RangeError(
        `"columns.text" expected "body", as the index at "${path}" was created, got "text"; use another folder`,
      ),
    )
  })

  it('keeps an id beyond 2^53 as text, because JSON has no such numbers', async () => {
    const folder = folderOf({ 'a.jsonl': '{"id":9007199254740993,"text":"bread"}\n' })
    const index = await openTextIndex(join(folder, 'index'), options)
    await index.update([folder])
    const found: unknown[] = []
    for await (const { payload } of index.store.scroll()) found.push(payload?.id)
    expect(found).toEqual(['9007199254740993'])
    await index.close()
  })

  it('keeps a file with any extension that was named once, until it is deleted', async () => {
    const folder = folderOf({ 'a.txt': 'bread', 'b.log': 'cheese', '.c/d.txt': 'wine' })
    const index = await openTextIndex(join(folder, '.index'), options)
    const named = [join(folder, 'b.log'), join(folder, '.c')]
    expect(await index.update([folder, ...named])).toMatchObject({ added: 3 })
    write(folder, { 'b.log': 'blue cheese' })
    expect(await index.update([folder])).toMatchObject({ changed: 1, unchanged: 2, removed: 0 })
    rmSync(join(folder, 'b.log'))
    expect(await index.update(named)).toMatchObject({ unchanged: 1, removed: 1 })
    await expect(index.update(named)).rejects.toThrow('ENOENT')
    write(folder, { 'a.txt': 'zero\0byte' })
    expect(await index.update([folder])).toMatchObject({ unchanged: 1, changed: 0, removed: 1 })
    await index.close()
  })

  // root can read everything
  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'skips unreadable files and folders and keeps their old passages',
    async () => {
      const folder = folderOf({ 'notes/a.txt': 'bread', 'notes/b.txt': 'wine', 'notes/c/d.txt': 'beer' })
      const notes = join(folder, 'notes')
      const index = await openTextIndex(join(folder, 'index'), options)
      await index.update([notes])
      write(notes, { 'b.txt': 'red wine' })
      chmodSync(join(notes, 'b.txt'), 0)
      chmodSync(join(notes, 'c'), 0)
      try {
        const { skipped, ...counts } = await index.update([notes])
        expect(counts).toMatchObject({ unchanged: 1, changed: 0, removed: 0 })
        expect(skipped).toEqual([
          `EACCES: permission denied, scandir '${notes}/c'`,
          `EACCES: permission denied, open '${notes}/b.txt'`,
        ])
        expect(await index.store.count()).toBe(3)
        await expect(index.update([join(notes, 'c')])).rejects.toThrow('EACCES')
      } finally {
        chmodSync(join(notes, 'c'), 0o700)
        await index.close()
      }
    },
  )

  it('is repaired by the next update after one was killed', async () => {
    const folder = folderOf({ 'notes/a.md': animals, 'notes/b.txt': money })
    const path = join(folder, 'index')
    const index = await openTextIndex(path, options)
    await index.update([join(folder, 'notes')])
    await index.close()
    // a point that belongs to no file, and a missing point of a file
    const store = await openStore(join(path, 'store'))
    await store.delete([1])
    await store.upsert([{ id: 99, vector: { text: [Array(100).fill(0.1)] }, payload: { text: 'stray' } }])
    await store.close()
    const catalog = join(path, 'index.json')
    writeFileSync(catalog, readFileSync(catalog, 'utf8').replace('"clean":true', '"clean":false'))
    const again = await openTextIndex(path, options)
    const { changed, unchanged, passages } = await again.update([join(folder, 'notes')])
    expect([changed, unchanged, passages]).toEqual([1, 1, 3])
    const texts: unknown[] = []
    for await (const { payload } of again.store.scroll()) texts.push(payload!.text)
    expect(texts.sort()).toEqual(
      ['# Animals', 'A spider sat on the wall.', 'Wolves hunt in packs.', money.trim()].sort(),
    )
    expect((again.catalog as { passages: number }).passages).toBe(4)
    await again.close()
  })

  it('writes through no link, and does not wait for a named pipe', async () => {
    const folder = folderOf({ 'notes/a.md': animals, 'outside.txt': 'precious' })
    const path = join(folder, 'index')
    const index = await openTextIndex(path, options)
    await index.update([join(folder, 'notes')])
    await index.close()
    const isPosix = process.platform !== 'win32'
    if (isPosix) {
      for (const name of ['index.json.new', 'words-2.bin.new'])
        symlinkSync(join(folder, 'outside.txt'), join(path, name))
    }
    writeFileSync(join(folder, 'notes/a.md'), money)
    const again = await openTextIndex(path, options)
    expect((await again.update([join(folder, 'notes')])).changed).toBe(1)
    await again.close()
    expect(readFileSync(join(folder, 'outside.txt'), 'utf8')).toBe('precious')
    if (!isPosix) return
    rmSync(join(path, 'index.json'))
    execFileSync('mkfifo', [join(path, 'index.json')])
    await expect(openTextIndex(path, options)).rejects.toThrow(
      `"${path}/index.json" is not a file; remove it, and index again`,
    )
  })

  it('stops when the signal is aborted, and continues with the next update', async () => {
    const folder = folderOf(
      Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`notes/${i}.txt`, `bread ${i}`])),
    )
    const stop = new AbortController()
    const index = await openTextIndex(join(folder, 'index'), options)
    const update = index.update([join(folder, 'notes')], {
      signal: stop.signal,
      onProgress: ({ files }) => files === 5 && stop.abort(new Error('enough')),
    })
    await expect(update).rejects.toThrow('enough')
    expect((await index.update([join(folder, 'notes')])).added).toBe(15)
    expect(await index.store.count()).toBe(20)
    await index.close()
  })
})

describe('openTextIndex', () => {
  const folder = folderOf({ 'a.txt': 'bread' })
  const path = join(folder, 'index')
  beforeAll(async () => (await openTextIndex(path, options)).close())

  it.each<[string, string, Partial<TextIndexOptions>, Error]>([
    [
      'a missing index with readOnly',
      join(folder, 'none'),
      { readOnly: true },
      new RangeError(
        `there is no text index at "${folder}/none"; create it with: npx maxsimd index <folder>`,
      ),
    ],
    [
      'another encoder',
      path,
      { encoderName: 'colbert' },
      new RangeError(
        `"encoderName" expected "static", the encoder of the index at "${path}", got "colbert"; use that encoder or another folder`,
      ),
    ],
    [
      'another value of lines',
      path,
      { lines: true },
      new RangeError(
        `"lines" expected false, as the index at "${path}" was created, got true; use another folder`,
      ),
    ],
    [
      'another datatype',
      path,
      { datatype: 'i8' },
      new RangeError(
        `"datatype" expected float16, as the index at "${path}" was created, got i8; use another folder`,
      ),
    ],
    [
      'a folder with other files',
      folder,
      {},
      new RangeError(
        `"${folder}" expected a new folder or a text index, got a folder with other files (a.txt); use another folder`,
      ),
    ],
    [
      'the folder of a store',
      join(path, 'store'),
      {},
      new RangeError(
        `"${path}/store" expected a new folder or a text index, got a folder with other files (000001.0.rows); use another folder`,
      ),
    ],
    [
      'an unknown option',
      path,
      { line: true } as object,
      new RangeError(
        'unknown option "options.line"; valid options of openTextIndex: encoder, encoderName, weighted, lines, datatype, columns, readOnly',
      ),
    ],
    [
      'a missing encoder',
      path,
      { encoder: undefined } as object,
      new TypeError(
        '"encoder" is required: an encoder of maxsimd/encode, for example createStaticEncoder(bytes)',
      ),
    ],
    [
      'a text as encoder',
      path,
      { encoder: 'static' } as object,
      new TypeError('"encoder" expected an encoder of maxsimd/encode, got string'),
    ],
    [
      'a missing name of the encoder',
      path,
      { encoderName: undefined } as object,
      new TypeError(
        '"encoderName" expected a string, for example "static" or the name of the model, got undefined',
      ),
    ],
    [
      'a missing choice of weights',
      path,
      { weighted: undefined } as object,
      new TypeError('"weighted" expected true or false, got undefined'),
    ],
    [
      'an unknown datatype',
      path,
      { datatype: 'f8' } as object,
      new RangeError('"datatype" expected one of float32, float16, i16, i8, binary, got "f8"'),
    ],
  ])('refuses %s', async (_, at, changes, error) => {
    await expect(openTextIndex(at, { ...options, ...changes })).rejects.toThrow(error)
  })

  it('refuses an encoder whose rows have another dim', async () => {
    await expect(openTextIndex(path, { ...options, encoder: { ...encoder, dim: 50 } })).rejects.toThrow(
      new RangeError(
        '"encoder" expected an encoder of dim 100, as the collection has, got dim 50; use the encoder that made the vectors',
      ),
    )
  })

  it('opens readers beside a writer', async () => {
    const writer = await openTextIndex(path, options)
    const readers = [1, 2].map(() => openTextIndex(path, { ...options, readOnly: true }))
    for (const reader of await Promise.all(readers)) {
      expect((await reader.search('bread')).hits).toEqual([])
      await reader.close()
    }
    await expect(openTextIndex(path, options)).rejects.toMatchObject({ name: 'StoreLockedError' })
    await writer.close()
  })

  it('refuses unknown options of update and search', async () => {
    const index = await openTextIndex(path, options)
    await expect(index.update([], { onprogress() {} } as object)).rejects.toThrow(
      new RangeError(
        'unknown option "options.onprogress"; valid options of update: signal, onProgress, endings, lazy',
      ),
    )
    await expect(index.search('bread', { topK: 3 } as object)).rejects.toThrow(
      new RangeError(
        'unknown option "options.topK"; valid options of search: limit, signal, filter, explain, only',
      ),
    )
    await index.close()
  })
})

describe('readCatalog and isTextIndex', () => {
  it('tell whether a folder has an index', async () => {
    const folder = folderOf({ 'a.txt': 'bread' })
    const path = join(folder, 'index')
    expect([await isTextIndex(path), await readCatalog(path)]).toEqual([false, undefined])
    await (await openTextIndex(path, options)).close()
    expect(await isTextIndex(path)).toBe(true)
    expect(await readCatalog(path)).toMatchObject({ version: 1, encoder: 'static', lines: false })
  })

  it.each<[string, string, (folder: string) => string]>([
    [
      'a file of another program',
      '{"pages":[]}',
      folder => `"${folder}/index.json" is not a text index of maxsimd; choose another folder`,
    ],
    [
      'a file without an object',
      'null',
      folder => `"${folder}/index.json" is not a text index of maxsimd; choose another folder`,
    ],
    [
      'a file without the ids of a file',
      '{"version":1,"files":{"a.md":null},"words":{},"next":1}',
      folder =>
        `"${folder}/index.json" has wrong ids for "a.md": first undefined, count undefined, next 1; remove the folder and index again`,
    ],
    [
      'a damaged file',
      '{',
      folder => `"${folder}/index.json" is not valid JSON; remove the folder "${folder}" and index again`,
    ],
    [
      'a later version',
      '{"version":2}',
      folder =>
        `"${folder}/index.json" expected version 1, got 2; use the version of maxsimd that wrote it, or index again`,
    ],
    ...[
      ['{"version":1}', 'undefined and undefined'],
      ['{"version":1,"words":"bread 1"}', 'undefined and string'],
      ['{"version":1,"files":"a.md","words":{}}', 'string and object'],
      ['{"version":1,"files":{},"words":7}', 'object and number'],
      ['{"version":1,"files":null,"words":{}}', 'null and object'],
      ['{"version":1,"files":{},"words":null}', 'object and null'],
    ].map(([text, got]): [string, string, (folder: string) => string] => [
      `a file with ${got}`,
      text!,
      folder =>
        `"${folder}/index.json" expected an object "files" and a text "words", got ${got}; remove the folder "${folder}" and index again`,
    ]),
    ...[
      [-1, 1],
      [1, 2 ** 52],
      [2 ** 27, 2 ** 27 + 1],
      [1, 'x'],
      [1, 10],
    ].map(([first, count]): [string, string, (folder: string) => string] => [
      `a file with the ids from ${first} on, ${count} of them`,
      JSON.stringify({
        version: 1,
        files: { 'a.md': { first, count } },
        words: {},
        next: count === 10 ? 5 : 2 ** 53 - 1,
      }),
      folder =>
        `"${folder}/index.json" has wrong ids for "a.md": first ${first}, count ${count}, next ${count === 10 ? 5 : 2 ** 53 - 1}; remove the folder and index again`,
    ]),
  ])('refuse %s', async (_, text, message) => {
    const folder = folderOf({ 'index.json': text })
    await expect(readCatalog(folder)).rejects.toThrow(new RangeError(message(folder)))
    await expect(isTextIndex(folder)).rejects.toThrow(new RangeError(message(folder)))
  })
})

it('a folder that has only a store of other vectors is refused, and the store keeps its points', async () => {
  const other = join(root, 'other')
  const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
  const made = await createStore({ path: join(other, 'store'), vectors })
  await made.upsert([{ id: 1, vector: { colbert: [[1, 2]] } }])
  await made.close()
  await expect(openTextIndex(other, options)).rejects.toThrow(
    new RangeError(
      `"${other}" expected a new folder or a text index, got a folder with other files (store); use another folder`,
    ),
  )
  const store = await openStore(join(other, 'store'), { readOnly: true })
  expect(await store.count()).toBe(1)
  await store.close()
})
