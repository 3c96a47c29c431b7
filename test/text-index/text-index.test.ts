// Folders of text as an index: what becomes a passage, what a second run does, what is left of a run that was stopped.

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
import { afterAll, describe, expect, it } from 'vitest'
import { createStaticEncoder } from '../../src/encode/index.js'
import { createScorer } from '../../src/index.js'
import { openStore } from '../../src/store/index.js'
import {
  createSampleSearch,
  openTextIndex,
  parseCandidates,
  passagesOf,
  rerankTexts,
  SAMPLES,
} from '../../src/text-index/index.js'

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

describe('passages', () => {
  const many = (count: number, word = 'word') => Array(count).fill(word).join(' ')

  it.each<[string, string, [number, string, string?][]]>([
    [
      'are paragraphs',
      'one\ntwo\n\n\nthree\n',
      [
        [1, 'one\ntwo'],
        [5, 'three'],
      ],
    ],
    ['of a text without words are none', '\n \n\t\n', []],
    [
      'know their heading',
      'a\n# Title #\nb\n\n## Sub\n\nc',
      [
        [1, 'a'],
        [2, '# Title #', 'Title'],
        [3, 'b', 'Title'],
        [5, '## Sub', 'Sub'],
        [7, 'c', 'Sub'],
      ],
    ],
    [
      'have any end of a line',
      '\ufeffa\r\n\r\nb\rc',
      [
        [1, 'a'],
        [3, 'b\nc'],
      ],
    ],
    [
      'of many lines are cut between lines',
      `${many(100)}\n${many(30, 'x')}\n${many(80, 'y')}`,
      [
        [1, many(100)],
        [2, `${many(30, 'x')}\n${many(80, 'y')}`],
      ],
    ],
    [
      'of a long line are cut between sentences',
      `${many(70)}. ${many(70, 'x')}.`,
      [
        [1, `${many(70)}.`],
        [1, `${many(70, 'x')}.`],
      ],
    ],
    [
      'of an endless sentence are cut anywhere',
      many(250),
      [
        [1, many(120)],
        [1, many(120)],
        [1, many(10)],
      ],
    ],
  ])('%s', (_, text, passages) => {
    expect(passagesOf(text)).toEqual(passages.map(([line, each, heading]) => ({ line, text: each, heading })))
  })

  it('of a heading that never ends are found in one pass', () => {
    const text = `# ${'= '.repeat(200_000)}x`
    expect(passagesOf(text)[0]).toMatchObject({ line: 1, heading: text.slice(2) })
  })

  it('are lines where that is asked for', () => {
    expect(passagesOf('a\nb\n\nc', { lines: true }).map(({ line, text }) => [line, text])).toEqual([
      [1, 'a'],
      [2, 'b'],
      [4, 'c'],
    ])
  })
})

const animals = '# Animals\n\nA spider sat on the wall.\n\nWolves hunt in packs.\n'
const money = 'The bank failed and the savings were lost.\n'

describe('an index', () => {
  it('follows its files: added, changed, touched, removed', async () => {
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
    const { words, passages } = JSON.parse(readFileSync(join(path, 'index.json'), 'utf8'))
    expect([passages, words.spider, words.bank, words.honey]).toEqual([5, 1, undefined, 1])
  })

  it('finds a passage by what it means, and tells which words matched', async () => {
    const folder = folderOf({ 'a.md': animals, 'b.txt': money })
    const index = await openTextIndex(join(folder, 'index'), options)
    await index.update([folder])
    const { hits, unknown } = await index.search('insects on walls xyzzyq', { limit: 2 })
    expect(unknown).toEqual(['xyzzyq'])
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
      ['on', 'on', 'on'],
    ])
    const filter = { must: { key: 'file', match: { value: join(folder, 'b.txt') } } }
    expect((await index.search('insects', { filter })).hits.map(hit => hit.text)).toEqual([money.trim()])
    expect(await index.search('xyzzyq')).toEqual({ hits: [], unknown: ['xyzzyq'] })
    await index.close()
  })

  it('leaves alone what nobody wrote to be read', async () => {
    const folder = folderOf({
      'a.txt': 'bread',
      'b.exe': 'cheese',
      '.hidden/c.txt': 'wine',
      'node_modules/d.md': 'beer',
      'e.txt': 'zero\0byte',
      'f.jsonl': '{"id":"MED-1","text":"apple","year":1999}\n\n{"_id":7,"text":"pear"}\n',
      'g.jsonl': '{"vector":[[1]]}\n',
      'h.txt': 'xyzzyq',
    })
    symlinkSync(join(folder, 'gone'), join(folder, 'i.txt'))
    const index = await openTextIndex(join(folder, '.maxsimd'), options)
    const { skipped, unknown } = await index.update([folder])
    expect(skipped).toEqual([
      `${folder}/e.txt is no text`,
      `${folder}/g.jsonl, line 1: expected a "text"; files of vectors go into a store: maxsimd index --vectors ${folder}/g.jsonl`,
    ])
    expect(unknown).toBe(1)
    const found: unknown[] = []
    for await (const { payload } of index.store.scroll()) found.push({ ...payload, file: undefined })
    expect(found).toEqual([
      { line: 1, text: 'bread' },
      { line: 1, text: 'apple', id: 'MED-1', year: 1999 },
      { line: 3, text: 'pear', id: 7 },
    ])
    // a file that is named is read whatever it is called
    await index.update([join(folder, 'b.exe')])
    expect(await index.store.count()).toBe(4)
    await index.close()
  })

  it('reads what other programs write: UTF-16, Windows and its line ends, a few broken bytes', async () => {
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
    expect([skipped, unknown]).toEqual([[`${folder}/f.txt is no text`], 1])
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

  it('takes each file once, however many links lead to it, and a circle of links has an end', async () => {
    const folder = folderOf({ 'notes/z/a.md': animals, 'elsewhere/b.txt': money })
    const notes = join(folder, 'notes')
    symlinkSync('.', join(notes, 'again'))
    symlinkSync('z', join(notes, 'alias'))
    symlinkSync('z/a.md', join(notes, 'a.md'))
    symlinkSync('../elsewhere', join(notes, 'other'))
    symlinkSync('itself', join(notes, 'itself'))
    const index = await openTextIndex(join(folder, 'index'), options)
    expect(await index.update([notes, folder])).toMatchObject({ added: 2, skipped: [] })
    expect(Object.keys(index.catalog.files)).toEqual([`${notes}/z/a.md`, `${folder}/elsewhere/b.txt`])
    await index.close()
  })

  it('keeps what was named while it is there', async () => {
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

  // the one who may read everything finds nothing closed
  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')(
    'leaves out what may not be read, and keeps what it had of it',
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

  it('is completed by the next run where one was stopped', async () => {
    const folder = folderOf({ 'notes/a.md': animals, 'notes/b.txt': money })
    const path = join(folder, 'index')
    const index = await openTextIndex(path, options)
    await index.update([join(folder, 'notes')])
    await index.close()
    // points that no catalog knows, and points of a file that are gone
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

  it('stops where the signal says so, and goes on from there', async () => {
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

  it('refuses another encoder, another cut, and what is no index', async () => {
    const folder = folderOf({ 'a.txt': 'bread' })
    const path = join(folder, 'index')
    await expect(openTextIndex(path, { ...options, readOnly: true })).rejects.toThrow(
      new RangeError(`there is no index at "${path}"; maxsimd index <folder> makes one`),
    )
    await (await openTextIndex(path, options)).close()
    await expect(openTextIndex(path, { ...options, encoderName: 'colbert' })).rejects.toThrow(
      new RangeError(
        `the index at "${path}" was made with the encoder static, this is colbert; use that one, or another path`,
      ),
    )
    await expect(openTextIndex(path, { ...options, lines: true })).rejects.toThrow(
      new RangeError(`the index at "${path}" was made by paragraphs; use another path`),
    )
    await expect(openTextIndex(path, { ...options, datatype: 'i8' })).rejects.toThrow(
      new RangeError(`the index at "${path}" stores float16, not i8; use another path`),
    )
    await expect(openTextIndex(folder, options)).rejects.toThrow(
      `"${folder}" expected a new folder, or one with an index of texts, but it has other files (a.txt); choose another`,
    )
    await expect(openTextIndex(join(path, 'store'), options)).rejects.toThrow(
      'it has other files (000001.0.rows)',
    )
    writeFileSync(join(path, 'index.json'), '{"pages":[]}')
    await expect(openTextIndex(path, options)).rejects.toThrow(
      `${path}/index.json is none of maxsimd's; choose another folder`,
    )
    writeFileSync(join(path, 'index.json'), '{')
    await expect(openTextIndex(path, options)).rejects.toThrow(`${path}/index.json is damaged`)
    writeFileSync(join(path, 'index.json'), '{"version":2}')
    await expect(openTextIndex(path, options)).rejects.toThrow(
      new RangeError(`${path} has an index of version 2, this program reads version 1`),
    )
  })
})

describe('candidates', () => {
  it('are lines, or JSON with a text', () => {
    expect(parseCandidates('a\n\n{"id":7,"text":"b"}\r\n{broken\n{"x":1}')).toEqual([
      { source: 'a', text: 'a' },
      { source: '{"id":7,"text":"b"}', text: 'b', id: 7 },
      { source: '{broken', text: '{broken' },
      { source: '{"x":1}', text: '{"x":1}' },
    ])
  })

  it('are ranked by how well they answer; those without a known word last', async () => {
    const scorer = await createScorer()
    const candidates = parseCandidates('xyzzyq\nthe bank and the money\na spider and a fly\n')
    const ranked = await rerankTexts(scorer, 'fear of insects', candidates, options)
    expect(ranked.map(({ index }) => index)).toEqual([2, 1, 0])
    expect(ranked[0]!.matches[0]).toMatchObject({ query: 'insects', document: 'spider', start: 2, end: 8 })
    expect((await rerankTexts(scorer, 'xyzzyq', candidates, options)).map(({ index }) => index)).toEqual([
      0, 1, 2,
    ])
    scorer.dispose()
  })
})

it('the samples answer a question without a word of it', async () => {
  const sample = await createSampleSearch(encoder, true)
  const { hits } = await sample.search('hospital medicine and sickness', { limit: 1 })
  expect(hits[0]!.text).toBe(SAMPLES[0])
  await sample.store.close()
})
