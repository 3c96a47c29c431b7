// `maxsimd index`: indexes folders of text, or reads files of vectors into a store.

import { normalize } from 'node:path'
import { Command, Option } from 'commander'
import type { Distance } from '../../collection/collection.js'
import type { FileId } from '../../collection/file-id.js'
import { type FileColumns, FormatError, formatOf, readPoints, watchedSource } from '../../formats/index.js'
import {
  type EncodeRowsReport,
  isTextIndex,
  openTextIndex,
  type TextIndex,
  type UpdateReport,
} from '../../text-index/index.js'
import { type ImportReport, importPoints } from '../../transfer/index.js'
import {
  type EncoderArguments,
  INDEX_ENCODER,
  loadEncoder,
  longTextOption,
  withEncoder,
} from '../encoder-options.js'
import {
  changeStage,
  checkStageOptions,
  keepStage,
  type StageArguments,
  withStageOptions,
} from '../first-stage/stage-options.js'
import { checkPaths, namedFileError, openNamedFile } from '../named-file.js'
import { countOption } from '../options.js'
import { formatCount, formatWhole } from '../output/format-figures.js'
import { helpText } from '../output/help-text.js'
import { countPoints } from '../point-files.js'
import { type StoreArguments, withStore } from '../store-options.js'
import {
  EXIT_CODES,
  printJson,
  printNotice,
  progressOn,
  type SetExitCode,
  type Terminal,
  UsageError,
} from '../terminal.js'

interface IndexArguments extends StoreArguments, EncoderArguments, StageArguments {
  readonly lines?: boolean
  readonly vectors?: boolean
  readonly datatype?: 'float32' | 'float16' | 'i16' | 'i8' | 'binary'
  readonly distance?: Distance
  readonly using?: string
  readonly vectorColumn?: string
  readonly idColumn?: string
  readonly textColumn?: string
  readonly ext?: readonly string[]
  readonly lazy?: boolean
  readonly pages?: boolean
  readonly resolution?: number
}

/** Reasons that are listed for files that are not read. */
const MAX_REASONS = 10

const HELP = helpText(
  `
Reads .md, .txt, .rst, .org, .adoc and .tex files, web pages, source code, PDF (with the package unpdf) and JSON lines
with a "text" in the given folders, and any file that you name, also .json and .parquet files with a text in each item
or row. Each paragraph becomes a document with its file and line. What is not read is counted at the end. Run the
command again when files have changed: it reads the changed files only and removes deleted ones from the index. With a
model, passages can be found by their words at once, and their rows are encoded last; ctrl-C keeps what is done, and
the next run continues. --lazy leaves all rows to the next run. With --vectors, it reads vectors from .npy, .npz,
safetensors, Parquet and JSON lines into a store (docs/formats.md). With --pages and a model for pages, it indexes the
pages of PDF files (with the package @hyzyla/pdfium) and images by how they look (docs/pages.md). Points replace
earlier points with the same ids; a file without ids replaces the points from its previous reading. --first-stage lemur
makes searches of a large index or store fast: they score a few hundred candidates exactly instead of all documents, and
"npx maxsimd advise" measures what they find. Documents that are added later get their vectors too. Without paths,
nothing is indexed. Exit code 1: some files have a problem, an id occurs more than once, or there was nothing to index.`,
  [
    'npx maxsimd index notes/',
    'npx maxsimd index --lines quotes.txt --store .quotes',
    'npx maxsimd index logs/ --ext log',
    'npx maxsimd index notes/ --model colbert-ir/colbertv2.0 --lazy',
    'npx maxsimd index papers/ --pages --model Qdrant/colmodernvbert --store .pages',
    'npx maxsimd index --vectors corpus.npz --store corpus --distance Cosine --datatype float16',
    'npx maxsimd index --vectors corpus.parquet --store corpus --vector-column colbert --id-column doc_id',
    'npx maxsimd index --store corpus --first-stage lemur',
  ],
)

export function createIndex(terminal: Terminal, setExitCode: SetExitCode): Command {
  const command = withEncoder(
    withStore(new Command('index').argument('[paths...]', 'folders and files')),
    INDEX_ENCODER,
  )
  return withStageOptions(command)
    .description('index folders of text, or files of vectors')
    .addOption(longTextOption('windows'))
    .option('--lines', 'make each line a document, not each paragraph')
    .option('--vectors', 'read vectors, not texts')
    .addOption(
      new Option(
        '--datatype <type>',
        'storage type of the elements (default: as in the index or store, or float16 for texts and float32 for vectors)',
      ).choices(['float32', 'float16', 'i16', 'i8', 'binary']),
    )
    .addOption(
      new Option(
        '--distance <name>',
        'with --vectors: how rows are compared (default: as in the store, or Dot)',
      ).choices(['Dot', 'Cosine', 'Euclid', 'Manhattan']),
    )
    .option(
      '--using <vector>',
      'with --vectors or --first-stage: name of the vector (default: the only one, or colbert)',
    )
    .option(
      '--vector-column <name>',
      'with --vectors: column, field or array with the vectors (default: vector, vectors, embedding or embeddings)',
    )
    .option('--id-column <name>', 'column, field or array with the ids (default: id or _id; ids for arrays)')
    .option('--text-column <name>', 'column or field with the texts (default: text)')
    .option(
      '--ext <endings>',
      'endings of further files to read as plain text, such as log,yaml; the index keeps them',
      parseEndings,
    )
    .option(
      '--lazy',
      'with a model: end when passages can be found by their words; the next run encodes rows',
    )
    .option('--pages', 'index the pages of PDF files and images by how they look')
    .addOption(countOption('--resolution <n>', 'with --pages: pixels per inch of PDF pages (default: 150)'))
    .addHelpText('after', HELP)
    .action(async (paths: string[]) => {
      const options = command.opts<IndexArguments>()
      try {
        setExitCode(await indexPaths(paths, options, terminal))
      } catch (cause) {
        if (!(cause instanceof FormatError || cause instanceof RangeError)) throw cause
        throw new Error(withFlags(cause.message), { cause })
      }
    })
}

/** @throws UsageError if an option is for texts or vectors */
async function checkedPages(
  paths: readonly string[],
  options: IndexArguments,
  terminal: Terminal,
): Promise<number> {
  for (const name of [
    'lines',
    'vectors',
    'distance',
    'using',
    'vectorColumn',
    'idColumn',
    'textColumn',
    'ext',
    'lazy',
  ] as const) {
    if (options[name] === undefined) continue
    const flag = name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
    throw new UsageError(`"--${flag}" and "--pages" cannot be combined`)
  }
  const { indexPages } = await import('../pages/index-pages.js')
  return indexPages(paths, options, terminal)
}

/** Indexes files, and adds a first stage or keeps it complete. */
async function indexPaths(
  paths: readonly string[],
  options: IndexArguments,
  terminal: Terminal,
): Promise<number> {
  const { firstStage, vectors, pages } = options
  checkStageOptions(options)
  if (paths.length === 0 && firstStage === undefined)
    throw new UsageError("missing required argument 'paths'")
  const index = pages ? checkedPages : vectors ? indexVectors : indexTexts
  const code = paths.length === 0 ? EXIT_CODES.success : await index(paths, options, terminal)
  if (firstStage !== undefined) await changeStage(options, terminal, paths.length === 0)
  else await keepStage(options, terminal)
  return code
}

/** The endings of a list with commas, after those of the option before. */
function parseEndings(list: string, before: readonly string[] = []): readonly string[] {
  const endings = list.split(',').map(
    each =>
      `.${each
        .trim()
        .replace(/^\*?\./, '')
        .toLowerCase()}`,
  )
  const wrong = endings.find(each => !/^\.[^./\\\s*]+$/.test(each))
  if (wrong === undefined) return [...before, ...endings]
  throw new UsageError(`"--ext" expected endings such as log,yaml, got "${list}"`)
}

async function indexTexts(
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

const secondsSince = (started: number) => ((performance.now() - started) / 1000).toFixed(1)

/** The columns that the options name; undefined without any. */
function columnsOf({ vectorColumn, idColumn, textColumn }: IndexArguments): FileColumns | undefined {
  const columns = {
    ...(vectorColumn !== undefined && { vector: vectorColumn }),
    ...(idColumn !== undefined && { id: idColumn }),
    ...(textColumn !== undefined && { text: textColumn }),
  }
  return Object.keys(columns).length > 0 ? columns : undefined
}

/** A message of the library with the options of the command line. */
const withFlags = (message: string) =>
  message
    .replace('the option "columns" sets other names', 'choose others with --vector-column or --text-column')
    .replace(/the option "columns\.(vector|id|text)"/, '--$1-column')
    .replace(/"columns\.(vector|id|text)"/g, '"--$1-column"')

function updateText({ added, changed, unchanged, removed, passages, unknown }: UpdateReport): string {
  const files = `${formatCount(added, 'new file')}, ${changed} changed, ${unchanged} unchanged, ${removed} removed`
  const skipped = unknown === 0 ? '' : `, ${unknown} skipped (no word)`
  return `${files}; ${formatCount(passages, 'passage')} read${skipped}`
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

async function indexVectors(
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
