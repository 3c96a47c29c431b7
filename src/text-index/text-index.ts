// An index of text files: passages in a store, found by their words, kept as the files are. What did not change is not
// read again; what was removed goes. A run that ends early leaves an index that the next one completes:
//
//   old points of a file out  ->  new points in  ->  catalog        points that no catalog knows are removed at the start

import type { TokenEncoder } from '../encode/index.js'
import { FormatError } from '../formats/index.js'
import { createStore, openStore, type Store } from '../store/index.js'
import { type Catalog, countWords, createCatalog, readCatalog, writeCatalog } from './catalog.js'
import { itemsOf, type PassageItem } from './passage-items.js'
import { BATCH, type IndexParts, remove, repair } from './repair.js'
import { findTextFiles, isBelow, isSystemError, namesIn, readText, type TextFile } from './text-files.js'
import { createTextSearch, type TextSearch } from './text-search.js'

export interface TextIndexOptions {
  /** Makes rows of texts; the one that the index was made with. */
  readonly encoder: TokenEncoder
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
  /** Called after each few hundred passages, and after each file. */
  readonly onProgress?: ((progress: UpdateProgress) => void) | undefined
}

export interface UpdateProgress {
  /** Files that are done, of how many. */
  readonly files: number
  readonly total: number
  /** How much of their bytes that is, 0 to 1. */
  readonly share: number
  /** Passages that were encoded. */
  readonly passages: number
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
  /** Files that could not be read, and why. */
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
  const { encoder, encoderName, lines = false, datatype, readOnly = false } = options
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
  if (!known) await checkFolder(path)
  const catalog = known ?? createCatalog(encoderName, lines)
  const place = `${path}/store`
  const parameters = { size: encoder.dim, distance: 'Dot', datatype: datatype ?? 'float16' } as const
  const store = known
    ? await openStore(place, { readOnly })
    : await createStore({ path: place, vectors: { [VECTOR]: parameters }, ifExists: 'recreate' })
  const stored = store.config.vectors[VECTOR]?.datatype
  if (datatype !== undefined && stored !== datatype) {
    await store.close()
    throw new RangeError(`the index at "${path}" stores ${stored}, not ${datatype}; use another path`)
  }
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

/** An index that was stopped before its first catalog has a store; whatever else is there is not ours. */
async function checkFolder(path: string): Promise<void> {
  const foreign = (await namesIn(path)).find(name => name !== 'store' && !name.startsWith('index.json'))
  if (foreign === undefined) return
  throw new RangeError(
    `"${path}" expected a new folder, or one with an index of texts, but it has other files (${foreign}); choose another`,
  )
}

async function update(
  parts: IndexParts,
  paths: readonly string[],
  { signal, onProgress }: UpdateOptions,
): Promise<UpdateReport> {
  const { catalog, path, store } = parts
  await repair(parts)
  catalog.clean = false
  await writeCatalog(path, catalog)
  const { files: found, closed } = await findTextFiles(paths, Object.keys(catalog.files), signal)
  const report = {
    added: 0,
    changed: 0,
    unchanged: 0,
    removed: 0,
    passages: 0,
    unknown: 0,
    skipped: closed.map(({ why }) => why),
  }
  const there = new Set(found.map(file => file.path))
  const size = Math.max(
    1,
    found.reduce((sum, file) => sum + file.size, 0),
  )
  let [unsaved, bytes] = [0, 0]
  const save = async () => {
    await store.upsert([])
    await writeCatalog(path, catalog)
  }
  try {
    for (const known of Object.keys(catalog.files)) {
      if (there.has(known) || !paths.some(each => isBelow(known, each))) continue
      // nobody knows what is in a folder that is closed
      if (closed.some(folder => isBelow(known, folder.path))) continue
      await remove(parts, known)
      report.removed++
    }
    for (const [index, file] of found.entries()) {
      signal?.throwIfAborted()
      const tell = (part: number) => {
        signal?.throwIfAborted()
        onProgress?.({
          files: index + Math.floor(part),
          total: found.length,
          share: Math.min(1, (bytes + part * file.size) / size),
          passages: report.passages,
        })
      }
      const what = await updateFile(parts, file, report, tell)
      if (what !== undefined) report[what]++
      if (what !== 'unchanged') unsaved += file.size
      // a catalog a megabyte of text: what is not in it is done again
      if (unsaved > 1e6) {
        await save()
        unsaved = 0
      }
      tell(1)
      bytes += file.size
    }
    catalog.clean = true
  } finally {
    await save()
  }
  return report
}

/** Texts encoded at a time by a model, which takes its time: progress is told after each. */
const MODEL_BATCH = 32

type Counts = { passages: number; unknown: number; skipped: string[] }

async function updateFile(
  parts: IndexParts,
  file: TextFile,
  report: Counts,
  tell: (part: number) => void,
): Promise<'added' | 'changed' | 'unchanged' | 'removed' | undefined> {
  const { catalog } = parts
  const { files } = catalog
  const known = files[file.path]
  if (known && known.size === file.size && known.modified === file.modified) return 'unchanged'
  const read = await readText(file).catch((error: unknown) => {
    if (isSystemError(error)) return error
    throw error
  })
  if (read instanceof Error) {
    // what the index has of it stays
    report.skipped.push(read.message)
    return undefined
  }
  if (known && typeof read === 'object' && read.hash === known.hash) {
    files[file.path] = { ...known, modified: file.modified }
    return 'unchanged'
  }
  if (known) await remove(parts, file.path)
  const items = typeof read === 'string' ? read : itemsUnlessBroken(file.path, read.text, catalog.lines)
  if (typeof read === 'string' || typeof items === 'string') {
    report.skipped.push(String(items))
    return known && 'removed'
  }
  const first = catalog.next
  await add(parts, items, report, tell)
  const { size, modified } = file
  files[file.path] = { size, modified, hash: read.hash, first, count: catalog.next - first }
  return known ? 'changed' : 'added'
}

/** What a file's passages are, or what is wrong with it: one bad file does not keep the others out. */
function itemsUnlessBroken(file: string, text: string, lines: boolean): PassageItem[] | string {
  try {
    return itemsOf(file, text, lines)
  } catch (error) {
    if (error instanceof FormatError) return error.message
    throw error
  }
}

async function add(
  { store, catalog, encoder, weighted }: IndexParts,
  items: readonly PassageItem[],
  report: Counts,
  tell: (part: number) => void,
): Promise<void> {
  const size = weighted ? BATCH : MODEL_BATCH
  for (let first = 0; first < items.length; first += size) {
    const batch = items.slice(first, first + size)
    const encoded = await encoder.documents(batch.map(item => item.text))
    const points = batch.flatMap((item, index) => {
      const rows = encoded[index]!
      report.passages++
      if (rows.data.length === 0) {
        report.unknown++
        return []
      }
      if (weighted) countWords(catalog, rows, 1)
      const vector = { [VECTOR]: { data: rows.data, dim: rows.dim } }
      return [{ id: catalog.next++, vector, payload: { ...item.payload, text: item.text } }]
    })
    // the catalog that knows them waits for the disk
    if (points.length > 0) await store.upsert(points, { wait: false })
    tell(Math.min(0.999, (first + batch.length) / items.length))
  }
}
