// What each technique costs and loses: `npm run bench:retrieval`. Writes bench/results/retrieval.{json,md}, two pictures
// for each data set, and the block of docs/scale.md.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import process, { stderr, stdout } from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { findEngine, NoEngineError } from '../../demo/engine.js'
import { engine, processor } from '../shared/machine.js'
import { replaceBlock } from '../shared/marked-block.js'
import { loadDefinitions, loadPassages } from './contextual.js'
import { type Dataset, loadDictionary } from './dataset.js'
import { type DatasetResult, measureDataset, type TechniqueResult } from './measure.js'
import { type Server, serverOf } from './place.js'
import { measurePresets } from './presets.js'
import { measureQuantized } from './quantized.js'
import { type Cost, type RetrievalRun, toChart, toMarkdown } from './report.js'
import { FAMILIES } from './techniques.js'

/** What is measured in collections, beside the families of techniques. */
const PRESETS = 'presets'
const QUANTIZED = 'quantized'
const ALL = [...FAMILIES, PRESETS, QUANTIZED] as const

const help = `Measures what each technique of retrieval costs and loses, beside exact search.

  npm run bench:retrieval                          all data sets
  npm run bench:retrieval -- --dataset dictionary  one of them; the others stay as they were measured last
  npm run bench:retrieval -- --family pooled       one of ${ALL.join(', ')}; the same
  npm run bench:retrieval -- --draw                measures nothing: tables and pictures of what was measured last
  npm run bench:retrieval -- --limit 2000          with so many documents only, written nowhere

Presets are measured in the store, and on the server that QDRANT_URL or QDRANT_BIN names; a server's own quantization only there.
Exit codes: 0, 1 for a wrong result or another failure.
`

const tellLine = (line: string) => stderr.write(`${line}\n`)

const DATASETS: Readonly<Record<string, () => Dataset | Promise<Dataset | undefined>>> = {
  dictionary: loadDictionary,
  definitions: () => loadDefinitions(tellLine),
  passages: () => loadPassages(tellLine),
}

/** Numbers of a data set that is measured in collections: a larger one keeps a server busy for an hour. */
const MOST_IN_COLLECTIONS = 30e6

const root = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const results = root('bench/results')
const file = join(results, 'retrieval.json')

/** What was measured last. */
function earlier(): RetrievalRun | undefined {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

/** The first documents of a data set, and the queries for them. */
function cut(data: Dataset, limit: number): Dataset {
  const documents = data.documents.slice(0, limit)
  return { ...data, documents, queries: data.queries.filter(({ target }) => target < documents.length) }
}

/** Runs something with a server, or without where none is named; the reader is told which. */
async function withServer<T>(run: (server: Server | undefined) => Promise<T>): Promise<T> {
  const found = await findEngine(undefined, process.env).catch((error: Error) => {
    if (!(error instanceof NoEngineError)) throw error
    stderr.write(
      'no server is named by QDRANT_URL or QDRANT_BIN, so presets run in the store alone, and no quantized collection does\n',
    )
    return undefined
  })
  try {
    return await run(found && (await serverOf(found)))
  } finally {
    await found?.stop()
  }
}

/** What is asked for of what is measured in collections, as far as there are places for it. */
function measureCollections(
  data: Dataset,
  parts: readonly string[],
  tell: (what: string) => void,
): Promise<Pick<DatasetResult, 'presets' | 'quantized'>> | Record<string, never> {
  const isWanted = parts.includes(PRESETS) || parts.includes(QUANTIZED)
  const numbers = data.documents.reduce((sum, rows) => sum + rows.data.length, 0)
  if (!isWanted || numbers > MOST_IN_COLLECTIONS) return {}
  return withServer(async server => ({
    ...(parts.includes(PRESETS) && { presets: await measurePresets(data, server, tell) }),
    ...(parts.includes(QUANTIZED) && server && { quantized: await measureQuantized(data, server, tell) }),
  }))
}

/** What is new in place of what is old, in the order of the families. */
function merged(old: readonly TechniqueResult[], made: readonly TechniqueResult[]): TechniqueResult[] {
  const families = new Set(made.map(({ family }) => family))
  const all = [...old.filter(({ family }) => !families.has(family)), ...made]
  return all.sort((a, b) => FAMILIES.indexOf(a.family) - FAMILIES.indexOf(b.family))
}

/** What an option names, or everything. */
function chosen<T extends string>(
  named: readonly string[] | undefined,
  all: readonly T[],
  option: string,
): readonly T[] {
  const wrong = named?.find(name => !all.includes(name as T))
  if (wrong !== undefined) throw new Error(`${option} expected one of ${all.join(', ')}, got ${wrong}`)
  return (named as readonly T[] | undefined) ?? all
}

function write(run: RetrievalRun): void {
  mkdirSync(results, { recursive: true })
  writeFileSync(file, `${JSON.stringify(run, null, 1)}\n`)
  const block = toMarkdown(run)
  writeFileSync(join(results, 'retrieval.md'), `# Retrieval, measured\n\n${block}`)
  const page = root('docs/scale.md')
  writeFileSync(page, replaceBlock(readFileSync(page, 'utf8'), 'docs/scale.md', 'retrieval', block))
  const subtitle = `${run.engine.replace(/ \(.*/, '')}, ${run.processor}, one thread; numbers are lines of the table; ${run.date}`
  for (const dataset of run.datasets) {
    for (const [cost, name] of [
      ['milliseconds', 'time'],
      ['searched', 'bytes'],
    ] as const satisfies readonly (readonly [Cost, string])[]) {
      writeFileSync(join(results, `retrieval-${dataset.name}-${name}.svg`), toChart(dataset, cost, subtitle))
    }
  }
}

async function main(args: readonly string[]): Promise<void> {
  const options = {
    help: { type: 'boolean', short: 'h' },
    dataset: { type: 'string', multiple: true },
    family: { type: 'string', multiple: true },
    draw: { type: 'boolean' },
    limit: { type: 'string' },
  } as const
  const { values } = parseArgs({ args: [...args], options })
  if (values.help) {
    stdout.write(help)
    return
  }
  if (values.draw) {
    const run = earlier()
    if (!run) throw new Error('nothing was measured yet: leave --draw out')
    write(run)
    return
  }
  const names = chosen(values.dataset, Object.keys(DATASETS), '--dataset')
  const parts = chosen(values.family, ALL, '--family')
  const families = FAMILIES.filter(family => parts.includes(family))
  const limit = Number(values.limit ?? Number.MAX_SAFE_INTEGER)
  if (!(limit >= 1)) throw new Error(`--limit expected a number of documents, got ${values.limit}`)
  // what is not measured now stays as it was
  const kept = values.limit ? [] : (earlier()?.datasets ?? [])
  const measured = new Map(kept.map(dataset => [dataset.name, dataset]))
  for (const name of names) {
    const data = await DATASETS[name]!()
    if (!data) continue
    const tell = (what: string) => stderr.write(`${name}: ${what}\n`)
    const known = measured.get(name)
    const part = cut(data, limit)
    const result = await measureDataset(part, families, tell)
    const inCollections = await measureCollections(part, parts, tell)
    const { presets = known?.presets, quantized = known?.quantized } = inCollections
    measured.set(name, {
      ...result,
      techniques: merged(known?.techniques ?? [], result.techniques),
      ...(presets && { presets }),
      ...(quantized && { quantized }),
    })
  }
  const run: RetrievalRun = {
    date: new Date().toISOString().slice(0, 10),
    engine: engine(),
    processor: processor(),
    load: loadavg()[0]!,
    datasets: Object.keys(DATASETS).flatMap(name => measured.get(name) ?? []),
  }
  stdout.write(toMarkdown(run))
  if (values.limit === undefined) write(run)
}

main(process.argv.slice(2)).catch((error: Error) => {
  stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
