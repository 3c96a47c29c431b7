// `maxsimd index --pages`: the pages of PDF files and images.

import { isPageIndex, openPageIndex, type PageIndex, type PageUpdateReport } from '../../pages/index.js'
import { readPageCatalog } from '../../pages/page-index/page-catalog.js'
import { isTextIndex } from '../../text-index/index.js'
import { checkPaths } from '../named-file.js'
import { formatCount, formatFiles, secondsSince } from '../output/format-figures.js'
import { EXIT_CODES, printJson, printNotice, progressOn, type Terminal, UsageError } from '../terminal.js'
import { loadPageEncoder } from './page-encoder.js'

/** The options that `index --pages` takes. */
export interface IndexPagesArguments {
  readonly store: string
  readonly model?: string | undefined
  readonly resolution?: number | undefined
  readonly datatype?: string | undefined
  readonly json?: boolean | undefined
}

const DATATYPES = ['float32', 'float16', 'i8'] as const

/** Indexes the pages of files. Returns the exit code. */
export async function indexPages(
  paths: readonly string[],
  options: IndexPagesArguments,
  terminal: Terminal,
): Promise<number> {
  const { store: path, resolution, datatype } = options
  if (await isTextIndex(path)) {
    throw new UsageError(`"${path}" is a text index; choose another folder for pages with --store`)
  }
  const model = options.model ?? (await readPageCatalog(path))?.encoder
  if (model === undefined) {
    throw new UsageError(
      '"--pages" requires --model: Qdrant/colmodernvbert, or the folder of a model for pages',
    )
  }
  const type = DATATYPES.find(name => name === datatype)
  if (datatype !== undefined && type === undefined) {
    throw new UsageError(`"--datatype" of pages expected one of ${DATATYPES.join(', ')}, got ${datatype}`)
  }
  if (!(await isPageIndex(path))) await checkPaths(paths)
  const { encoder, encoderName } = await loadPageEncoder(model, terminal)
  try {
    const index = await openPageIndex(path, { encoder, encoderName, resolution, datatype: type })
    try {
      return await updatePageIndex(index, paths, options, terminal)
    } finally {
      await index.close()
    }
  } finally {
    await encoder.dispose()
  }
}

async function updatePageIndex(
  index: PageIndex,
  paths: readonly string[],
  { json }: IndexPagesArguments,
  terminal: Terminal,
): Promise<number> {
  const { signal } = terminal
  const progress = progressOn(terminal)
  progress.phase('encoding pages')
  const started = performance.now()
  let done = 0
  const onProgress = ({ share, pages }: { readonly share: number; readonly pages: number }) => {
    done = pages
    progress.update(share, pages)
  }
  const report = await index.update(paths, { signal, onProgress }).catch((error: unknown) => {
    if (signal.aborted) printNotice(terminal, `${formatCount(done, 'page')} encoded; the next run continues`)
    throw error
  })
  progress.clear()
  const pages = await index.store.count()
  const seconds = secondsSince(started)
  if (json) printJson(terminal, { ...report, path: index.path, pages })
  else
    terminal.stdout.write(
      `${reportText(report)}\n${formatCount(pages, 'page')} in ${index.path}, ${seconds} s\n`,
    )
  for (const problem of report.problems) printNotice(terminal, `skipped: ${problem}`)
  if (pages === 0) printNotice(terminal, `found no page in ${paths.join(', ')}: no PDF file or image`)
  return report.problems.length > 0 || pages === 0 ? EXIT_CODES.problems : EXIT_CODES.success
}

function reportText(report: PageUpdateReport): string {
  const { encoded, resumed } = report
  const found = resumed === 0 ? '' : `, ${resumed} encoded before`
  return `${formatFiles(report)}; ${formatCount(encoded, 'page')} encoded${found}`
}
