// The words of an open text index: read from the file that the catalog names, or made from the passages in the store if the
// catalog names none, or the file is damaged. During an update the catalog names none, so the words of an index whose update
// was killed never differ from its passages.

import type { Stem } from '../../encode/bm25/stemmers.js'
import type { Store } from '../../store/index.js'
import type { Catalog } from '../catalog.js'
import { namesIn, readFileBytes, removeFiles, replaceFile } from '../text-files.js'
import { loadStem } from './load-stem.js'
import { readPostings, writePostings } from './postings-file.js'
import {
  collectWords,
  createWordCollector,
  mergeWords,
  type WordCollector,
  type WordIndex,
} from './word-index.js'

const NAME = /^words-\d+\.bin$/

/** Whether a file in the folder of an index is a word file. */
export const isWordFile = (name: string): boolean => NAME.test(name)

/** Reads the words, or makes them. */
export async function readWords(path: string, { wordFile }: Catalog, store: Store): Promise<WordIndex> {
  const bytes = wordFile === undefined ? undefined : await readFileBytes(`${path}/${wordFile}`)
  return (bytes && readPostings(bytes)) ?? collectStore(store)
}

/** The words of all passages of a store. */
async function collectStore(store: Store): Promise<WordIndex> {
  const stem = await loadStem()
  const collector = createWordCollector()
  for await (const { id, payload = {} } of store.scroll()) {
    collectWords(collector, id as number, { text: String(payload.text ?? ''), payload }, stem)
  }
  return mergeWords(undefined, () => true, collector)
}

/** The changes of an update. */
export interface WordChanges {
  readonly old: WordIndex
  /** The file of the old words; undefined if they were made from the passages. */
  readonly oldFile: string | undefined
  readonly removed: Set<number>
  readonly added: WordCollector
  readonly stem: Stem
}

/** Reads the words before an update. Until `writeWords`, the catalog names no file, so that an update may be killed. */
export async function startWords(path: string, catalog: Catalog, store: Store): Promise<WordChanges> {
  const old = await readWords(path, catalog, store)
  const oldFile = catalog.wordFile
  catalog.wordFile = undefined
  return { old, oldFile, removed: new Set(), added: createWordCollector(), stem: await loadStem() }
}

/** Writes the words to a new file, if they have changed, and puts its name into the catalog. */
export async function writeWords(
  path: string,
  catalog: Catalog,
  { old, oldFile, removed, added }: WordChanges,
): Promise<WordIndex> {
  if (removed.size === 0 && added.ids.length === 0 && oldFile !== undefined) {
    catalog.wordFile = oldFile
    return old
  }
  const words = mergeWords(old, id => !removed.has(id), added)
  const numbers = (await namesIn(path)).filter(isWordFile).map(name => Number(/\d+/.exec(name)![0]))
  const name = `words-${Math.max(0, ...numbers) + 1}.bin`
  await replaceFile(path, name, writePostings(words))
  catalog.wordFile = name
  return words
}

/** Removes the word files that the catalog does not name. */
export const removeOldWords = (path: string, { wordFile }: Catalog): Promise<void> =>
  removeFiles(path, name => isWordFile(name) && name !== wordFile)
