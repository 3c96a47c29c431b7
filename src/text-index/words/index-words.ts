// The words of an open text index: read from the file that the catalog names, or made from the passages in the store if the
// catalog names none, or the file is damaged. During an update the catalog names none, so the words of an index whose update
// was killed never differ from its passages.

import type { TokenEncoder } from '../../encode/index.js'
import type { Store } from '../../store/index.js'
import type { Catalog } from '../catalog.js'
import { namesIn, readFileBytes, removeFiles, replaceFile } from '../text-files.js'
import { loadTermReader } from './load-term-reader.js'
import { readPostings, writePostings } from './postings-file.js'
import type { TermReader } from './terms.js'
import {
  collectWords,
  createWordCollector,
  mergeWords,
  type WordCollector,
  type WordIndex,
} from './word-index.js'
import { encodeWords, readWordRows, updateWordRows, type WordRows, writeWordRows } from './word-rows.js'

const NAME = /^words-\d+\.(?:bin|rows)$/

/** The file with the rows of the words in a word file. */
const rowsFileOf = (wordFile: string) => wordFile.replace(/bin$/, 'rows')

/** Whether a catalog names a word file. Another name may lead out of the folder. */
const isNamed = (wordFile: unknown): wordFile is string =>
  typeof wordFile === 'string' && isWordFile(wordFile)

/** Whether a file in the folder of an index has words or their rows. */
export const isWordFile = (name: string): boolean => NAME.test(name)

/** Reads the words, or makes them. */
export const readWords = async (path: string, catalog: Catalog, store: Store): Promise<WordIndex> =>
  (await readFileOf(path, catalog)) ?? collectStore(store)

/** The words in the file that the catalog names; undefined if it names none, or the file is missing or damaged. */
async function readFileOf(path: string, { wordFile }: Catalog): Promise<WordIndex | undefined> {
  const bytes = isNamed(wordFile) ? await readFileBytes(`${path}/${wordFile}`) : undefined
  return bytes && readPostings(bytes)
}

/** The rows of the words in a word file; undefined if they are missing or damaged. */
export async function readRowsOfWords(
  path: string,
  wordFile: string | undefined,
  index: WordIndex | Promise<WordIndex>,
): Promise<WordRows | undefined> {
  const reading = isNamed(wordFile) ? readFileBytes(`${path}/${rowsFileOf(wordFile)}`) : undefined
  const [bytes, { words }] = await Promise.all([reading, index])
  return bytes && readWordRows(bytes, words.length)
}

/** The words of all passages of a store. */
async function collectStore(store: Store): Promise<WordIndex> {
  const reader = await loadTermReader()
  const collector = createWordCollector()
  for await (const { id, payload = {} } of store.scroll()) {
    collectWords(collector, id as number, { text: String(payload.text ?? ''), payload }, reader)
  }
  return mergeWords(undefined, () => true, collector)
}

/** The changes of an update. */
export interface WordChanges {
  readonly old: WordIndex
  /** The file of the old words; undefined if it has to be written again: it, or that of their rows, is missing or damaged. */
  readonly oldFile: string | undefined
  /** The rows of the old words, if they have rows. */
  readonly oldRows: WordRows | undefined
  readonly removed: Set<number>
  readonly added: WordCollector
  readonly reader: TermReader
}

/**
 * Reads the words before an update. From its first change until `writeWords`, the catalog names no file: it may be killed.
 *
 * @param encoder the encoder of an index whose words have rows
 */
export async function startWords(
  path: string,
  catalog: Catalog,
  store: Store,
  encoder?: TokenEncoder,
): Promise<WordChanges> {
  const read = await readFileOf(path, catalog)
  const rows = read && encoder ? await readRowsOfWords(path, catalog.wordFile, read) : undefined
  const oldRows = rows?.dim === encoder?.dim ? rows : undefined
  return {
    old: read ?? (await collectStore(store)),
    oldFile: read && (!encoder || oldRows) ? catalog.wordFile : undefined,
    oldRows,
    removed: new Set(),
    added: createWordCollector(),
    reader: await loadTermReader(),
  }
}

/**
 * Writes the words to a new file, if they have changed, and puts its name into the catalog.
 *
 * @param encoder the encoder of an index whose words have rows
 */
export async function writeWords(
  path: string,
  catalog: Catalog,
  { old, oldFile, oldRows, removed, added }: WordChanges,
  encoder?: TokenEncoder,
): Promise<WordIndex> {
  if (removed.size === 0 && added.ids.length === 0 && oldFile !== undefined) {
    catalog.wordFile = oldFile
    return old
  }
  const words = mergeWords(old, id => !removed.has(id), added)
  const numbers = (await namesIn(path)).filter(isWordFile).map(name => Number(/\d+/.exec(name)![0]))
  const name = `words-${Math.max(0, ...numbers) + 1}.bin`
  if (encoder) {
    const all = words.words.all()
    const rows = oldRows
      ? await updateWordRows(encoder, all, { words: old.words.all(), rows: oldRows })
      : await encodeWords(encoder, all)
    await replaceFile(path, rowsFileOf(name), writeWordRows(rows, words.words.length))
  }
  await replaceFile(path, name, writePostings(words))
  catalog.wordFile = name
  return words
}

/** Removes the word files that the catalog does not name, and their rows. */
export const removeOldWords = (path: string, { wordFile }: Catalog): Promise<void> =>
  removeFiles(path, name => isWordFile(name) && name.replace(/rows$/, 'bin') !== wordFile)
