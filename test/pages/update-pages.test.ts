// What an update of an index of pages reads, and what it has on the disk after each step.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import system from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openPageIndex, type PageEncoder } from '../../src/pages/index.js'
import { createPlaceEncoder, imageFile } from './page-encoder.js'

let root: string
let papers: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'maxsimd-update-pages-'))
  papers = join(root, 'papers')
  mkdirSync(papers)
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(root, { recursive: true, force: true })
})

const path = () => join(root, 'index')
const open = (encoder: PageEncoder = createPlaceEncoder()) =>
  openPageIndex(path(), { encoder, encoderName: 'places', resolution: 30 })
const write = (name: string, column: number) => writeFileSync(join(papers, name), imageFile(column, 0))
/** The names of the files in the catalog on the disk. */
const written = () =>
  Object.keys(JSON.parse(readFileSync(join(path(), 'pages.json'), 'utf8')).files).map(file =>
    file.slice(papers.length + 1),
  )

it('a file that was touched is read once more, and a file that is the same is not', async () => {
  write('a.png', 1)
  write('b.png', 2)
  const index = await open()
  await index.update([papers])
  utimesSync(join(papers, 'a.png'), 1e9, 1e9)
  const read = vi.spyOn(system, 'readFile')
  const reads = async () => {
    read.mockClear()
    expect(await index.update([papers])).toMatchObject({ unchanged: 2, changed: 0 })
    return read.mock.calls.map(([file]) => file)
  }
  expect(await reads()).toEqual([join(papers, 'a.png')])
  expect(await reads()).toEqual([])
  await index.close()
  const again = await open()
  expect(again.catalog.files[join(papers, 'a.png')]).toMatchObject({ modified: 1e12, pages: 1 })
  await again.close()
})

it('the catalog on the disk has each file when the next one is encoded, and none that is gone', async () => {
  const steps: unknown[] = []
  const index = await open(createPlaceEncoder(() => steps.push(written())))
  for (const [i, name] of ['a.png', 'b.png', 'c.png'].entries()) write(name, i)
  await index.update([papers])
  expect([...steps, written()]).toEqual([[], ['a.png'], ['a.png', 'b.png'], ['a.png', 'b.png', 'c.png']])
  rmSync(join(papers, 'b.png'))
  await index.update([papers])
  expect([written(), await index.store.count()]).toEqual([['a.png', 'c.png'], 2])
  await index.close()
})

it('a changed file that lacks a package has no page until the package is there', async () => {
  let isMissing = false
  const missing = () => {
    if (isMissing) throw Object.assign(new Error('install it'), { code: 'ERR_MISSING_PACKAGE' })
  }
  const index = await open(createPlaceEncoder(missing))
  write('a.png', 1)
  await index.update([papers])
  write('a.png', 2)
  isMissing = true
  const problems = [`${papers}/a.png: install it`]
  for (const report of [{ changed: 1 }, { added: 1 }])
    expect(await index.update([papers])).toMatchObject({ ...report, encoded: 0, unchanged: 0, problems })
  expect([written(), await index.store.count()]).toEqual([[], 0])
  isMissing = false
  expect(await index.update([papers])).toMatchObject({ added: 1, encoded: 1, problems: [] })
  await index.close()
})

it('an update that is aborted ends with the reason, not with the problem of the page that it was at', async () => {
  const abort = new AbortController()
  const index = await open(
    createPlaceEncoder(() => {
      abort.abort(new Error('stop'))
      throw Object.assign(new Error('not an image'), { code: 'ERR_IMAGE' })
    }),
  )
  write('a.png', 1)
  await expect(index.update([papers], { signal: abort.signal })).rejects.toThrow('stop')
  expect(written()).toEqual([])
  await index.close()
})
