// Repairs of an index whose points are not those of its catalog, and what the encoding of rows leaves on the disk.

import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { createStaticEncoder } from '../../src/encode/index.js'
import { openStore } from '../../src/store/index.js'
import { openTextIndex, readCatalog, type TextIndex } from '../../src/text-index/index.js'
import { encodeMissingRows } from '../../src/text-index/rows/encode-rows.js'
import { updateIndex } from '../../src/text-index/update.js'

const root = mkdtempSync(join(tmpdir(), 'maxsimd-repair-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))
afterEach(() => {
  vi.restoreAllMocks()
})

const encoder = createStaticEncoder(readFileSync('data/words.bin'))

let folders = 0
/** A folder with these files, which were not changed lately. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = join(root, String(folders++))
  mkdirSync(folder)
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text)
    utimesSync(join(folder, name), 1e9, 1e9)
  }
  return folder
}

async function withIndex<T>(
  folder: string,
  run: (index: TextIndex) => Promise<T>,
  weighted = true,
): Promise<T> {
  const index = await openTextIndex(`${folder}-index`, { encoder, encoderName: 'a', weighted })
  try {
    return await run(index)
  } finally {
    await index.close()
  }
}

/** An index of these files, whose store has lost some points. */
async function withoutPoints(
  files: Readonly<Record<string, string>>,
  lost: readonly number[],
  weighted = true,
) {
  const folder = folderOf(files)
  await withIndex(folder, index => index.update([folder]), weighted)
  const store = await openStore(`${folder}-index/store`)
  await store.delete([...lost])
  await store.close()
  return folder
}

describe('a repair', () => {
  it('forgets the words of lost points', async () => {
    const folder = await withoutPoints({ 'a.txt': 'bread', 'b.txt': 'bread and wine' }, [1])
    await withIndex(folder, async index => {
      expect(await index.update([folder])).toMatchObject({ changed: 1, unchanged: 1 })
      const { hits } = await index.search('bread', { only: 'words', limit: 1 })
      expect(hits.map(({ text }) => text)).toEqual(['bread'])
    })
  })

  it('does not delete the points of a file that has lost all of them', async () => {
    const folder = await withoutPoints({ 'a.txt': 'bread\n\nwine', 'b.txt': 'cheese\n\nbeer' }, [1, 2, 3])
    await withIndex(folder, async ({ path, store, catalog }) => {
      const deleted: unknown[] = []
      const watched = {
        ...store,
        delete: (...call: Parameters<typeof store.delete>) => {
          deleted.push(call[0])
          return store.delete(...call)
        },
      }
      const parts = { path, store: watched, catalog, encoder, weighted: true }
      await updateIndex(parts, [folder], {}, () => undefined)
      expect(deleted).toEqual([[3, 4]])
      expect([await store.count(), catalog.passages]).toEqual([4, 4])
    })
  })

  it('finds the file of a point beside a file without points', async () => {
    const folder = folderOf({ 'a.txt': 'bread', 'b.txt': '' })
    await withIndex(folder, index => index.update([folder]))
    const file = `${folder}-index/index.json`
    const catalog = JSON.parse(readFileSync(file, 'utf8'))
    // the empty file is the later one of two with the same first id
    catalog.files[join(folder, 'b.txt')].first = 1
    writeFileSync(file, JSON.stringify({ ...catalog, clean: false }))
    await withIndex(folder, async index => {
      expect(await index.update([folder])).toMatchObject({ changed: 0, unchanged: 2 })
      expect(await index.store.count()).toBe(1)
      expect(await readCatalog(index.path)).toMatchObject({ clean: true })
    })
  })

  it('counts no words of an index with a model', async () => {
    const folder = await withoutPoints({ 'a.txt': 'bread\n\nwine' }, [1], false)
    await withIndex(
      folder,
      async index => {
        await index.update([folder])
        expect([index.catalog.passages, Object.keys(index.catalog.words)]).toEqual([0, []])
        expect(await index.store.count()).toBe(2)
      },
      false,
    )
  })

  it('ends with the error of the store', async () => {
    const folder = folderOf({ 'a.txt': 'bread', 'b.txt': 'wine' })
    await withIndex(folder, async index => {
      await index.update([folder])
      const { path, store, catalog } = index
      const fail = () => Promise.reject(new Error('the disk is full'))
      const failing = { path, store: { ...store, delete: fail }, catalog, encoder, weighted: true }
      rmSync(join(folder, 'a.txt'))
      await expect(updateIndex(failing, [folder], {}, () => undefined)).rejects.toThrow('the disk is full')
      // a point of no file
      await store.upsert([{ id: 9, vector: {}, payload: {} }])
      await expect(updateIndex(failing, [folder], {}, () => undefined)).rejects.toThrow('the disk is full')
    })
  })
})

describe('the encoding of rows', () => {
  const passages = (count: number) => Array.from({ length: count }, (_, i) => `bread ${i}`).join('\n\n')

  it('writes its mark every ten seconds, because a call that is killed repeats what follows', async () => {
    const folder = folderOf({ 'a.txt': passages(150) })
    await withIndex(
      folder,
      async index => {
        await index.update([folder], { lazy: true })
        let time = 0
        // seven seconds for each batch of 32
        const clock = vi.spyOn(performance, 'now').mockImplementation(() => time)
        const marks: unknown[] = []
        const onProgress = () => {
          marks.push(JSON.parse(readFileSync(join(index.path, 'index.json'), 'utf8')).rowsBelow)
          time += 7000
        }
        await index.encodeRows({ onProgress })
        clock.mockRestore()
        expect(marks).toEqual([1, 1, 97, 97, 151])
      },
      false,
    )
  })

  it('follows the ids, in whatever order the catalog has the files', async () => {
    const folder = folderOf({ 'a.txt': passages(32), 'b.txt': passages(32) })
    await withIndex(
      folder,
      async ({ path, store, catalog, update }) => {
        await update([folder], { lazy: true })
        const [a, b] = Object.entries(catalog.files)
        const turned = { ...catalog, files: Object.fromEntries([b!, a!]) }
        const marks: unknown[] = []
        const onProgress = () => marks.push(turned.rowsBelow)
        const parts = { path, store, catalog: turned, encoder, using: 'text' }
        expect(await encodeMissingRows(parts, { onProgress })).toEqual({ encoded: 64, cut: 0 })
        expect(marks).toEqual([33, 65])
      },
      false,
    )
  })

  it('calls neither the encoder nor the store for passages that have rows already', async () => {
    const folder = folderOf({ 'a.txt': passages(40) })
    await withIndex(
      folder,
      async index => {
        await index.update([folder])
        const { path, store, catalog } = index
        // as after a call that was killed
        const earlier = { ...catalog, rowsBelow: 1 }
        const fail = () => Promise.reject(new Error('called'))
        const parts = {
          ...{ path, catalog: earlier, using: 'text' },
          store: { ...store, updateVectors: fail },
          encoder: { ...encoder, documents: fail },
        }
        expect(await encodeMissingRows(parts, {})).toEqual({ encoded: 0, cut: 0 })
        expect(earlier.rowsBelow).toBe(41)
      },
      false,
    )
  })

  it('reads no passage when its signal is aborted, and passes it to the store', async () => {
    const folder = folderOf({ 'a.txt': passages(70) })
    await withIndex(
      folder,
      async index => {
        await index.update([folder], { lazy: true })
        const { path, store, catalog } = index
        const signals: unknown[] = []
        const retrieve = (...call: Parameters<typeof store.retrieve>) => {
          signals.push(call[1]?.signal)
          return store.retrieve(...call)
        }
        const parts = { path, store: { ...store, retrieve }, catalog, encoder, using: 'text' }
        const abort = new AbortController()
        const { signal } = abort
        const stopped = encodeMissingRows(parts, {
          signal,
          onProgress: () => abort.abort(new Error('enough')),
        })
        await expect(stopped).rejects.toThrow('enough')
        expect(signals).toEqual([signal])
      },
      false,
    )
  })
})
