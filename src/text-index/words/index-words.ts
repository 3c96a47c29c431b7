// The words of an open text index: read from the file that the catalog names, or made from the passages in the store if the
// catalog names none, or the file is damaged. During an update the catalog names none, so the words of an index whose update
// was killed never differ from its passages.

import type { Store } from '../../store/index.js'
import type { Catalog } from '../catalog.js'
import { namesIn, readFileBytes, removeFiles, replaceFile } from '../text-files.js'
import { loadTermReader } from './load-term-reader.js'
import { readPostings, writePostings } from './postings-file.js'
import type { ReadTerms } from './terms.js'
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
export const readWords = async (path: string, catalog: Catalog, store: Store): Promise<WordIndex> =>
  (await readFileOf(path, catalog)) ?? collectStore(store)

/** The words in the file that the catalog names; undefined if it names none, or the file is missing or damaged. */
async function readFileOf(path: string, { wordFile }: Catalog): Promise<WordIndex | undefined> {
  // another name may lead out of the folder
  const isNamed = typeof wordFile === 'string' && isWordFile(wordFile)
  const bytes = isNamed ? await readFileBytes(`${path}/${wordFile}`) : undefined
  return bytes && readPostings(bytes)
}

/** The words of all passages of a store. */
async function collectStore(store: Store): Promise<WordIndex> {
  const readTerms = await loadTermReader()
  const collector = createWordCollector()
  for await (const { id, payload = {} } of store.scroll()) {
    collectWords(collector, id as number, { text: String(payload.text ?? ''), payload }, readTerms)
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
  readonly readTerms: ReadTerms
}

/** Reads the words before an update. Until `writeWords`, the catalog names no file, so that an update may be killed. */
export async function startWords(path: string, catalog: Catalog, store: Store): Promise<WordChanges> {
  const read = await readFileOf(path, catalog)
  const old = read ?? (await collectStore(store))
  const oldFile = read && catalog.wordFile
  catalog.wordFile = undefined
  return { old, oldFile, removed: new Set(), added: createWordCollector(), readTerms: await loadTermReader() }
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
