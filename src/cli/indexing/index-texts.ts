// `maxsimd index` for texts: reads the files, and then encodes the rows of a model.

import {
  type EncodeRowsReport,
  isTextIndex,
  openTextIndex,
  type TextIndex,
  type UpdateReport,
} from '../../text-index/index.js'
import { loadEncoder } from '../encoder-options.js'
import { checkPaths, namedFileError } from '../named-file.js'
import { formatCount, formatFiles, formatWhole, secondsSince } from '../output/format-figures.js'
import { EXIT_CODES, printJson, printNotice, progressOn, type Terminal, UsageError } from '../terminal.js'
import { columnsOf, type IndexArguments, withFlags } from './index-arguments.js'

/** Reasons that are listed for files that are not read. */
const MAX_REASONS = 10

/** Indexes the texts of files. Returns the exit code. */
export async function indexTexts(
  paths: readonly string[],
  options: IndexArguments,
  terminal: Terminal,
): Promise<number> {
  for (const [flag, value] of [
    ['--distance', options.distance],
    ['--using', options.firstStage === undefined ? options.using : undefined],
    ['--vector-column', options.vectorColumn],
  ]) {
    if (value !== undefined) throw new UsageError(`"${flag}" requires --vectors`)
  }
  // checked before an index is created
  if (!(await isTextIndex(options.store))) await checkPaths(paths)
  const { lines, datatype } = options
  const loaded = await loadEncoder(options, terminal, options.store)
  const index = await openTextIndex(options.store, {
    ...loaded,
    lines,
    datatype,
    columns: columnsOf(options),
  })
  try {
    return await updateTexts(index, paths, options, terminal)
  } finally {
    await index.close()
  }
}

/** Reads the files, says that they can be searched, and then encodes the rows of a model. */
async function updateTexts(
  index: TextIndex,
  paths: readonly string[],
  options: IndexArguments,
  terminal: Terminal,
): Promise<number> {
  const { ext, lazy, json } = options
  const { signal } = terminal
  const progress = progressOn(terminal)
  progress.phase('indexing')
  const started = performance.now()
  const report = await index
    .update(paths, {
      endings: ext,
      lazy: true,
      signal,
      onProgress: ({ share, passages }) => progress.update(share, passages),
    })
    .catch((cause: unknown) => {
      const { path } = cause as { readonly path?: unknown }
      throw typeof path === 'string' ? namedFileError(path, cause) : cause
    })
  progress.clear()
  const points = await index.store.count()
  if (!json) {
    const total = `${formatCount(points, 'passage')} in ${index.path}, ${secondsSince(started)} s`
    terminal.stdout.write(`${updateText(report)}\n${total}\n${notReadText(report)}`)
  }
  for (const reason of report.skipped) printNotice(terminal, `skipped: ${withFlags(reason)}`)
  if (points === 0) printNotice(terminal, nothingFound(paths))
  const { withoutRows } = report
  const { encoded, cut } =
    lazy || withoutRows === 0
      ? { encoded: 0, cut: 0 }
      : await encodeRows(index, withoutRows, options, terminal)
  if (json) {
    printJson(terminal, {
      ...report,
      ...{ encoded, cut, withoutRows: withoutRows - encoded, path: index.path, points },
    })
  } else if (lazy && withoutRows > 0) {
    terminal.stdout.write(
      `${formatCount(withoutRows, 'passage')} without rows, found by words; to encode them, run it again without --lazy\n`,
    )
  }
  return report.skipped.length > 0 || points === 0 ? EXIT_CODES.problems : EXIT_CODES.success
}

/** Encodes the missing rows of all passages. */
async function encodeRows(
  index: TextIndex,
  total: number,
  { json }: IndexArguments,
  terminal: Terminal,
): Promise<EncodeRowsReport> {
  const print = (text: string) => json || terminal.stdout.write(`${text}\n`)
  print(`encoding ${formatCount(total, 'passage')}, which can be found by their words meanwhile`)
  const progress = progressOn(terminal)
  progress.phase('encoding')
  const started = performance.now()
  let [done, cut] = [0, 0]
  try {
    const report = await index.encodeRows({
      signal: terminal.signal,
      onProgress({ share, passages }) {
        done = passages
        progress.update(share, passages)
      },
    })
    cut = report.cut
  } catch (error) {
    if (terminal.signal.aborted) {
      printNotice(terminal, `${done} of ${formatCount(total, 'passage')} encoded; the next run continues`)
    }
    throw error
  }
  progress.clear()
  print(
    `${formatCount(total, 'passage')} encoded, ${secondsSince(started)} s${cut > 0 ? `, ${cut} cut` : ''}`,
  )
  return { encoded: total, cut }
}

function updateText(report: UpdateReport): string {
  const { passages, unknown } = report
  const skipped = unknown === 0 ? '' : `, ${unknown} skipped (no word)`
  return `${formatFiles(report)}; ${formatCount(passages, 'passage')} read${skipped}`
}

/** What was not read, by reason, the largest number first; empty if everything was. */
function notReadText({ ignored, skipped }: UpdateReport): string {
  const reasons = Object.entries(ignored).sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
  const parts = reasons.slice(0, MAX_REASONS).map(([reason, count]) => `${formatWhole(count)} ${reason}`)
  const others = reasons.slice(MAX_REASONS).reduce((sum, [, count]) => sum + count, 0)
  if (others > 0) parts.push(`${formatWhole(others)} others`)
  if (skipped.length > 0) parts.push(`${formatWhole(skipped.length)} with a problem (listed)`)
  return parts.length === 0 ? '' : `not read: ${parts.join(', ')}\n`
}

const nothingFound = (paths: readonly string[]) =>
  `found nothing to index in ${paths.join(', ')}: no text, web page, source code, PDF or .jsonl file with a word`
