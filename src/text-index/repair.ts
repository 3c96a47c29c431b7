// Removes the points of a file, and repairs an index after an update that was killed: deletes points that belong to no
// file, and marks files whose points are missing, so that the next update reads them again.

import type { TokenEncoder } from '../encode/index.js'
import type { Store } from '../store/index.js'
import { type Catalog, countWords, type FileEntry } from './catalog.js'
import type { WordChanges } from './words/index-words.js'

/** The parts of a text index that an update changes. */
export interface IndexParts {
  /** The folder. */
  readonly path: string
  readonly store: Store
  readonly catalog: Catalog
  readonly encoder: TokenEncoder
  /** Whether words are counted, so that rare words can get a higher weight. */
  readonly weighted: boolean
  /** The changes of the words in this update. */
  readonly words: WordChanges
}

/** Number of texts that are encoded in one call. */
export const ENCODE_BATCH = 256

/** Removes a file: its points, its words in the counts, its entry. */
export async function removeFile(
  { store, catalog, encoder, weighted, words }: IndexParts,
  path: string,
): Promise<void> {
  const { first, count } = catalog.files[path]!
  const ids = Array.from({ length: count }, (_, index) => first + index)
  if (weighted) {
    const texts = (await store.retrieve(ids)).map(({ payload }) => String(payload?.text ?? ''))
    for (let start = 0; start < texts.length; start += ENCODE_BATCH) {
      const batch = texts.slice(start, start + ENCODE_BATCH)
      for (const rows of await encoder.documents(batch)) countWords(catalog, rows, -1)
    }
  }
  if (ids.length > 0) await store.delete(ids)
  for (const id of ids) words.removed.add(id)
  delete catalog.files[path]
}

/** Repairs an index. Does nothing if the last update ended normally and the number of points is right. */
export async function repair(parts: Omit<IndexParts, 'words'>): Promise<void> {
  const { store, catalog } = parts
  const entries = Object.entries(catalog.files)
  const expected = entries.reduce((sum, [, { count }]) => sum + count, 0)
  if (catalog.clean && (await store.count()) === expected) return

  const fileOf = fileFinder(entries)
  const missing = new Map(entries.map(([path, { count }]) => [path, count]))
  const strays: number[] = []
  for await (const { id } of store.scroll({ with_payload: false })) {
    const path = fileOf(id as number)
    if (path === undefined) strays.push(id as number)
    else missing.set(path, missing.get(path)! - 1)
    catalog.next = Math.max(catalog.next, (id as number) + 1)
  }
  if (strays.length > 0) await store.delete(strays)
  const incomplete = [...missing].filter(([, count]) => count > 0)
  // an update reads a file with another size again, and removes the rest of its points first
  for (const [path, left] of incomplete) {
    const entry = catalog.files[path]!
    const count = left === entry.count ? 0 : entry.count
    catalog.files[path] = { ...entry, count, size: -1, hash: '' }
  }
  catalog.wordFile = undefined
  if (incomplete.length + strays.length > 0 && parts.weighted) await recountWords(parts)
}

/** Returns a function that finds the file with an id. A map of all ids would have a limit, and a wrong count fill it. */
function fileFinder(entries: readonly (readonly [string, FileEntry])[]): (id: number) => string | undefined {
  const sorted = entries.filter(([, { count }]) => count > 0).sort(([, a], [, b]) => a.first - b.first)
  return id => {
    let low = 0
    for (let high = sorted.length; low < high; ) {
      const middle = (low + high) >>> 1
      if (sorted[middle]![1].first <= id) low = middle + 1
      else high = middle
    }
    const [path, entry] = sorted[low - 1] ?? []
    return entry && id < entry.first + entry.count ? path : undefined
  }
}

/** Counts the words of all passages again. Words of points that are gone cannot be subtracted. */
async function recountWords({ store, catalog, encoder }: Omit<IndexParts, 'words'>): Promise<void> {
  catalog.passages = 0
  for (const word of Object.keys(catalog.words)) delete catalog.words[word]
  let texts: string[] = []
  const countBatch = async () => {
    for (const rows of await encoder.documents(texts)) countWords(catalog, rows, 1)
    texts = []
  }
  for await (const { payload } of store.scroll()) {
    texts.push(String(payload?.text ?? ''))
    if (texts.length === ENCODE_BATCH) await countBatch()
  }
  await countBatch()
}
