// `npm run bench:retrieval`. Measures the cost and the loss of each technique of retrieval, part by part. Writes
// bench/results/retrieval.{json,md}, the charts, and the marked block of docs/scale.md, after each part.

import { loadavg } from 'node:os'
import { resolve } from 'node:path'
import process, { stderr, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { engine, processor } from '../shared/machine.js'
import { loadDefinitions, loadPassages } from './contextual.js'
import { loadJudged, loadJudgedWords } from './cranfield.js'
import { type Dataset, loadDictionary } from './dataset.js'
import { EXTRAS, type Extra, hasExtra, measureExtra } from './extras.js'
import { prepareDataset } from './measure.js'
import { hasPart, isSameData, measurePart, PARTS, type Part } from './parts.js'
import { type RetrievalRun, toMarkdown } from './report.js'
import { readLastRun, writeRun } from './results.js'

const HELP = `Measures the cost and the loss of each technique of retrieval, compared with exact search.

  npm run bench:retrieval                          measure all data sets and all parts but growth
  npm run bench:retrieval -- --dataset dictionary  measure one data set and keep the earlier results of the others
  npm run bench:retrieval -- --part pooled         measure one of ${[...PARTS, ...EXTRAS].join(', ')}
  npm run bench:retrieval -- --missing             measure only what has no result, for example after an interrupted run
  npm run bench:retrieval -- --minutes 10          begin no part after ten minutes; --missing continues
  npm run bench:retrieval -- --data FOLDER         the folder of Cranfield: corpus.jsonl, queries.jsonl and qrels.tsv
  npm run bench:retrieval -- --part growth         a store that grows to a million documents: half an hour
  npm run bench:retrieval -- --draw                write the tables and charts of the earlier results, without measuring
  npm run bench:retrieval -- --limit 2000          use only the first 2000 documents, and write no files

Results are written after each part. Presets are measured in the store, and on the server that QDRANT_URL or QDRANT_BIN
names. Quantizations of a server are measured only there.
Exit codes: 0 success, 1 wrong result or other failure.
`

const log = (line: string) => stderr.write(`${line}\n`)

const DATASETS = ['dictionary', 'definitions', 'passages', 'cranfield'] as const
type DatasetName = (typeof DATASETS)[number]

/** Loads data sets, each once. Undefined: it cannot be loaded here. */
function createLoader(folder: string | undefined, limit: number) {
  const loads: Readonly<Record<DatasetName, () => Dataset | Promise<Dataset | undefined>>> = {
    dictionary: loadDictionary,
    definitions: () => loadDefinitions(log),
    passages: () => loadPassages(log),
    cranfield: () => loadJudged(folder, log),
  }
  const loaded = new Map<DatasetName, Promise<Dataset | undefined>>()
  return (name: DatasetName): Promise<Dataset | undefined> => {
    const found =
      loaded.get(name) ?? Promise.resolve(loads[name]()).then(data => data && truncate(data, limit))
    loaded.set(name, found)
    return found
  }
}

/** Takes the first documents of a data set, and the queries that should find one of them. */
function truncate(data: Dataset, limit: number): Dataset {
  const documents = data.documents.slice(0, limit)
  const queries = data.queries.flatMap(({ rows, targets }) => {
    const left = targets.filter(target => target < documents.length)
    return left.length > 0 ? [{ rows, targets: left }] : []
  })
  return { ...data, documents, queries }
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

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  dataset: { type: 'string', multiple: true },
  part: { type: 'string', multiple: true },
  missing: { type: 'boolean' },
  minutes: { type: 'string' },
  data: { type: 'string' },
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
  const names = parseNames(values.dataset, DATASETS, '--dataset')
  const chosen = parseNames(values.part, [...PARTS, ...EXTRAS], '--part')
  const limit = numberOf(values.limit, '--limit expected a number of documents')
  const minutes = numberOf(values.minutes, '--minutes expected a number of minutes')
  const { missing = false, data: folder } = values
  const context: RunContext = {
    run: values.limit === undefined ? (readLastRun() ?? emptyRun()) : emptyRun(),
    load: createLoader(folder && resolve(folder), limit),
    loadJudgedWords: () => loadJudgedWords(folder && resolve(folder), log),
    deadline: performance.now() + 60_000 * minutes,
    missing,
    save: values.limit === undefined,
    limit: values.limit === undefined ? undefined : limit,
  }
  const parts = PARTS.filter(part => chosen.includes(part))
  for (const name of names) await measureParts(context, name, parts)
  // growth takes long and is measured only by name
  const extras = EXTRAS.filter(extra => (values.part ? chosen.includes(extra) : extra !== 'growth'))
  const isLimited = values.dataset !== undefined && values.part === undefined
  for (const extra of isLimited ? [] : extras) await measureExtras(context, extra)
  stdout.write(toMarkdown(context.run))
}

function numberOf(value: string | undefined, problem: string): number {
  const number = Number(value ?? Number.MAX_SAFE_INTEGER)
  if (!(number >= 1)) throw new Error(`${problem}, got ${value}`)
  return number
}

/** A run in progress. */
interface RunContext {
  run: RetrievalRun
  readonly load: (name: DatasetName) => Promise<Dataset | undefined>
  readonly loadJudgedWords: () => ReturnType<typeof loadJudgedWords>
  readonly deadline: number
  readonly missing: boolean
  readonly save: boolean
  /** Documents at most, if that is not all. */
  readonly limit: number | undefined
}

const emptyRun = (): RetrievalRun => ({
  date: '',
  engine: engine(),
  processor: processor(),
  load: 0,
  datasets: [],
})

/** Keeps a new result. */
function keep(context: RunContext, change: Partial<RetrievalRun>): void {
  context.run = {
    ...context.run,
    ...change,
    date: new Date().toISOString().slice(0, 10),
    engine: engine(),
    processor: processor(),
    load: loadavg()[0]!,
  }
  if (context.save) writeRun(context.run)
}

/** Whether the time is over. */
function isLate({ deadline }: RunContext, part: string): boolean {
  const isOver = performance.now() > deadline
  if (isOver) log(`${part}: not begun, because the time is over; --missing continues`)
  return isOver
}

/** Measures parts of a data set. */
async function measureParts(context: RunContext, name: DatasetName, parts: readonly Part[]): Promise<void> {
  if (parts.length === 0 || isLate(context, name)) return
  const data = await context.load(name)
  if (!data) return
  const earlier = context.run.datasets.find(dataset => dataset.name === name)
  const known = earlier && isSameData(earlier, data) ? earlier : undefined
  const wanted = context.missing ? parts.filter(part => !hasPart(known, part, data)) : parts
  if (wanted.length === 0) return
  using prepared = await prepareDataset(data)
  let result = known
    ? { ...known, ...prepared.description, techniques: known.techniques }
    : prepared.description
  for (const part of wanted) {
    if (isLate(context, `${name}: ${part}`)) return
    result = await measurePart(prepared, result, part, line => log(`${name}: ${line}`))
    const others = context.run.datasets.filter(dataset => dataset.name !== name)
    const datasets = [...others, result].sort((a, b) => orderOf(a.name) - orderOf(b.name))
    keep(context, { datasets })
  }
}

const orderOf = (name: string) => DATASETS.indexOf(name as DatasetName)

async function measureExtras(context: RunContext, extra: Extra): Promise<void> {
  if ((context.missing && hasExtra(context.run, extra)) || isLate(context, extra)) return
  await measureExtra(context.run, extra, {
    load: name => context.load(name as DatasetName),
    loadJudgedWords: context.loadJudgedWords,
    log,
    missing: context.missing,
    limit: context.limit,
    onResult: change => keep(context, change),
  })
}

main(process.argv.slice(2)).catch((error: Error) => {
  stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
