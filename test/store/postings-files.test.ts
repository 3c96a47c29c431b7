// Files of postings: they are written when a store is closed, used when it is opened, and ignored if they do not fit.

import { expect, it } from 'vitest'
import type { SparseVector } from '../../src/collection/collection.js'
import { checksumOf } from '../../src/core/packed-documents.js'
import type { Store } from '../../src/store/index.js'
import { openStoreIn } from '../../src/store/open-folder.js'
import { random } from '../support/random.js'
import { createMemoryFolder, createSmallSegments, type Files } from './memory-folder.js'

const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
const sparse_vectors = { words: { modifier: 'idf' } } as const

const wordsOf = (id: number): SparseVector => {
  const next = random(id + 1)
  const indices = [...new Set(Array.from({ length: 8 }, () => Math.floor(50 * next() ** 2)))]
  return { indices, values: indices.map(() => 1 + next()) }
}
const pointsFrom = (first: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: first + i, vector: { words: wordsOf(first + i) } }))

const query = { indices: [0, 3, 7, 12], values: [1, 2, 1, 3] }
const find = (store: Store) => store.query(query, { using: 'words', limit: 500 })

/** The files of a store of several segments, closed after a sparse query; and what the query found. */
async function written() {
  const folder = createMemoryFolder()
  const store = await createSmallSegments(folder, vectors, 4_000, sparse_vectors)
  for (let first = 0; first < 300; first += 50) await store.upsert(pointsFrom(first, 50))
  await store.delete([4, 77])
  const hits = await find(store)
  await store.close()
  return { files: folder.files, hits }
}

const postingsOf = (files: Files) => [...files.keys()].filter(name => name.endsWith('.postings')).sort()

/** Opens a store, queries it, and returns the hits and the bytes that the query read from the rows. */
async function reopened(files: Files, change?: (store: Store) => Promise<unknown>) {
  const store = await openStoreIn(createMemoryFolder(files), { kernel: 'simd' })
  await change?.(store)
  let bytes = 0
  const onCost = ({ bytesReceived }: { readonly bytesReceived: number }) => {
    bytes = bytesReceived
  }
  const hits = await store.query(query, { using: 'words', limit: 500, onCost })
  await store.close()
  return { hits, bytes }
}

it('are written for each segment when a store is closed, and spare reading the vectors', async () => {
  const { files, hits } = await written()
  expect(hits.length).toBeGreaterThan(100)
  expect(postingsOf(files).length).toBeGreaterThan(2)
  expect(await reopened(files)).toEqual({ hits, bytes: 0 })
})

it('count for the size of a store', async () => {
  const { files } = await written()
  const sizeOf = (names: readonly string[]) => names.reduce((sum, name) => sum + files.get(name)!.length, 0)
  const infoBytes = async () => {
    const store = await openStoreIn(createMemoryFolder(files), { kernel: 'simd', readOnly: true })
    const { bytes } = await store.info()
    await store.close()
    return bytes
  }
  const points = [...files.keys()].filter(name => /\.(?:log|payloads|rows|int8)$/.test(name))
  const names = postingsOf(files)
  expect(sizeOf(names)).toBeGreaterThan(1_000)
  expect(await infoBytes()).toBe(sizeOf([...points, ...names]))
  for (const name of names.slice(1)) files.delete(name)
  expect(await infoBytes()).toBe(sizeOf([...points, names[0]!]))
})

it('are not written without a sparse query, nor without sparse vectors', async () => {
  const folder = createMemoryFolder()
  const store = await createSmallSegments(folder, vectors, 4_000, sparse_vectors)
  await store.upsert(pointsFrom(0, 10))
  await store.close()
  const dense = createMemoryFolder()
  const other = await createSmallSegments(dense, vectors, 4_000)
  await other.upsert([{ id: 1, vector: { colbert: [[1, 2]] } }])
  await other.query([[1, 0]])
  await other.close()
  expect([...postingsOf(folder.files), ...postingsOf(dense.files)]).toEqual([])
})

it('are extended by the points that were written since', async () => {
  const { files } = await written()
  const more = (store: Store) => store.upsert(pointsFrom(290, 30))
  const { hits, bytes } = await reopened(files, more)
  expect(bytes).toBeGreaterThan(0)
  for (const name of postingsOf(files)) files.delete(name)
  expect((await reopened(files)).hits).toEqual(
    hits.map(({ id, score }) => ({ id, score, version: expect.any(Number) })),
  )
})

it('are written again when they lack more than an eighth of the points', async () => {
  const folder = createMemoryFolder()
  const store = await createSmallSegments(folder, vectors, 1_000_000, sparse_vectors)
  await store.upsert(pointsFrom(0, 70))
  await find(store)
  await store.close()
  const [name] = postingsOf(folder.files)
  const saved = folder.files.get(name!)!.slice()
  for (const [more, isWritten] of [
    [10, false],
    [11, true],
  ] as const) {
    const again = createMemoryFolder(new Map(folder.files))
    await reopened(again.files, async each => void (await each.upsert(pointsFrom(70, more))))
    const { files } = again
    expect(Buffer.compare(files.get(name!)!, saved) !== 0, `${more} more`).toBe(isWritten)
  }
})

it('are not used, and not written, for a segment whose log may have lost a deletion', async () => {
  const { files, ...folder } = createMemoryFolder()
  const store = await createSmallSegments(folder, vectors, 1_000_000, sparse_vectors)
  await store.upsert(pointsFrom(0, 40))
  const before = files.get('000001.log')!.length
  const [best] = (await reopened(new Map(files))).hits
  await store.delete([best!.id])
  // the postings lack the deleted point
  await find(store)
  await store.close()
  const log = files.get('000001.log')!.slice()
  log[before + 40] = log[before + 40]! ^ 1
  const damaged = createMemoryFolder(new Map(files).set('000001.log', log))
  const [name] = postingsOf(damaged.files)
  const postings = damaged.files.get(name!)!
  const salvaged = await openStoreIn(damaged, { salvage: true })
  expect((await find(salvaged))[0]!.id).toBe(best!.id)
  await salvaged.close()
  expect(damaged.files.get(name!)).toBe(postings)
})

/** Replaces the bytes of each file; undefined removes it. */
function replaceAll(
  files: Files,
  names: readonly string[],
  change: (bytes: Uint8Array) => Uint8Array | undefined,
): void {
  for (const name of names) {
    const changed = change(files.get(name)!)
    if (changed) files.set(name, Uint8Array.from(changed))
    else files.delete(name)
  }
}

it.each<readonly [string, (files: Files, names: readonly string[]) => unknown]>([
  ['missing', (files, names) => replaceAll(files, names, () => undefined)],
  ['empty', (files, names) => replaceAll(files, names, () => new Uint8Array(0))],
  ['cut', (files, names) => replaceAll(files, names, bytes => bytes.slice(0, -4))],
  ['longer', (files, names) => replaceAll(files, names, bytes => Uint8Array.of(...bytes, 0, 0, 0, 0))],
  ['those of another segment', (files, names) => files.set(names[1]!, files.get(names[0]!)!)],
])('are made again if files are %s', async (_, change) => {
  const { files, hits } = await written()
  change(files, postingsOf(files))
  expect((await reopened(files)).hits).toEqual(hits)
  // and written again
  expect(await reopened(files)).toEqual({ hits, bytes: 0 })
})

it('are ignored with any flipped bit', async () => {
  const { files, hits } = await written()
  const [name] = postingsOf(files)
  const bytes = files.get(name!)!
  const next = random(5)
  for (let trial = 0; trial < 40; trial++) {
    const at = trial < 16 ? 4 * trial : Math.floor(next() * bytes.length)
    const damaged = new Map(files)
    damaged.set(
      name!,
      bytes.map((byte, i) => (i === at ? byte ^ (1 << (trial % 8)) : byte)),
    )
    expect((await reopened(damaged)).hits, `byte ${at}`).toEqual(hits)
  }
})

/** Writes the checksums of a file of postings. */
function seal(bytes: Uint8Array<ArrayBuffer>): Uint8Array {
  const header = new Uint32Array(bytes.buffer, 0, 16)
  header[10] = checksumOf(bytes.subarray(64))
  header[15] = checksumOf(bytes.subarray(0, 60))
  return bytes
}

it.each<readonly [string, readonly number[]]>([
  ['begins beyond the values', [0, 4e9, 3]],
  ['begins before the one before', [0, 3, 2]],
  ['is empty', [0, 3, 3]],
  ['ends beyond the values', [0, 1, 4]],
])('are ignored if a list %s, although all checksums are right', async (_, starts) => {
  const { files, hits } = await written()
  replaceAll(files, postingsOf(files), old => {
    const words = [1, 2, ...starts, 0, 1, 2, ...new Uint32Array(Float32Array.of(1, 1, 1).buffer)]
    const bytes = new Uint8Array(64 + 4 * words.length)
    bytes.set(old.subarray(0, 64))
    new Uint32Array(bytes.buffer, 64).set(words)
    new Uint32Array(bytes.buffer, 0, 16).set([2, 3], 8)
    return seal(bytes)
  })
  expect((await reopened(files)).hits).toEqual(hits)
})

it('are not read if the file is larger than postings can be', async () => {
  const { files, hits } = await written()
  const folder = createMemoryFolder(files)
  for (const size of [2 ** 33, 2 ** 40]) {
    const store = await openStoreIn(
      {
        ...folder,
        async open(name, writable) {
          const file = await folder.open(name, writable)
          return file && name.endsWith('.postings') ? { ...file, size: async () => size } : file
        },
      },
      { kernel: 'simd', readOnly: true },
    )
    expect(await find(store)).toEqual(hits)
    await store.close()
  }
})

it('are ignored beside other vectors, and removed with their segment', async () => {
  const { files } = await written()
  const other = new Map(files)
  const store = await openStoreIn(createMemoryFolder(other), { kernel: 'simd' })
  await store.compact()
  const hits = await find(store)
  await store.close()
  const numbers = (some: readonly string[]) => new Set(some.map(name => name.slice(0, 6)))
  const logs = [...other.keys()].filter(name => name.endsWith('.log'))
  for (const number of numbers(postingsOf(other))) expect(numbers(logs)).toContain(number)
  expect(await reopened(other)).toEqual({ hits, bytes: 0 })
})

it('are ignored if they were made from other vectors of the same segment', async () => {
  const stored = async (shift: number) => {
    const folder = createMemoryFolder()
    const store = await createSmallSegments(folder, vectors, 1_000_000, sparse_vectors)
    await store.upsert(pointsFrom(0, 100).map(({ id }) => ({ id, vector: { words: wordsOf(id + shift) } })))
    const hits = await find(store)
    await store.close()
    return { files: folder.files, hits }
  }
  const [one, other] = [await stored(0), await stored(1_000)]
  const names = postingsOf(one.files)
  expect([names, one.hits]).toEqual([postingsOf(other.files), expect.not.arrayContaining(other.hits)])
  for (const name of names) other.files.set(name, one.files.get(name)!)
  expect((await reopened(other.files)).hits).toEqual(other.hits)
})

it('are read by a reader, which writes none', async () => {
  const { files, hits } = await written()
  const before = new Map(files)
  for (const name of postingsOf(files).slice(1)) before.delete(name)
  const reader = await openStoreIn(createMemoryFolder(before), { kernel: 'simd', readOnly: true })
  expect(await find(reader)).toEqual(hits)
  await reader.close()
  expect(postingsOf(before)).toHaveLength(1)
})
