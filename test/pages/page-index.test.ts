// The index of pages in a folder: PDF files and images are found by what they show; changes, problems and interruptions.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { isPageIndex, openPageIndex, type PageEncoder } from '../../src/pages/index.js'
import { findPageFiles } from '../../src/pages/page-index/find-page-files.js'
import { loadPdfium } from '../../src/pages/pdf/pdfium.js'
import { itChangingFolder } from '../support/changing-folder.js'
import { makePdf } from '../support/make-pdf.js'
import { createPlaceEncoder, imageFile } from './page-encoder.js'

let root: string
let papers: string
let path: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'maxsimd-page-index-'))
  papers = join(root, 'papers')
  path = join(root, 'index')
  mkdirSync(join(papers, 'more'), { recursive: true })
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const open = (encoder = createPlaceEncoder(), options = {}) =>
  openPageIndex(path, { encoder, encoderName: 'places', resolution: 30, ...options })

it('pages of PDF files and images are found by what they show, with their text and matches', async () => {
  writeFileSync(join(papers, 'a.pdf'), makePdf([['Invoice of May'], [], ['Last page']]))
  writeFileSync(join(papers, 'more/square.png'), imageFile(3, 2))
  writeFileSync(join(papers, 'notes.txt'), 'no page')
  expect(await isPageIndex(path)).toBe(false)
  const index = await open()
  const shares: number[] = []
  const report = await index.update([papers], { onProgress: ({ share }) => shares.push(share) })
  expect(report).toEqual({
    ...{ added: 2, changed: 0, unchanged: 0, removed: 0, encoded: 3, resumed: 0 },
    problems: [`${papers}/a.pdf, page 2, has no content`],
  })
  expect(shares).toEqual([1 / 6, 2 / 6, 3 / 6, 1])
  // on the disk when the call ends
  const written = JSON.parse(readFileSync(join(path, 'pages.json'), 'utf8'))
  expect(Object.keys(written.files)).toEqual([`${papers}/a.pdf`, `${papers}/more/square.png`])
  const [hit] = await index.search('3,2', { limit: 1 })
  expect(hit).toMatchObject({ file: `${papers}/more/square.png`, page: 1, score: 1, text: '' })
  expect(hit!.matches[0]).toMatchObject({
    row: 11,
    queryToken: { text: '3,2' },
    patch: { line: 2, column: 3, rectangle: { x: 12, y: 8, width: 4, height: 4 } },
  })
  // the text of a PDF page is at the top left
  const [first, second] = await index.search('0,0')
  expect([first!.file, first!.page, first!.text].join()).toMatch(/a\.pdf,[13],(Invoice of May|Last page)$/)
  expect(second!.file).toBe(`${papers}/a.pdf`)
  const filter = { must: [{ key: 'page', match: { value: 3 } }] }
  expect((await index.search('0,0', { filter })).map(({ text }) => text)).toEqual(['Last page'])
  await index.close()
  expect(await isPageIndex(path)).toBe(true)
})

it('a broken page of a good PDF file is named with its file and number, and the others are indexed', async () => {
  const file = new TextDecoder('latin1').decode(makePdf([['first'], ['second'], ['third']]))
  // the second page of the list does not exist
  const broken = file.replace('[4 0 R 6 0 R 8 0 R]', '[4 0 R 0 0 R 8 0 R]')
  expect(broken).not.toBe(file)
  writeFileSync(join(papers, 'a.pdf'), broken)
  const index = await open()
  const report = await index.update([papers])
  expect(report).toMatchObject({ added: 1, encoded: 2 })
  expect(report.problems).toEqual([`${papers}/a.pdf, page 2, cannot be read: it has no size`])
  expect((await index.search('0,0')).map(({ page, text }) => `${page} ${text}`).sort()).toEqual([
    '1 first',
    '3 third',
  ])
  // a later update says so, too
  expect(await index.update([papers])).toMatchObject({ unchanged: 1, problems: report.problems })
  await index.close()
})

it('a page without content, a locked file, a huge page and a file that is no PDF are reported, the others indexed', async () => {
  const text = (pages: readonly (readonly string[])[]) => new TextDecoder('latin1').decode(makePdf(pages))
  const key = `/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <${'28'.repeat(32)}> /U <${'29'.repeat(32)}> >> /ID [<00> <00>]`
  writeFileSync(join(papers, 'empty.pdf'), text([[]]))
  writeFileSync(join(papers, 'good.pdf'), text([['good']]))
  writeFileSync(join(papers, 'huge.pdf'), text([['a']]).replace('612 792', '90000 90000'))
  writeFileSync(join(papers, 'locked.pdf'), text([['a']]).replace('/Root 1 0 R', `/Root 1 0 R ${key}`))
  writeFileSync(join(papers, 'no.pdf'), 'no PDF')
  writeFileSync(join(papers, 'without.pdf'), text([]))
  const index = await open()
  const report = await index.update([papers])
  expect(report).toMatchObject({ added: 6, encoded: 1 })
  expect(report.problems.map(problem => problem.replace(`${papers}/`, ''))).toEqual([
    'empty.pdf, page 1, has no content',
    expect.stringMatching(/^huge\.pdf, page 1, /),
    'locked.pdf is encrypted; pass its "password", or save it without one',
    expect.stringMatching(/^no\.pdf cannot be read as PDF \(.+\); repair it/),
    'without.pdf has no pages',
  ])
  await index.close()
})

it('the catalog replaces a link at the name of its new file, and does not follow it', async () => {
  writeFileSync(join(root, 'other.txt'), 'of somebody else')
  mkdirSync(path)
  symlinkSync(join(root, 'other.txt'), join(path, 'pages.json.new'))
  await (await open()).close()
  expect(await isPageIndex(path)).toBe(true)
  expect(readFileSync(join(root, 'other.txt'), 'utf8')).toBe('of somebody else')
})

it('a heat map has the picture of the page and the patches that match', async () => {
  writeFileSync(join(papers, 'a.pdf'), makePdf([['Invoice of May']]))
  writeFileSync(join(papers, 'square.png'), imageFile(3, 2))
  const index = await open()
  await index.update([papers])
  const [page] = await index.search('0,0', { limit: 1 })
  const svg = await index.heatMap(page!)
  expect(svg).toContain(`<title>${papers}/a.pdf, page 1: 0,0</title>`)
  expect(svg).toContain('<image width="255" height="330" href="data:image/png;base64,iVBORw0KGgo')
  expect(svg).toContain('<rect x="0" y="0" width="63.75" height="82.5" fill-opacity="0.6"/>')
  const [image] = await index.search('3,2', { limit: 1 })
  const file = readFileSync(join(papers, 'square.png')).toString('base64')
  expect(await index.heatMap(image!)).toContain(`href="data:image/png;base64,${file}"`)
  // a file that has changed since, or is gone, is not shown
  writeFileSync(join(papers, 'square.png'), imageFile(0, 0))
  expect(await index.heatMap(image!)).toContain('fill="white"')
  for (const [hit, name] of [
    [image, 'square.png'],
    [page, 'a.pdf'],
  ] as const) {
    rmSync(join(papers, name))
    const withoutPicture = await index.heatMap(hit!)
    expect(withoutPicture).toContain('fill="white"')
    expect(withoutPicture).toContain('fill-opacity="0.6"')
  }
  await index.update([papers])
  await expect(index.heatMap(image!)).rejects.toThrow(
    `${papers}/square.png, page 1, is no longer in the index; search again`,
  )
  await index.close()
})

it('an update reads what has changed only, and removes what is gone', async () => {
  writeFileSync(join(papers, 'a.png'), imageFile(0, 0))
  writeFileSync(join(papers, 'b.png'), imageFile(1, 1))
  writeFileSync(join(papers, 'broken.png'), 'no image')
  const index = await open()
  const problems = [`${papers}/broken.png is not an image that can be decoded`]
  expect(await index.update([papers])).toMatchObject({ added: 3, encoded: 2, problems })
  expect(await index.update([papers])).toMatchObject({ added: 0, unchanged: 3, encoded: 0, problems })
  writeFileSync(join(papers, 'a.png'), imageFile(2, 2))
  rmSync(join(papers, 'b.png'))
  expect(await index.update([papers])).toMatchObject({
    changed: 1,
    unchanged: 1,
    removed: 1,
    encoded: 1,
    problems,
  })
  expect((await index.search('2,2')).map(({ file }) => file)).toEqual([`${papers}/a.png`])
  expect(await index.store.count()).toBe(1)
  // files of other paths stay
  writeFileSync(join(root, 'c.png'), imageFile(3, 3))
  expect(await index.update([join(root, 'c.png')])).toMatchObject({ added: 1, removed: 0 })
  expect(await index.store.count()).toBe(2)
  await index.close()
})

itChangingFolder(
  'a file has one name however its folder is written, and what is gone below the current folder is noticed',
  async () => {
    for (const name of ['papers/a.png', 'papers/more/b.png', 'c.png'])
      writeFileSync(join(root, name), imageFile(0, 0))
    const index = await open()
    const filesOf = async () => (await index.search('0,0')).map(({ file }) => file).sort()
    const before = process.cwd()
    process.chdir(papers)
    try {
      expect(await index.update(['.', './more/', '../c.png'])).toMatchObject({ added: 3, unchanged: 0 })
      expect(await filesOf()).toEqual(['../c.png', 'a.png', 'more/b.png'])
      expect(await index.update(['more', './/a.png'])).toMatchObject({ added: 0, unchanged: 2, removed: 0 })
      rmSync('more/b.png')
      expect(await index.update(['.'])).toMatchObject({ unchanged: 1, removed: 1 })
      expect(await filesOf()).toEqual(['../c.png', 'a.png'])
      // a file beyond the parent folder is not below it
      process.chdir('more')
      expect(await index.update(['../../c.png'])).toMatchObject({ added: 1, removed: 0 })
      process.chdir(papers)
      expect(await index.update(['..'])).toMatchObject({ added: 1, unchanged: 1, removed: 0 })
    } finally {
      process.chdir(before)
      await index.close()
    }
  },
)

it('files of pages are found by their endings, in order, without hidden files and links', async () => {
  for (const name of ['b.JPEG', 'a.PDF', 'c.webp', 'd.tif', 'e.txt', '.f.png', 'more/g.avif', 'more/h.gif'])
    writeFileSync(join(papers, name), 'x')
  for (const folder of ['.git', 'node_modules']) {
    mkdirSync(join(papers, folder))
    writeFileSync(join(papers, folder, 'x.png'), 'x')
  }
  symlinkSync('a.PDF', join(papers, 'link.pdf'))
  symlinkSync('..', join(papers, 'parent'))
  const names = ['a.PDF', 'b.JPEG', 'c.webp', 'd.tif', 'more/g.avif', 'more/h.gif']
  const found = await findPageFiles([papers, `${papers}/`, join(papers, 'more')])
  expect(found.map(({ path }) => path)).toEqual(names.map(name => `${papers}/${name}`))
  expect(found.map(({ kind }) => kind)).toEqual(['pdf', ...Array(5).fill('image')])
  expect((await findPageFiles([join(papers, 'link.pdf')])).map(({ kind }) => kind)).toEqual(['pdf'])
  await expect(findPageFiles([papers], AbortSignal.abort(new Error('stop')))).rejects.toThrow('stop')
})

it('an index has a resolution of 150, float16 rows and ten hits by default, and passes signals on', async () => {
  for (let i = 0; i < 12; i++) writeFileSync(join(papers, `${i}.png`), imageFile(i % 4, 1))
  const { signal } = new AbortController()
  const signals: unknown[] = []
  const { images, query, ...rest } = createPlaceEncoder()
  const encoder: PageEncoder = {
    ...rest,
    images: (all, options) => {
      signals.push(options?.signal)
      return images(all)
    },
    query: (text, options) => {
      signals.push(options?.signal)
      return query(text)
    },
  }
  const index = await openPageIndex(path, { encoder, encoderName: 'places' })
  expect(index.catalog.resolution).toBe(150)
  expect(index.store.config.vectors.page).toMatchObject({ distance: 'Dot', datatype: 'float16' })
  await index.update([papers], { signal })
  expect(await index.search('1,1', { signal })).toHaveLength(10)
  expect(signals).toEqual(Array(13).fill(signal))
  expect(await index.search('1,1', { limit: 12 })).toHaveLength(12)
  const stopped = AbortSignal.abort(new Error('stop'))
  await expect(index.search('1,1', { signal: stopped })).rejects.toThrow('stop')
  // a file that was touched is not encoded again
  utimesSync(join(papers, '0.png'), 1e9, 1e9)
  expect(await index.update([papers])).toMatchObject({ unchanged: 12, changed: 0, encoded: 0 })
  // a reader beside the writer
  const reader = await open(undefined, { resolution: undefined, readOnly: true })
  expect(await reader.search('1,1')).toHaveLength(10)
  await reader.close()
  await index.close()
})

it('a heat map has the words of the question only, and the type of its picture', async () => {
  for (const name of ['a.jpg', 'b.jpeg', 'c.webp', 'd.gif'])
    writeFileSync(join(papers, name), imageFile(3, 3))
  const { query, ...rest } = createPlaceEncoder()
  const encoder: PageEncoder = {
    ...rest,
    // a special token that matches the dark patch, and two words that do not
    query: async text => {
      const [special, word] = [await query('3,3'), await query(text)] as { data: Float32Array; dim: number }[]
      const tokens = [{ text: '[CLS]', special: true }, { text }, { text: 'again' }]
      const data = Float32Array.from([special!, word!, word!].flatMap(rows => [...rows.data]))
      return { data, dim: word!.dim, tokens }
    },
  }
  const index = await open(encoder)
  await index.update([papers])
  const svgs = new Map<string, string>()
  for (const hit of await index.search('0,0'))
    svgs.set(hit.file.replace(/.*\./, ''), await index.heatMap(hit))
  expect([...svgs.keys()].sort()).toEqual(['gif', 'jpeg', 'jpg', 'webp'])
  for (const [ending, type] of [['jpg', 'jpeg'], ['jpeg', 'jpeg'], ['webp', 'webp']]) // biome-ignore format: one line
    expect(svgs.get(ending!)).toContain(`href="data:image/${type};base64,`)
  expect(svgs.get('gif')).toContain('fill="white"')
  for (const svg of svgs.values()) {
    expect(svg).toMatch(/, page 1: 0,0 again<\/title>/)
    expect(svg).not.toContain('fill-opacity')
  }
  await index.close()
})

it('an error of the encoder ends an update, and every PDF file is freed', async () => {
  writeFileSync(join(papers, 'a.pdf'), makePdf([['one'], ['two']]))
  const library = await loadPdfium()
  const document = await library.loadDocument(makePdf([['x']]))
  const destroy = vi.spyOn(Object.getPrototypeOf(document), 'destroy')
  document.destroy()
  const failing = createPlaceEncoder(() => {
    throw new Error('out of memory')
  })
  const index = await open(failing)
  await expect(index.update([papers])).rejects.toThrow('out of memory')
  await index.close()
  const again = await open()
  expect(await again.update([papers])).toMatchObject({ encoded: 2 })
  expect(again.catalog.files[`${papers}/a.pdf`]).toMatchObject({ pages: 2, problems: [] })
  const [hit] = await again.search('0,0')
  await again.heatMap(hit!)
  expect(destroy).toHaveBeenCalledTimes(4)
  destroy.mockRestore()
  await again.close()
})

it('updates that are called at once run one after another', async () => {
  for (const name of ['a.png', 'b.png', 'c.png']) writeFileSync(join(papers, name), imageFile(3, 3))
  const index = await open()
  const [first, second] = await Promise.all([index.update([papers]), index.update([papers])])
  expect(first).toMatchObject({ added: 3, unchanged: 0, encoded: 3 })
  expect(second).toMatchObject({ added: 0, unchanged: 3, encoded: 0 })
  expect(await index.store.count()).toBe(3)
  await index.close()
})

it('an interrupted update loses one page at most, and the next one continues', async () => {
  writeFileSync(join(papers, 'long.pdf'), makePdf(Array.from({ length: 5 }, (_, i) => [`page ${i + 1}`])))
  const controller = new AbortController()
  let encoded = 0
  const interrupting = createPlaceEncoder(() => {
    if (++encoded === 3) controller.abort(new Error('stop'))
  })
  const index = await open(interrupting)
  await expect(index.update([papers], { signal: controller.signal })).rejects.toThrow('stop')
  const stored = await index.store.count()
  expect(stored).toBeGreaterThanOrEqual(2)
  await index.close()
  const again = await open()
  expect(await again.update([papers])).toMatchObject({
    added: 1,
    encoded: 5 - stored,
    resumed: stored,
    problems: [],
  })
  expect(await again.store.count()).toBe(5)
  // the same content changed in between: pages of the old one are removed
  await again.close()
})
