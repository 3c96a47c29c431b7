// `maxsimd index`: folders of text into an index, files of vectors into a store. Arguments in, figures out.

import { stat } from 'node:fs/promises'
import { normalize } from 'node:path'
import { Command, Option } from 'commander'
import type { Distance } from '../../collection/collection.js'
import { formatOf, openFile, readPoints, watchedSource } from '../../formats/index.js'
import { isTextIndex, openTextIndex, type UpdateReport } from '../../text-index/index.js'
import { importPoints } from '../../transfer/index.js'
import { formatCount } from '../output/format-figures.js'
import {
  type EncoderArguments,
  loadEncoder,
  type StoreArguments,
  withEncoder,
  withStore,
} from '../store-options.js'
import { exitCodes, printJson, progressOn, type Terminal, tell, UsageError } from '../terminal.js'

interface IndexArguments extends StoreArguments, EncoderArguments {
  readonly lines?: boolean
  readonly vectors?: boolean
  readonly datatype?: 'float32' | 'float16' | 'i16' | 'i8' | 'binary'
  readonly distance?: Distance
  readonly using?: string
}

const help = `
Reads .md, .txt, .rst, .org, .adoc, .tex and JSON lines with a "text" below the folders, and files that are named.
Each paragraph becomes a document that knows its file and line. Run it again when files have changed: it reads those
only, and takes out what was removed. With --vectors it reads .npy, .npz, safetensors, Parquet and JSON lines of
vectors in place of texts (docs/formats.md); points replace those with the same ids, and a file without ids replaces
the points that it had.

Example:
  maxsimd index notes/
  maxsimd index --lines quotes.txt --store .quotes
  maxsimd index --vectors corpus.npz --store corpus --distance Cosine --datatype float16

Exit code: 0 it is indexed, 1 some files could not be, 2 it could not be done.
`

/** The command, which tells its exit code to `done`. */
export function createIndex(terminal: Terminal, done: (code: number) => void): Command {
  const command = withEncoder(withStore(new Command('index').argument('<paths...>', 'folders and files')))
  return command
    .description('index folders of text, or files of vectors')
    .option('--lines', 'each line is a document, in place of each paragraph')
    .option('--vectors', 'the files have vectors')
    .addOption(
      new Option(
        '--datatype <type>',
        'how numbers are stored; left out: as they are there, else float16 for texts, float32 for vectors',
      ).choices(['float32', 'float16', 'i16', 'i8', 'binary']),
    )
    .addOption(
      new Option(
        '--distance <name>',
        'with --vectors: how rows are compared; left out: as it is there, else Dot',
      ).choices(['Dot', 'Cosine', 'Euclid', 'Manhattan']),
    )
    .option('--using <vector>', "with --vectors: the vector's name; left out: the only one, or colbert")
    .addHelpText('after', help)
    .action(async (paths: string[]) => done(await run(paths, command.opts<IndexArguments>(), terminal)))
}

async function run(paths: readonly string[], asked: IndexArguments, terminal: Terminal): Promise<number> {
  if (asked.vectors) return indexVectors(paths, asked, terminal)
  if (asked.distance) throw new UsageError('"--distance" goes with --vectors')
  const { signal } = terminal
  // a path that is not there leaves no empty index behind
  if (!(await isTextIndex(asked.store))) for (const path of paths) await stat(path)
  const loaded = await loadEncoder(asked, terminal, asked.store)
  const index = await openTextIndex(asked.store, { ...loaded, lines: asked.lines, datatype: asked.datatype })
  const progress = progressOn(terminal)
  try {
    progress.stage('indexing')
    const started = performance.now()
    const report = await index.update(paths, {
      signal,
      onProgress: ({ share, passages }) => progress.at(share, passages),
    })
    progress.clear()
    const points = await index.store.count()
    if (asked.json) printJson(terminal, { ...report, path: index.path, points })
    else {
      const seconds = ((performance.now() - started) / 1000).toFixed(1)
      terminal.stdout.write(
        `${reportText(report)}\n${formatCount(points, 'passage')} in ${index.path}, ${seconds} s\n`,
      )
    }
    for (const reason of report.skipped) tell(terminal, `left out: ${reason}`)
    if (points === 0) {
      tell(
        terminal,
        `nothing to index was found in ${paths.join(', ')}: no .md, .txt, .rst, .org, .adoc, .tex or .jsonl file has words`,
      )
    }
    return report.skipped.length > 0 || points === 0 ? exitCodes.found : exitCodes.well
  } finally {
    await index.close()
  }
}

function reportText({ added, changed, unchanged, removed, passages, unknown }: UpdateReport): string {
  const files = `${formatCount(added, 'new file')}, ${changed} changed, ${unchanged} unchanged, ${removed} removed`
  const without = unknown === 0 ? '' : `, ${unknown} without a known word`
  return `${files}; ${formatCount(passages, 'passage')} read${without}`
}

async function indexVectors(
  paths: readonly string[],
  asked: IndexArguments,
  terminal: Terminal,
): Promise<number> {
  const { signal } = terminal
  if (asked.lines) throw new UsageError('"--lines" goes with texts, "--vectors" with vectors')
  if (asked.model) throw new UsageError('"--model" goes with texts, "--vectors" with vectors')
  if (await isTextIndex(asked.store)) {
    throw new UsageError(`there is an index of texts at "${asked.store}"; --store names another folder`)
  }
  const progress = progressOn(terminal)
  const total = { points: 0, rows: 0, removed: 0, total: 0 }
  for (const path of paths) {
    progress.stage(`reading ${path}`)
    const file = await openFile(path)
    try {
      let read = 0
      const format = await formatOf(file)
      const source = watchedSource(file, bytes => {
        read += bytes
        progress.at(Math.min(1, read / file.size), total.points)
      })
      const report = await importPoints(readPoints(source, { format, signal }), {
        path: asked.store,
        file: normalize(path),
        vector: asked.using,
        distance: asked.distance,
        datatype: asked.datatype,
        signal,
      })
      total.points += report.points
      total.rows += report.rows
      total.removed += report.removed
      total.total = report.total
    } finally {
      await file.close()
    }
  }
  progress.clear()
  if (asked.json) printJson(terminal, { path: asked.store, ...total })
  else
    terminal.stdout.write(
      `${formatCount(total.points, 'document')}, ${formatCount(total.rows, 'row')} read${total.removed > 0 ? `, ${total.removed} removed` : ''}\n` +
        `${formatCount(total.total, 'document')} in ${asked.store}\n`,
    )
  return exitCodes.well
}
