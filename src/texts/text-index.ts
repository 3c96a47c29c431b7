// An index of text files: passages in a store, found by their words, kept as the files are. What did not change is not
// read again; what was removed goes. A run that ends early leaves an index that the next one completes:
//
//   old points of a file out  ->  new points in  ->  catalog        points that no catalog knows are removed at the start

import type { Encoded, Encoder } from '../encode/index.js'
import { parseLine } from '../formats/jsonl.js'
import { createStore, openStore, type Store } from '../store/index.js'
import { type Catalog, createCatalog, readCatalog, writeCatalog } from './catalog.js'
import { passagesOf } from './passages.js'
import { findTextFiles, isBelow, readText, type TextFile } from './text-files.js'
import { createTextSearch, type TextHit, type TextSearch } from './text-search.js'

export interface TextIndexOptions {
  /** Makes rows of texts; the one that the index was made with. */
  readonly encoder: Encoder
  /** What the encoder is called: `static`, or its model. An index refuses another one's rows. */
  readonly encoderName: string
  /** Whether rare words count more, as they should with words that have the same row everywhere. */
  readonly weighted: boolean
  /** Each line is a passage, in place of each paragraph. Decided when an index is made. */
  readonly lines?: boolean | undefined
  /** How elements are stored; left out: `float16`. Decided when an index is made. */
  readonly datatype?: 'float32' | 'float16' | 'i16' | 'i8' | 'binary' | undefined
}

export interface UpdateOptions {
  readonly signal?: AbortSignal | undefined
  /** Called after each file. */
  readonly onProgress?: ((progress: UpdateProgress) => void) | undefined
}

export interface UpdateProgress {
  readonly files: number
  readonly total: number
  readonly path: string
}

/** What an update did. */
export interface UpdateReport {
  readonly added: number
  readonly changed: number
  readonly unchanged: number
  readonly removed: number
  /** Passages that were encoded. */
  readonly passages: number
  /** Passages without a row: the encoder knows none of their words. */
  readonly unknown: number
  /** Files that are no text. */
  readonly skipped: readonly string[]
}

/** Passages of files, and how to find them. */
export interface TextIndex extends TextSearch {
  readonly path: string
  readonly store: Store
  readonly catalog: Readonly<Catalog>
  /** Brings the index up to date with these files and folders; what it has of others stays. */
  update(paths: readonly string[], options?: UpdateOptions): Promise<UpdateReport>
  close(): Promise<void>
}

/** The vector's name in the store. */
const VECTOR = 'text'
/** Passages encoded at a time. */
const BATCH = 256

/** Whether there is an index in this folder. */
export const isTextIndex = async (path: string): Promise<boolean> => (await readCatalog(path)) !== undefined

/**
 * Opens the index in a folder, or makes one. Others may read it meanwhile; one writes at a time.
 *
 * @throws RangeError if it was made with another encoder, or cut otherwise
 */
export async function openTextIndex(
  path: string,
  options: TextIndexOptions & { readonly readOnly?: boolean },
): Promise<TextIndex> {
  const { encoder, encoderName, lines = false, datatype = 'float16', readOnly = false } = options
  const known = await readCatalog(path)
  if (!known && readOnly)
    throw new RangeError(`there is no index at "${path}"; maxsimd index <folder> makes one`)
  if (known && known.encoder !== encoderName) {
    throw new RangeError(
      `the index at "${path}" was made with the encoder ${known.encoder}, this is ${encoderName}; use that one, or another path`,
    )
  }
  if (known && options.lines !== undefined && known.lines !== lines) {
    throw new RangeError(
      `the index at "${path}" was made ${known.lines ? 'by lines' : 'by paragraphs'}; use another path`,
    )
  }
  const catalog = known ?? createCatalog(encoderName, lines)
  const place = `${path}/store`
  const vectors = { [VECTOR]: { size: encoder.dim, distance: 'Dot', datatype } } as const
  // an index that was stopped before its first catalog has a store already
  const store = known
    ? await openStore(place, { readOnly })
    : await createStore({ path: place, vectors, if_exists: 'recreate' })
  if (!known) await writeCatalog(path, catalog)
  const search = createTextSearch(store, VECTOR, encoder, options.weighted ? catalog : undefined)
  return {
    ...search,
    path,
    store,
    catalog,
    update: (paths, told = {}) =>
      update({ path, store, catalog, encoder, weighted: options.weighted }, paths, told),
    close: () => store.close(),
  }
}

interface Parts {
  readonly path: string
  readonly store: Store
  readonly catalog: Catalog
  readonly encoder: Encoder
  readonly weighted: boolean
}

async function update(
  parts: Parts,
  paths: readonly string[],
  { signal, onProgress }: UpdateOptions,
): Promise<UpdateReport> {
  const { catalog, path } = parts
  await removeStrays(parts)
  const found = await findTextFiles(paths, signal)
  const report = {
    added: 0,
    changed: 0,
    unchanged: 0,
    removed: 0,
    passages: 0,
    unknown: 0,
    skipped: [] as string[],
  }
  const there = new Set(found.map(file => file.path))
  for (const known of Object.keys(catalog.files)) {
    if (there.has(known) || !paths.some(each => isBelow(known, each))) continue
    await remove(parts, known)
    report.removed++
  }
  let unsaved = 0
  try {
    for (const [index, file] of found.entries()) {
      signal?.throwIfAborted()
      const what = await updateFile(parts, file, report)
      report[what]++
      if (what !== 'unchanged') unsaved += file.size
      // a catalog a megabyte of text: what is not in it is done again
      if (unsaved > 1e6) {
        await writeCatalog(path, catalog)
        unsaved = 0
      }
      onProgress?.({ files: index + 1, total: found.length, path: file.path })
    }
  } finally {
    await writeCatalog(path, catalog)
  }
  return report
}

type Counts = { passages: number; unknown: number; skipped: string[] }

async function updateFile(
  parts: Parts,
  file: TextFile,
  report: Counts,
): Promise<'added' | 'changed' | 'unchanged'> {
  const { catalog } = parts
  const { files } = catalog
  const known = files[file.path]
  if (known && known.size === file.size && known.modified === file.modified) return 'unchanged'
  const read = await readText(file)
  if (known && read?.hash === known.hash) {
    files[file.path] = { ...known, modified: file.modified }
    return 'unchanged'
  }
  if (known) await remove(parts, file.path)
  if (!read) {
    report.skipped.push(file.path)
    return known ? 'changed' : 'unchanged'
  }
  const first = catalog.next
  await add(parts, file, read.text, report)
  const { size, modified } = file
  files[file.path] = { size, modified, hash: read.hash, first, count: catalog.next - first }
  return known ? 'changed' : 'added'
}

/** What of a file becomes a point: its text, and what is told of it. */
interface Item {
  readonly text: string
  readonly payload: Readonly<Record<string, unknown>>
}

function itemsOf(file: string, text: string, lines: boolean): Item[] {
  if (/\.(?:jsonl|ndjson)$/i.test(file)) {
    return text.split('\n').flatMap((line, index) => {
      if (line.trim() === '') return []
      const { id: number, ...rest } = JSON.parse(line) as { id?: unknown }
      // an id of the file's own is a name here: it need be none that a store takes
      const point = parseLine(JSON.stringify(rest), `${file}, line ${index + 1}`)
      if (point.text === undefined)
        throw new RangeError(
          `${file}, line ${index + 1} expected a "text"; vectors go into a store of their own: maxsimd index ${file} --vectors`,
        )
      return [
        {
          text: point.text,
          payload: { ...point.payload, ...(number !== undefined && { id: number }), file, line: index + 1 },
        },
      ]
    })
  }
  return passagesOf(text, { lines }).map(({ line, text: passage, heading }) => ({
    text: passage,
    payload: { file, line, ...(heading !== undefined && { heading }) },
  }))
}

async function add(
  { store, catalog, encoder, weighted }: Parts,
  file: TextFile,
  text: string,
  report: Counts,
): Promise<void> {
  const items = itemsOf(file.path, text, catalog.lines)
  for (let first = 0; first < items.length; first += BATCH) {
    const batch = items.slice(first, first + BATCH)
    const encoded = await encoder.documents(batch.map(item => item.text))
    const points = batch.flatMap((item, index) => {
      const rows = encoded[index]!
      report.passages++
      if (rows.data.length === 0) {
        report.unknown++
        return []
      }
      if (weighted) count(catalog, rows, 1)
      const vector = { [VECTOR]: { data: rows.data, dim: rows.dim } }
      return [{ id: catalog.next++, vector, payload: { ...item.payload, text: item.text } }]
    })
    if (points.length > 0) await store.upsert(points)
  }
}

/** Counts the words of a passage, or with -1 takes them out. */
function count(catalog: Catalog, { tokens }: Pick<Encoded, 'tokens'>, sign: 1 | -1): void {
  catalog.passages += sign
  for (const word of new Set(tokens.map(token => token.text))) {
    const left = (catalog.words[word] ?? 0) + sign
    if (left > 0) catalog.words[word] = left
    else delete catalog.words[word]
  }
}

async function remove({ store, catalog, encoder, weighted }: Parts, file: string): Promise<void> {
  const { first, count: length } = catalog.files[file]!
  const ids = Array.from({ length }, (_, index) => first + index)
  if (weighted) {
    const texts = (await store.retrieve(ids)).map(({ payload }) => String(payload?.text ?? ''))
    for (let at = 0; at < texts.length; at += BATCH) {
      for (const rows of await encoder.documents(texts.slice(at, at + BATCH))) count(catalog, rows, -1)
    }
  }
  if (ids.length > 0) await store.delete(ids)
  delete catalog.files[file]
}

/** Removes points that the catalog does not know, and files whose points are gone: a run was stopped between the two. */
async function removeStrays({ store, catalog }: Parts): Promise<void> {
  const entries = Object.entries(catalog.files)
  const known = entries.reduce((sum, [, { count: length }]) => sum + length, 0)
  if ((await store.count()) === known) return
  const owner = new Map<number, string>()
  for (const [file, { first, count: length }] of entries) {
    for (let id = first; id < first + length; id++) owner.set(id, file)
  }
  const left = new Map(entries.map(([file, { count: length }]) => [file, length]))
  const strays: number[] = []
  for await (const { id } of store.scroll({ with_payload: false })) {
    const file = owner.get(id as number)
    if (file === undefined) strays.push(id as number)
    else left.set(file, left.get(file)! - 1)
    catalog.next = Math.max(catalog.next, (id as number) + 1)
  }
  if (strays.length > 0) await store.delete(strays)
  // such a file is read again; what is left of it goes then
  for (const [file, missing] of left) {
    if (missing > 0) catalog.files[file] = { ...catalog.files[file]!, size: -1, hash: '' }
  }
}

export type { TextHit }
