// `maxsimd info`: shows a collection of a server, a store, or an index of texts or pages, with sizes.

import { Command } from 'commander'
import { type PageCatalog, readPageCatalog } from '../../pages/page-index/page-catalog.js'
import { withFirstStage } from '../../stages/index.js'
import { lostStageIn } from '../../stages/stored/stage-file.js'
import type { Store } from '../../store/index.js'
import { countWithoutRows } from '../../text-index/catalog.js'
import { readCatalog } from '../../text-index/index.js'
import { connect } from '../connection.js'
import { driftOf, driftText, lostStageText } from '../first-stage/stage-options.js'
import { type ConnectionOptions, countOption, withConnection } from '../options.js'
import { collectionInfoText } from '../output/collection-info-text.js'
import { formatCount } from '../output/format-figures.js'
import { helpText } from '../output/help-text.js'
import { type PagesInfo, storeInfoText } from '../output/store-info-text.js'
import { DEFAULT_FOLDER, openForReading } from '../store-options.js'
import {
  EXIT_CODES,
  printJson,
  printNotice,
  type SetExitCode,
  styleOn,
  type Terminal,
  UsageError,
} from '../terminal.js'

interface InfoArguments extends Omit<ConnectionOptions, 'collection'> {
  readonly collection?: string
  readonly store?: string
  readonly sample: number
}

const HELP = helpText(
  `
For a collection: its configuration, its state, and the size of its vectors, estimated from the mean size of a few
documents. For a store or an index: its size on disk and in memory, and damaged parts; for an index of pages also its
model, its grid of patches, and what is not in it. Exit code 1: the collection is red, a shard replica is not active, or
the store is damaged.`,
  [
    'npx maxsimd info --collection colbert-search',
    'npx maxsimd info -c colbert-search --json',
    'npx maxsimd info',
    'npx maxsimd info --store corpus',
  ],
)

export function createInfo(terminal: Terminal, setExitCode: SetExitCode): Command {
  const command = withConnection(new Command('info'), { collection: 'optional' })
  return command
    .description('show a collection or store, with sizes')
    .option(
      '--store <folder>',
      `show a store or an index, not a collection (default without --collection: ${DEFAULT_FOLDER})`,
    )
    .addOption(countOption('-s, --sample <n>', 'number of documents whose mean size is used', 64))
    .addHelpText('after', HELP)
    .action(async () => setExitCode(await runInfo(command.opts<InfoArguments>(), terminal)))
}

async function runInfo(options: InfoArguments, terminal: Terminal): Promise<number> {
  const { collection: name, store, json } = options
  if (name !== undefined && store !== undefined) {
    throw new UsageError('"--collection" and "--store" cannot be combined')
  }
  if (name === undefined) return showStore(store ?? DEFAULT_FOLDER, json, terminal)
  const collection = await connect({ ...options, collection: name }, terminal)
  const info = await collection.info({ sample: options.sample, signal: terminal.signal })
  if (json) printJson(terminal, { name: collection.name, ...info })
  else terminal.stdout.write(collectionInfoText(collection.name, info, styleOn(terminal)))
  const isHealthy = info.status !== 'red' && info.active === info.replicas
  return isHealthy ? EXIT_CODES.success : EXIT_CODES.problems
}

/** The first stage of a store, and the number of documents without its vector. */
async function stageOf(store: Store) {
  const staged = await withFirstStage(store)
  if (!staged.firstStage) return undefined
  const { stage, vector, using, candidates, documents, missing } = staged.firstStage
  const drift = await driftOf(staged)
  const settings = { stage, vector, using, candidates, documents, missing: await missing() }
  return { ...settings, ...(drift && { drift }) }
}

function stageText({
  vector,
  candidates,
  documents,
  missing,
}: NonNullable<Awaited<ReturnType<typeof stageOf>>>): string {
  const fitted = `fitted to ${formatCount(documents, 'document')}`
  const lacking =
    missing > 0
      ? `; ${formatCount(missing, 'document')} without its vector, so queries search all documents`
      : ''
  return `  first stage ${vector}: ${candidates} candidates for ten results, ${fitted}${lacking}\n`
}

/** The model of an index of pages, its files, and the grid of one page. */
async function pagesInfoOf({ encoder, resolution, files }: PageCatalog, store: Store): Promise<PagesInfo> {
  const entries = Object.values(files)
  return {
    encoder,
    resolution,
    files: entries.length,
    problems: entries.flatMap(({ problems }) => problems),
    layout: await firstLayout(store),
  }
}

async function firstLayout(store: Store): Promise<PagesInfo['layout']> {
  for await (const { payload } of store.scroll({ with_payload: true })) {
    return payload?.layout as PagesInfo['layout']
  }
  return undefined
}

async function showStore(path: string, json: boolean | undefined, terminal: Terminal): Promise<number> {
  const catalog = await readCatalog(path)
  const pageCatalog = await readPageCatalog(path)
  const store = await openForReading(path, { salvage: true })
  try {
    const { config } = store
    const info = await store.info()
    const texts = catalog && {
      encoder: catalog.encoder,
      files: Object.keys(catalog.files).length,
      lines: catalog.lines,
      withoutRows: countWithoutRows(catalog),
    }
    const pages = pageCatalog && (await pagesInfoOf(pageCatalog, store))
    const firstStage = await stageOf(store)
    const lostStage = await lostStageIn(info.path!, config.vectors)
    if (json) {
      printJson(terminal, {
        ...info,
        path,
        config,
        ...(texts && { texts }),
        ...(pages && { pages }),
        ...(firstStage && { firstStage }),
        ...(lostStage !== undefined && { lostStage }),
      })
    } else {
      terminal.stdout.write(storeInfoText(path, info, config.vectors, { texts, pages }, styleOn(terminal)))
      if (firstStage) terminal.stdout.write(stageText(firstStage))
      if (firstStage?.drift) printNotice(terminal, driftText(firstStage, firstStage.drift, path))
      if (lostStage !== undefined) printNotice(terminal, lostStageText(lostStage, path))
    }
    return info.damage.length > 0 ? EXIT_CODES.problems : EXIT_CODES.success
  } finally {
    await store.close()
  }
}
