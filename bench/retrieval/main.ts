// `npm run bench:retrieval`. Measures the cost and the loss of each technique of retrieval. Writes
// bench/results/retrieval.{json,md}, two charts for each data set, and the marked block of docs/scale.md.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import process, { stderr, stdout } from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { findEngine, NoEngineError } from '../../demo/engine.js'
import { engine, processor } from '../shared/machine.js'
import { replaceBlock } from '../shared/marked-block.js'
import { createServerBackend, type ServerBackend } from './backends.js'
import { type Cost, toChart } from './chart.js'
import { loadDefinitions, loadPassages } from './contextual.js'
import { type Dataset, loadDictionary } from './dataset.js'
import { type DatasetResult, measureDataset, type TechniqueResult } from './measure.js'
import { measurePresets } from './presets.js'
import { measureQuantized } from './quantized.js'
import { type RetrievalRun, toMarkdown } from './report.js'
import { FAMILIES } from './techniques.js'

/** The parts that are measured in collections. The other parts are the families of techniques. */
const PRESETS = 'presets'
const QUANTIZED = 'quantized'
const PARTS = [...FAMILIES, PRESETS, QUANTIZED] as const

const HELP = `Measures the cost and the loss of each technique of retrieval, compared with exact search.

  npm run bench:retrieval                          measure all data sets
  npm run bench:retrieval -- --dataset dictionary  measure one data set and keep the earlier results of the others
  npm run bench:retrieval -- --family pooled       measure one of ${PARTS.join(', ')}
  npm run bench:retrieval -- --draw                write the tables and charts of the earlier results, without measuring
  npm run bench:retrieval -- --limit 2000          use only the first 2000 documents, and write no files

Presets are measured in the store, and on the server that QDRANT_URL or QDRANT_BIN names. Quantizations of a server are
measured only there.
Exit codes: 0 success, 1 wrong result or other failure.
`

const log = (line: string) => stderr.write(`${line}\n`)

const DATASETS: Readonly<Record<string, () => Dataset | Promise<Dataset | undefined>>> = {
  dictionary: loadDictionary,
  definitions: () => loadDefinitions(log),
  passages: () => loadPassages(log),
}

/** Larger data sets are not measured in collections: a server would need an hour. Counts the numbers in all rows. */
const MAX_NUMBERS_IN_COLLECTIONS = 30e6

const pathTo = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const resultsFolder = pathTo('bench/results')
const resultsFile = join(resultsFolder, 'retrieval.json')

/** Reads the results of the last run, if any. */
function readLastRun(): RetrievalRun | undefined {
  return existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, 'utf8')) : undefined
}

/** Takes the first documents of a data set, and the queries that should find one of them. */
function truncate(data: Dataset, limit: number): Dataset {
  const documents = data.documents.slice(0, limit)
  return { ...data, documents, queries: data.queries.filter(({ target }) => target < documents.length) }
}

/** Calls `run` with a server, or without one if none is named. */
async function withServer<T>(run: (server: ServerBackend | undefined) => Promise<T>): Promise<T> {
  const found = await findEngine(undefined, process.env).catch((error: Error) => {
    if (!(error instanceof NoEngineError)) throw error
    log(
      'neither QDRANT_URL nor QDRANT_BIN names a server: presets are measured in the store only, quantizations not at all',
    )
    return undefined
  })
  try {
    return await run(found && (await createServerBackend(found)))
  } finally {
    await found?.stop()
  }
}

/** Measures the chosen parts that need collections. */
async function measureCollections(
  data: Dataset,
  parts: readonly string[],
  onPart: (part: string) => void,
): Promise<Pick<DatasetResult, 'presets' | 'quantized'>> {
  const isChosen = parts.includes(PRESETS) || parts.includes(QUANTIZED)
  const numbers = data.documents.reduce((sum, rows) => sum + rows.data.length, 0)
  if (!isChosen || numbers > MAX_NUMBERS_IN_COLLECTIONS) return {}
  return withServer(async server => ({
    ...(parts.includes(PRESETS) && { presets: await measurePresets(data, server, onPart) }),
    ...(parts.includes(QUANTIZED) && server && { quantized: await measureQuantized(data, server, onPart) }),
  }))
}

/** Replaces the results of the families that were measured again. Sorts all results by family. */
function mergeResults(
  earlier: readonly TechniqueResult[],
  measured: readonly TechniqueResult[],
): TechniqueResult[] {
  const families = new Set(measured.map(({ family }) => family))
  const all = [...earlier.filter(({ family }) => !families.has(family)), ...measured]
  return all.sort((a, b) => FAMILIES.indexOf(a.family) - FAMILIES.indexOf(b.family))
}

/** Measures the chosen parts of a data set. Parts that are not chosen keep their earlier results. */
async function measureParts(
  data: Dataset,
  parts: readonly string[],
  earlier: DatasetResult | undefined,
): Promise<DatasetResult> {
  const onPart = (part: string) => log(`${data.name}: ${part}`)
  const families = FAMILIES.filter(family => parts.includes(family))
  const result = await measureDataset(data, families, onPart)
  const inCollections = await measureCollections(data, parts, onPart)
  const { presets = earlier?.presets, quantized = earlier?.quantized } = inCollections
  return {
    ...result,
    techniques: mergeResults(earlier?.techniques ?? [], result.techniques),
    ...(presets && { presets }),
    ...(quantized && { quantized }),
  }
}

/** The values of an option, or all of them if it is not given. */
function parseNames<T extends string>(
  names: readonly string[] | undefined,
  all: readonly T[],
  option: string,
): readonly T[] {
  const wrong = names?.find(name => !all.includes(name as T))
  if (wrong !== undefined) throw new Error(`${option} expected one of ${all.join(', ')}, got ${wrong}`)
  return (names as readonly T[] | undefined) ?? all
}

function writeRun(run: RetrievalRun): void {
  mkdirSync(resultsFolder, { recursive: true })
  writeFileSync(resultsFile, `${JSON.stringify(run, null, 1)}\n`)
  const block = toMarkdown(run)
  writeFileSync(join(resultsFolder, 'retrieval.md'), `# Retrieval, measured\n\n${block}`)
  const page = pathTo('docs/scale.md')
  writeFileSync(page, replaceBlock(readFileSync(page, 'utf8'), 'docs/scale.md', 'retrieval', block))
  const subtitle = `${run.engine.replace(/ \(.*/, '')}, ${run.processor}, one thread; numbers are lines of the table; ${run.date}`
  for (const dataset of run.datasets) {
    for (const [cost, name] of [
      ['milliseconds', 'time'],
      ['searched', 'bytes'],
    ] as const satisfies readonly (readonly [Cost, string])[]) {
      const file = join(resultsFolder, `retrieval-${dataset.name}-${name}.svg`)
      writeFileSync(file, toChart(dataset, cost, subtitle))
    }
  }
}

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  dataset: { type: 'string', multiple: true },
  family: { type: 'string', multiple: true },
  draw: { type: 'boolean' },
  limit: { type: 'string' },
} as const

async function main(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS })
  if (values.help) {
    stdout.write(HELP)
    return
  }
  if (values.draw) {
    const run = readLastRun()
    if (!run) throw new Error('there are no earlier results; measure first, without --draw')
    writeRun(run)
    return
  }
  const names = parseNames(values.dataset, Object.keys(DATASETS), '--dataset')
  const parts = parseNames(values.family, PARTS, '--family')
  const limit = Number(values.limit ?? Number.MAX_SAFE_INTEGER)
  if (!(limit >= 1)) throw new Error(`--limit expected a number of documents, got ${values.limit}`)
  const earlier = values.limit ? [] : (readLastRun()?.datasets ?? [])
  const results = new Map(earlier.map(dataset => [dataset.name, dataset]))
  for (const name of names) {
    const data = await DATASETS[name]!()
    if (data) results.set(name, await measureParts(truncate(data, limit), parts, results.get(name)))
  }
  const run: RetrievalRun = {
    date: new Date().toISOString().slice(0, 10),
    engine: engine(),
    processor: processor(),
    load: loadavg()[0]!,
    datasets: Object.keys(DATASETS).flatMap(name => results.get(name) ?? []),
  }
  stdout.write(toMarkdown(run))
  if (values.limit === undefined) writeRun(run)
}

main(process.argv.slice(2)).catch((error: Error) => {
  stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
