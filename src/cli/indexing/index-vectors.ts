// `maxsimd index --vectors`: reads files of vectors into a store.

import { normalize } from 'node:path'
import type { FileId } from '../../collection/file-id.js'
import { formatOf, readPoints, watchedSource } from '../../formats/index.js'
import { isTextIndex } from '../../text-index/index.js'
import { type ImportReport, importPoints } from '../../transfer/index.js'
import { openNamedFile } from '../named-file.js'
import { formatCount, formatWhole } from '../output/format-figures.js'
import { countPoints } from '../point-files.js'
import { EXIT_CODES, printJson, printNotice, progressOn, type Terminal, UsageError } from '../terminal.js'
import { columnsOf, type IndexArguments } from './index-arguments.js'

/** Reads vectors into a store. Returns the exit code. */
export async function indexVectors(
  paths: readonly string[],
  options: IndexArguments,
  terminal: Terminal,
): Promise<number> {
  const { store, lines, model, ext, lazy } = options
  if (ext) throw new UsageError('"--ext" and "--vectors" cannot be combined')
  if (lazy) throw new UsageError('"--lazy" and "--vectors" cannot be combined')
  if (lines) throw new UsageError('"--lines" and "--vectors" cannot be combined')
  if (model) throw new UsageError('"--model" and "--vectors" cannot be combined')
  if (await isTextIndex(store)) {
    throw new UsageError(`"${store}" is a text index; choose another folder with --store`)
  }
  const progress = progressOn(terminal)
  const sum = { points: 0, rows: 0, removed: 0, total: 0 }
  const repeated: string[] = []
  for (const path of paths) {
    progress.phase('reading', path)
    const { points, rows, removed, total, duplicates } = await importFile(
      path,
      options,
      terminal.signal,
      progress.update,
    )
    sum.points += points
    sum.rows += rows
    sum.removed += removed
    sum.total = total
    if (duplicates.length > 0) repeated.push(repeatedText(path, duplicates))
  }
  progress.clear()
  if (options.json) printJson(terminal, { path: store, ...sum })
  else {
    const removed = sum.removed > 0 ? `, ${sum.removed} removed` : ''
    terminal.stdout.write(
      `${formatCount(sum.points, 'document')}, ${formatCount(sum.rows, 'row')} read${removed}\n` +
        `${formatCount(sum.total, 'document')} in ${store}\n`,
    )
  }
  for (const text of repeated) printNotice(terminal, text)
  return repeated.length > 0 ? EXIT_CODES.problems : EXIT_CODES.success
}

function repeatedText(path: string, ids: readonly FileId[]): string {
  const shown = ids.slice(0, 5).map(String).join(', ')
  const subject = ids.length === 1 ? '1 id occurs' : `${formatWhole(ids.length)} ids occur`
  return `${path}: ${subject} more than once, and the last document of each is in the store: ${shown}${ids.length > 5 ? ', …' : ''}`
}

/** Reads a file of vectors into the store. */
async function importFile(
  path: string,
  options: IndexArguments,
  signal: AbortSignal,
  onProgress: (share: number, points: number) => void,
): Promise<ImportReport> {
  const { store, using, distance, datatype } = options
  const file = await openNamedFile(path)
  try {
    let [bytesRead, pointsRead] = [0, 0]
    const format = await formatOf(file)
    const source = watchedSource(file, bytes => {
      bytesRead += bytes
      onProgress(Math.min(1, bytesRead / file.size), pointsRead)
    })
    const points = countPoints(readPoints(source, { format, signal, columns: columnsOf(options) }), count => {
      pointsRead = count
    })
    return await importPoints(points, {
      path: store,
      file: normalize(path),
      using,
      distance,
      datatype,
      signal,
    })
  } finally {
    await file.close()
  }
}
