// What an index of pages refuses: wrong options, other settings than its own, folders of other programs.

import { existsSync, lstatSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { isPageIndex, openPageIndex } from '../../src/pages/index.js'
import { createStore, openStore } from '../../src/store/index.js'
import { createPlaceEncoder, imageFile } from './page-encoder.js'

let root: string
let papers: string
let path: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'maxsimd-page-index-'))
  papers = join(root, 'papers')
  path = join(root, 'index')
  mkdirSync(papers)
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

const open = (encoder = createPlaceEncoder(), options = {}) =>
  openPageIndex(path, { encoder, encoderName: 'places', resolution: 30, ...options })

it('unknown options are refused, and values out of range; nothing is created', async () => {
  await expect(open(undefined, { dpi: 3 })).rejects.toThrow(
    'unknown option "options.dpi"; valid options of openPageIndex: encoder, encoderName, resolution, datatype, memory, readOnly',
  )
  for (const resolution of [0, 2401]) {
    await expect(open(undefined, { resolution })).rejects.toThrow(
      `"resolution" expected a whole number from 1 to 2400, got ${resolution}`,
    )
  }
  await expect(open(undefined, { datatype: 'uint8' })).rejects.toThrow(
    '"datatype" expected one of float32, float16, i8, got "uint8"',
  )
  expect(existsSync(path)).toBe(false)
  const index = await open(undefined, { resolution: 2400 })
  await expect(index.update([papers], { paths: [] } as object)).rejects.toThrow(
    'unknown option "options.paths"; valid options of update: signal, onProgress',
  )
  await expect(index.search('0,0', { top: 3 } as object)).rejects.toThrow(
    'unknown option "options.top"; valid options of search: limit, filter, signal',
  )
  await index.close()
})

it('an index whose catalog could not be written is created by the next call', async () => {
  mkdirSync(join(path, 'pages.json.new'), { recursive: true })
  await expect(open()).rejects.toThrow('pages.json.new')
  rmSync(join(path, 'pages.json.new'), { recursive: true })
  writeFileSync(join(papers, 'a.png'), imageFile(1, 1))
  const index = await open()
  expect(await index.update([papers])).toMatchObject({ added: 1 })
  await index.close()
})

it('a folder with a store of pages and no catalog is refused, and the store stays', async () => {
  writeFileSync(join(papers, 'a.png'), imageFile(1, 1))
  const index = await open()
  await index.update([papers])
  await index.close()
  rmSync(join(path, 'pages.json'))
  for (let time = 0; time < 2; time++) {
    await expect(open()).rejects.toThrow(
      `"${path}" has no page index, but a store with 1 point; choose another folder`,
    )
  }
  expect(existsSync(join(path, 'pages.json'))).toBe(false)
  const store = await openStore(join(path, 'store'))
  expect(await store.count()).toBe(1)
  await store.close()
})

it('an index whose catalog cannot be opened is refused, and its catalog stays', async () => {
  await (await open()).close()
  const catalog = join(path, 'pages.json')
  rmSync(catalog)
  symlinkSync('pages.json', catalog)
  await expect(open()).rejects.toMatchObject({ code: 'ELOOP' })
  await expect(isPageIndex(path)).rejects.toMatchObject({ code: 'ELOOP' })
  expect(lstatSync(catalog).isSymbolicLink()).toBe(true)
})

it('a file is not an index of pages', async () => {
  writeFileSync(join(papers, 'notes.txt'), 'no page')
  expect(await isPageIndex(join(papers, 'notes.txt'))).toBe(false)
})

it('the memory of an index is limited as that of its store, when it is made and when it is opened again', async () => {
  for (let time = 0; time < 2; time++) {
    const index = await open(undefined, { memory: '20 MB' })
    expect((await index.store.info()).memory.budget).toBe(20e6)
    await index.close()
    await expect(open(undefined, { memory: 'much' })).rejects.toThrow('"memory"')
  }
})

it('a store without pages in the place of that of an index is refused, and closed', async () => {
  await (await open()).close()
  rmSync(join(path, 'store'), { recursive: true })
  const vectors = { text: { size: 2, distance: 'Dot' } } as const
  await (await createStore({ path: join(path, 'store'), vectors })).close()
  await expect(open()).rejects.toThrow('"page"')
  // a store that is still open could not be opened again
  await (await openStore(join(path, 'store'))).close()
})

it('an index is refused with another encoder, another resolution, or in a folder of another program', async () => {
  const index = await open()
  await index.close()
  await expect(open(undefined, { encoderName: 'other' })).rejects.toThrow(
    `"${path}" was made with the encoder "places", got "other"; use that encoder, or another folder`,
  )
  for (const resolution of [29, 31]) {
    await expect(open(undefined, { resolution })).rejects.toThrow(
      `"${path}" was made with the resolution 30, got ${resolution}; omit "resolution", or use another folder`,
    )
  }
  const same = await open(undefined, { resolution: undefined })
  expect(same.catalog.resolution).toBe(30)
  await same.close()
  const places = createPlaceEncoder()
  await expect(open({ ...places, dim: 7 })).rejects.toThrow(
    `"encoder" expected an encoder of dim ${places.dim}, as the index at "${path}" has, got dim 7; use the encoder that made the index, or another folder`,
  )
  await expect(open(places, { datatype: 'i8' })).rejects.toThrow(
    `"datatype" expected float16, as the index at "${path}" was created, got i8; omit it, or use another folder`,
  )
  // both closed the store again
  await (await open(places, { datatype: 'float16' })).close()
  await expect(
    openPageIndex(join(root, 'none'), { encoder: createPlaceEncoder(), encoderName: 'x', readOnly: true }),
  ).rejects.toThrow(`"${join(root, 'none')}" has no page index; create one with openPageIndex() and update()`)
  expect(existsSync(join(root, 'none'))).toBe(false)
  await expect(open({} as never)).rejects.toThrow(
    '"encoder" expected an encoder with images() and query(), got object',
  )
  writeFileSync(join(path, 'pages.json'), '{')
  await expect(isPageIndex(path)).rejects.toThrow(
    `"${path}/pages.json" is not valid JSON; remove the folder "${path}" and index again`,
  )
  const whole = { version: 1, encoder: 'x', resolution: 150, files: {} }
  for (const change of [{ version: 2 }, { encoder: 1 }, { resolution: null }, { files: null }]) {
    writeFileSync(join(path, 'pages.json'), JSON.stringify({ ...whole, ...change }))
    await expect(open()).rejects.toThrow(
      `"${path}/pages.json" is not a page index of this version of maxsimd; choose another folder`,
    )
  }
})
