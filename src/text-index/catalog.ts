// The catalog of a text index: which points each file became, and in how many passages each word occurs. With it, an
// update can remove the points of a changed file and skip unchanged files. Stored as index.json beside the store; each
// write replaces the whole file. It names the file with the words of the passages (words/).

import { typeName } from '../base/type-name.js'
import type { Encoded } from '../encode/index.js'
import type { TextColumns } from './passage-items.js'
import { readFileIfExists, replaceFile } from './text-files.js'

/** A file in a text index. Its points have the ids `first` to `first + count - 1`. */
export interface FileEntry {
  /** Bytes. */
  readonly size: number
  /**
   * Time of the last modification, in milliseconds since 1970. -1 if the file was changed just before it was read, or
   * meanwhile: the next update reads it again.
   */
  readonly modified: number
  /** SHA-256 of the content, in hex. */
  readonly hash: string
  /** Id of its first point. */
  readonly first: number
  /** Number of its points. */
  readonly count: number
}

/** In how many of the passages each word occurs. Rare words get a higher weight in a query. */
export interface WordCounts {
  /** Number of passages. */
  readonly passages: number
  /** Number of passages that contain the word. */
  readonly words: Readonly<Record<string, number>>
}

/** The content of index.json. `words` and `passages` are empty if words have no weights. */
export interface Catalog extends WordCounts {
  readonly version: 1
  /** Name of the encoder that made the rows: `static`, or a model. */
  readonly encoder: string
  /** True if each line is a passage, false if each paragraph is. */
  readonly lines: boolean
  /** The names of the fields with ids and texts, if they are not the usual ones. */
  readonly columns?: TextColumns | undefined
  /** Endings of files that are read as plain text, beside the usual ones. Absent without any. */
  endings?: readonly string[]
  /** False during an update. If an update was killed, the next one compares points and files. */
  clean: boolean
  /** Name of the file with the words of the passages. Without it they are read from the passages. */
  wordFile?: string | undefined
  /** The next free id. */
  next: number
  /** Passages with a smaller id have their rows. Absent: all have. Only with a model, whose rows are encoded last. */
  rowsBelow?: number | undefined
  /** By path. */
  readonly files: Record<string, FileEntry>
  passages: number
  readonly words: Record<string, number>
}

const FILE_NAME = 'index.json'
/** More passages of a file would not fit into the largest file that is read. */
const MAX_PASSAGES = 2 ** 27

/** An empty catalog. */
export const createCatalog = (encoder: string, lines: boolean, columns?: TextColumns): Catalog => ({
  version: 1,
  encoder,
  lines,
  columns,
  clean: true,
  next: 1,
  files: Object.create(null),
  passages: 0,
  words: Object.create(null),
})

/**
 * Reads the catalog of the text index in a folder, for example to find out its encoder. Returns undefined if the folder
 * has no index.
 *
 * @throws RangeError if index.json is damaged, has another version, or belongs to another program
 *
 * @example
 * import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { createStaticEncoder } from 'maxsimd/encode/static'
 * import { openTextIndex, readCatalog } from 'maxsimd/texts'
 * import wordFile from 'maxsimd-words'
 *
 * const folder = await mkdtemp(join(tmpdir(), 'maxsimd-'))
 * await writeFile(join(folder, 'notes.md'), 'A spider sat on the wall.\n\nThe bank failed.\n')
 * const encoder = createStaticEncoder(await readFile(wordFile))
 * const path = join(folder, 'index')
 * const index = await openTextIndex(path, { encoder, encoderName: 'static', weighted: true })
 * await index.update([join(folder, 'notes.md')])
 * await index.close()
 *
 * const catalog = await readCatalog(path)
 * console.log(catalog.encoder) // 'static'
 * console.log(catalog.passages) // 2
 * console.log(await readCatalog(folder)) // undefined
 * await rm(folder, { recursive: true })
 */
export async function readCatalog(folder: string): Promise<Catalog | undefined> {
  const path = `${folder}/${FILE_NAME}`
  const text = await readFileIfExists(path)
  if (text === undefined) return undefined
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw new RangeError(`"${path}" is not valid JSON; remove the folder "${folder}" and index again`, {
      cause,
    })
  }
  const { version, files, words, ...rest } = (parsed ?? {}) as Omit<Catalog, 'words'> & { words: unknown }
  if (version === undefined) {
    throw new RangeError(`"${path}" is not a text index of maxsimd; choose another folder`)
  }
  if (version !== 1) {
    throw new RangeError(
      `"${path}" expected version 1, got ${String(version)}; use the version of maxsimd that wrote it, or index again`,
    )
  }
  if (!isObject(files) || (!isObject(words) && typeof words !== 'string')) {
    throw new RangeError(
      `"${path}" expected an object "files" and a text "words", got ${typeName(files)} and ${typeName(words)}; remove the folder "${folder}" and index again`,
    )
  }
  checkEntries(path, files, rest.next)
  // file names and words such as "constructor" must not find members of Object.prototype
  return withWords({ ...rest, version, files: withoutPrototype(files) }, words)
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** Adds the counts of words, which are read when they are used: most searches do not use them. */
function withWords(catalog: Omit<Catalog, 'words'>, stored: object | string): Catalog {
  let words: Record<string, number> | undefined
  return Object.defineProperty(catalog as Catalog, 'words', {
    enumerable: true,
    get() {
      words ??=
        typeof stored === 'string' ? parseCounts(stored) : withoutPrototype(stored as Catalog['words'])
      return words
    },
  })
}

/** The counts in lines of a word, a blank and a count. */
function parseCounts(text: string): Record<string, number> {
  const words: Record<string, number> = Object.create(null)
  for (const line of text === '' ? [] : text.split('\n')) {
    const blank = line.lastIndexOf(' ')
    const count = Number(line.slice(blank + 1))
    if (count > 0) words[line.slice(0, blank)] = count
  }
  return words
}

/** The counts as lines, which are read faster than an object; an object if a token of the encoder has a line end. */
function writeCounts(words: Catalog['words']): string | Catalog['words'] {
  const entries = Object.entries(words)
  if (entries.some(([word]) => word.includes('\n'))) return words
  return entries.map(([word, count]) => `${word} ${count}`).join('\n')
}

/**
 * Checks the ids of files, because all of them are listed when a file is removed.
 *
 * @throws RangeError for numbers that an update does not write
 */
function checkEntries(path: string, files: Catalog['files'], next: unknown): void {
  const isCount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0
  for (const [name, entry] of Object.entries(files)) {
    const { first, count } = entry ?? {}
    const isSound = isCount(first) && isCount(count) && isCount(next) && first + count <= (next as number)
    if (isSound && count <= MAX_PASSAGES) continue
    throw new RangeError(
      `"${path}" has wrong ids for "${name}": first ${String(first)}, count ${String(count)}, next ${String(next)}; ` +
        'remove the folder and index again',
    )
  }
}

// what JSON.parse returns is not shared, and a copy of many words takes longer than to parse them
const withoutPrototype = <T>(record: Record<string, T>): Record<string, T> =>
  Object.setPrototypeOf(record, null)

/** Number of passages that have no rows yet. */
export function countWithoutRows({ files, next, rowsBelow = next }: Catalog): number {
  if (rowsBelow >= next) return 0
  const counts = Object.values(files).map(({ first, count }) => first + count - Math.max(first, rowsBelow))
  return counts.reduce((sum, count) => sum + Math.max(0, count), 0)
}

/** Writes index.json. */
export const writeCatalog = (folder: string, catalog: Catalog): Promise<void> =>
  replaceFile(folder, FILE_NAME, JSON.stringify({ ...catalog, words: writeCounts(catalog.words) }))

/** Adds the words of a passage to the counts or, with `sign` -1, removes them. */
export function countWords(catalog: Catalog, { tokens }: Pick<Encoded, 'tokens'>, sign: 1 | -1): void {
  catalog.passages += sign
  for (const word of new Set(tokens.map(token => token.text))) {
    const count = (catalog.words[word] ?? 0) + sign
    if (count > 0) catalog.words[word] = count
    else delete catalog.words[word]
  }
}
