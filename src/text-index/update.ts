// Updates a text index: removes deleted files, reads new and changed ones, skips the others. The order of the writes makes
// an interrupted update repairable by the next one:
//
//   delete the old points of a file  ->  write the new points  ->  write the catalog
//
// With a model, points are written without rows, which rows/encode-rows.ts adds: passages can be found by their words at once.

import { isBelow } from '../base/paths.js'
import { countWithoutRows, countWords, writeCatalog } from './catalog.js'
import { compactIfWorth } from './compact.js'
import { readContent } from './file-content.js'
import type { PassageItem } from './passage-items.js'
import { ENCODE_BATCH, type IndexParts, removeFile, repair } from './repair.js'
import { findTextFiles, type TextFile } from './text-files.js'
import { removeOldWords, startWords, writeWords } from './words/index-words.js'
import { collectWords, type WordIndex } from './words/word-index.js'

/** Options of `TextIndex.update`. */
export interface UpdateOptions {
  /** Stops the update. The next one continues it. */
  readonly signal?: AbortSignal | undefined
  /** Called after each batch of passages and after each file. */
  readonly onProgress?: ((progress: UpdateProgress) => void) | undefined
  /**
   * Endings of files that are read as plain text, such as `.log`, beside the usual ones. The index keeps them for later
   * updates.
   */
  readonly endings?: readonly string[] | undefined
  /**
   * Leaves the rows of a model to a later call of `encodeRows`, or to the next update. Passages without rows are found by
   * their words. Default: false. With `weighted` words it changes nothing: their rows are made at once.
   */
  readonly lazy?: boolean | undefined
}

/** Progress of an update. */
export interface UpdateProgress {
  /** `files`: reads files. `rows`: encodes missing rows, after all files, with a model only. */
  readonly phase: 'files' | 'rows'
  /** Number of finished files. */
  readonly files: number
  /** Number of all files. */
  readonly total: number
  /** Finished part of the phase, 0 to 1. */
  readonly share: number
  /** Number of passages that the phase has read or encoded. */
  readonly passages: number
}

/** The result of an update: numbers of files and passages. */
export interface UpdateReport {
  /** New files. */
  readonly added: number
  readonly changed: number
  readonly unchanged: number
  /** Files that were removed from the index. */
  readonly removed: number
  /** Passages of new and changed files. */
  readonly passages: number
  /** Passages of the whole index that have no rows yet. */
  readonly withoutRows: number
  /** Passages whose rows lack the end of their text, because it is longer than the model accepts. */
  readonly cut: number
  /** Passages that were not indexed, because they have no word. */
  readonly unknown: number
  /** Files and folders that were skipped, with the reason. */
  readonly skipped: readonly string[]
  /**
   * Number of files and folders in the given folders that are not read, by reason: an ending such as `.png`, `no ending`,
   * `hidden`, `node_modules`, `minified`, or `.pdf (to read them: npm install unpdf)`.
   */
  readonly ignored: Readonly<Record<string, number>>
}

type MutableReport = { -readonly [Key in keyof UpdateReport]: UpdateReport[Key] } & {
  skipped: string[]
  ignored: Record<string, number>
}

/** The name of the vector in the store. */
export const VECTOR = 'text'

/** The catalog is written after this many bytes of new text. An interrupted update repeats what follows the last time. */
const SAVE_INTERVAL = 1e6
/** The catalog of many files is large. It is written again after this many times what it took, so that it takes 2 % of the time. */
const SAVE_WAIT = 50

/**
 * Brings the files of these paths up to date.
 *
 * @param onWords receives the words of all passages at the end, also if the update is stopped
 */
export async function updateIndex(
  opened: Omit<IndexParts, 'words'>,
  paths: readonly string[],
  { signal, onProgress, endings = [] }: UpdateOptions,
  onWords: (words: WordIndex) => void,
): Promise<UpdateReport> {
  const { catalog, path } = opened
  const parts = await startUpdate(opened, endings)
  const { files, unreadable, ignored } = await findTextFiles(paths, { ...catalog, path }, signal)
  const report: MutableReport = {
    added: 0,
    changed: 0,
    unchanged: 0,
    removed: 0,
    passages: 0,
    withoutRows: 0,
    cut: 0,
    unknown: 0,
    skipped: unreadable.map(({ reason }) => reason),
    ignored: Object.fromEntries(ignored),
  }
  const totalBytes = Math.max(
    1,
    files.reduce((sum, file) => sum + file.size, 0),
  )
  let [unsavedBytes, doneBytes, nextSave] = [0, 0, 0]
  try {
    const existing = new Set(files.map(file => file.path))
    for (const known of Object.keys(catalog.files)) {
      if (existing.has(known) || !paths.some(folder => isBelow(known, folder))) continue
      // files in an unreadable folder may still exist
      if (unreadable.some(folder => isBelow(known, folder.path))) continue
      await parts.begin()
      await removeFile(parts, known)
      report.removed++
    }
    for (const [index, file] of files.entries()) {
      const onPart = (share: number) => {
        signal?.throwIfAborted()
        onProgress?.({
          phase: 'files',
          files: index + Math.floor(share),
          total: files.length,
          share: Math.min(1, (doneBytes + share * file.size) / totalBytes),
          passages: report.passages,
        })
      }
      signal?.throwIfAborted()
      const outcome = await updateFile(parts, file, report, onPart)
      if (outcome !== undefined) report[outcome]++
      if (outcome !== 'unchanged') unsavedBytes += file.size
      const started = performance.now()
      if (unsavedBytes > SAVE_INTERVAL && started >= nextSave) {
        await save(parts)
        unsavedBytes = 0
        nextSave = performance.now() + SAVE_WAIT * (performance.now() - started)
      }
      onPart(1)
      doneBytes += file.size
    }
    catalog.clean = true
  } finally {
    if (parts.hasBegun) await finishUpdate(parts, signal, onWords)
  }
  report.withoutRows = countWithoutRows(catalog)
  return report
}

/** A running update. */
interface Updating extends IndexParts {
  /** Called before the first change. Until then the catalog on the disk stays as it is: most updates change nothing. */
  begin(): Promise<void>
  hasBegun: boolean
}

/** Reads the words of an index, and repairs it if an update was killed. */
async function startUpdate(opened: Omit<IndexParts, 'words'>, endings: readonly string[]): Promise<Updating> {
  const { catalog, path, store, weighted, encoder } = opened
  await repair(opened)
  const words = await startWords(path, catalog, store, weighted ? encoder : undefined)
  const updating: Updating = {
    ...opened,
    words,
    hasBegun: false,
    async begin() {
      if (updating.hasBegun) return
      updating.hasBegun = true
      catalog.clean = false
      catalog.wordFile = undefined
      await writeCatalog(path, catalog)
    },
  }
  const added = endings.filter(ending => !catalog.endings?.includes(ending))
  // an index of a version that encoded every passage at once
  const isOld = !weighted && catalog.rowsBelow === undefined
  if (isOld) catalog.rowsBelow = catalog.next
  if (added.length > 0) catalog.endings = [...(catalog.endings ?? []), ...new Set(added)]
  // an update that was killed has left no file of words
  if (words.oldFile === undefined || isOld || added.length > 0) await updating.begin()
  return updating
}

/** Writes what an update has changed, also if it was stopped. */
async function finishUpdate(
  { store, catalog, path, words, weighted, encoder }: Updating,
  signal: AbortSignal | undefined,
  onWords: (words: WordIndex) => void,
): Promise<void> {
  await store.upsert([])
  try {
    if (catalog.clean) await compactIfWorth(store, signal)
  } finally {
    // the passages are in the store, whether or not the compaction was stopped
    const written = await writeWords(path, catalog, words, weighted ? encoder : undefined)
    await writeCatalog(path, catalog)
    await removeOldWords(path, catalog)
    onWords(written)
  }
}

/** Waits until all points are on disk, then writes the catalog that refers to them. */
async function save({ store, path, catalog }: IndexParts): Promise<void> {
  await store.upsert([])
  await writeCatalog(path, catalog)
}

/** The counter of the report that a file belongs to; undefined for a file that was skipped. */
type FileOutcome = 'added' | 'changed' | 'unchanged' | 'removed' | undefined

async function updateFile(
  parts: Updating,
  file: TextFile,
  report: MutableReport,
  onPart: (share: number) => void,
): Promise<FileOutcome> {
  const { catalog } = parts
  const { files } = catalog
  const { path, size, modified } = file
  const known = files[path]
  if (known && known.size === size && known.modified === modified) return 'unchanged'
  const content = await readContent(file, known, {
    lines: catalog.lines,
    columns: catalog.columns,
    endings: catalog.endings ?? [],
    isNamed: file.isNamed,
  })
  if ('isGone' in content) {
    if (!known) return undefined
    await parts.begin()
    await removeFile(parts, path)
    return 'removed'
  }
  if ('unchanged' in content) {
    await parts.begin()
    files[path] = content.unchanged
    return 'unchanged'
  }
  if ('reason' in content) {
    const { reason, isIgnored } = content
    if (isIgnored) report.ignored[reason] = (report.ignored[reason] ?? 0) + 1
    else report.skipped.push(reason)
    // the old points of a file that cannot be read now stay in the index
    if (content.isUnreadable || !known) return undefined
    await parts.begin()
    await removeFile(parts, path)
    return 'removed'
  }
  await parts.begin()
  if (known) await removeFile(parts, path)
  const first = catalog.next
  await addItems(parts, content.items, report, onPart)
  files[path] = { ...content.state, first, count: catalog.next - first }
  return known ? 'changed' : 'added'
}

/** A text without a letter or a digit has no words, and a model has nothing to say about it. */
const hasLetter = (text: string) => /[\p{L}\p{N}]/u.test(text)

/** Writes the points of passages; with word vectors, with their rows. */
async function addItems(
  { store, catalog, encoder, weighted, words }: IndexParts,
  items: readonly PassageItem[],
  report: MutableReport,
  onPart: (share: number) => void,
): Promise<void> {
  for (let start = 0; start < items.length; start += ENCODE_BATCH) {
    const batch = items.slice(start, start + ENCODE_BATCH)
    const encoded = weighted ? await encoder.documents(batch.map(item => item.text)) : []
    const points = batch.flatMap(({ text, payload }, index) => {
      const { data, dim = 0, tokens = [] } = encoded[index] ?? {}
      const hasRows = data !== undefined && data.length > 0
      report.passages++
      const hasWords = collectWords(words.added, catalog.next, { text, payload }, words.reader)
      if (!hasWords && !(weighted ? hasRows : hasLetter(text))) {
        report.unknown++
        return []
      }
      if (weighted) countWords(catalog, { tokens }, 1)
      // a passage of words that word vectors do not have is found by its words only
      const vector = hasRows ? { [VECTOR]: { data, dim } } : {}
      return [{ id: catalog.next++, vector, payload: { ...payload, text } }]
    })
    // `save` waits for the disk before the catalog refers to these points
    if (points.length > 0) await store.upsert(points, { wait: false })
    onPart(Math.min(0.999, (start + batch.length) / items.length))
  }
}
