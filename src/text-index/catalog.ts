// What an index knows of its files: which points each became, so that a file that changed can be taken out, and one that
// did not be left alone; and in how many passages each word stands. One file of JSON beside the store, replaced whole.

import { typeName } from '../base/type-name.js'
import type { Encoded } from '../encode/index.js'
import { readIfThere, replaceFile } from './text-files.js'

/** A file in an index. */
export interface FileEntry {
  readonly size: number
  readonly modified: number
  readonly hash: string
  /** Its points have the ids from `first` on. */
  readonly first: number
  readonly count: number
}

export interface Catalog {
  readonly version: 1
  /** Which encoder made the rows: `static`, or a model's name. */
  readonly encoder: string
  readonly lines: boolean
  /** False while a run changes things: after one that was killed, points and files are held against each other. */
  clean: boolean
  /** The next id. */
  next: number
  readonly files: Record<string, FileEntry>
  /** Passages in all, and those that have each word; empty where words have no weights. */
  passages: number
  readonly words: Record<string, number>
}

const NAME = 'index.json'

/** An empty one. */
export const createCatalog = (encoder: string, lines: boolean): Catalog => ({
  version: 1,
  encoder,
  lines,
  clean: true,
  next: 1,
  files: Object.create(null),
  passages: 0,
  words: Object.create(null),
})

/**
 * The catalog in a folder, or undefined where there is none.
 *
 * @throws RangeError if it is none, or of a later version
 */
export async function readCatalog(folder: string): Promise<Catalog | undefined> {
  const text = await readIfThere(`${folder}/${NAME}`)
  if (text === undefined) return undefined
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (cause) {
    throw new RangeError(
      `${folder}/${NAME} is damaged, or none of maxsimd's; if it is, remove the folder and index again`,
      { cause },
    )
  }
  const { version, files, words, ...rest } = (parsed ?? {}) as Catalog
  if (version === undefined)
    throw new RangeError(`${folder}/${NAME} is none of maxsimd's; choose another folder`)
  if (version !== 1) {
    throw new RangeError(`${folder} has an index of version ${String(version)}, this program reads version 1`)
  }
  if (typeof files !== 'object' || typeof words !== 'object') {
    throw new RangeError(
      `${folder}/${NAME} expected files and words, got ${typeName(files)} and ${typeName(words)}`,
    )
  }
  // no key of a file or a word is one that every object has
  return { ...rest, version, files: withoutPrototype(files), words: withoutPrototype(words) }
}

const withoutPrototype = <T>(record: Record<string, T>): Record<string, T> =>
  Object.assign(Object.create(null), record)

/** Writes it as a whole. */
export const writeCatalog = (folder: string, catalog: Catalog): Promise<void> =>
  replaceFile(folder, NAME, JSON.stringify(catalog))

/** Counts the words of a passage, or with -1 takes them out. */
export function countWords(catalog: Catalog, { tokens }: Pick<Encoded, 'tokens'>, sign: 1 | -1): void {
  catalog.passages += sign
  for (const word of new Set(tokens.map(token => token.text))) {
    const left = (catalog.words[word] ?? 0) + sign
    if (left > 0) catalog.words[word] = left
    else delete catalog.words[word]
  }
}
