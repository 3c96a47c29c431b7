// `npm run bench:store`. Measures the store on this machine's disk. Results are compared with those of a corpus in f32
// before they are timed. "Cold" means that the page cache was dropped, which needs root on Linux; the report says if it
// could not be dropped.

import { deepStrictEqual } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stderr, stdout } from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type Corpus, createScorer } from '../../src/index.js'
import { createStore, openStore, type Store } from '../../src/store/index.js'
import { engine, processor } from '../shared/machine.js'
import { replaceBlock } from '../shared/marked-block.js'
import { summarize } from '../shared/timing.js'
import { loadWorkload, workloads } from '../shared/workloads.js'
import {
  createLargeData,
  createRandomRows,
  DIM,
  type LargeData,
  largePoints,
  ROUNDS,
  SHORT_DIM,
  shortPoints,
} from './points.js'
import type { StoreRun } from './result.js'

const SHORT_DOCUMENTS = 113_000

/** Reports one measurement: `what` was measured, the result, and the result that we want. */
type Report = (what: string, result: string, goal?: string) => void

async function timed<T>(run: () => T | Promise<T>): Promise<[result: T, milliseconds: number]> {
  const started = performance.now()
  return [await run(), performance.now() - started]
}

/** Drops the system's page cache. Returns false if that is not permitted. */
function dropCaches(): boolean {
  try {
    execFileSync('sync')
    writeFileSync('/proc/sys/vm/drop_caches', '3')
    return true
  } catch {
    return false
  }
}

/** The files of the f32 rows (`.rows`) or of their copies (`.int8`). */
const filesOf = (path: string, extension: '.rows' | '.int8') =>
  readdirSync(path)
    .filter(name => name.endsWith(extension))
    .map(name => join(path, name))

/** Milliseconds that `cat` takes to read files that are not in memory. */
async function timeOfCat(files: readonly string[]): Promise<number> {
  dropCaches()
  return (await timed(() => execFileSync('cat', files, { stdio: 'ignore' })))[1]
}

const medianOf = (values: readonly number[]) => summarize(values).median
const spreadOf = (values: readonly number[]) => {
  const { p25, median, p75 } = summarize(values)
  return `${median.toFixed(0)} (${p25.toFixed(0)} to ${p75.toFixed(0)})`
}

async function measureIngest(path: string, data: LargeData, report: Report): Promise<void> {
  const store = await createStore({ path, vectors: { colbert: { size: DIM, distance: 'Dot' } } })
  let peak = 0
  const { bytes, seconds } = await store.upsert(largePoints(data), {
    onProgress: () => {
      peak = Math.max(peak, process.memoryUsage().rss)
    },
  })
  await store.close()
  const rate = (bytes / 1e6 / seconds).toFixed(0)
  report(
    `Ingest of ${(bytes / 1e6).toFixed(0)} MB of f32, synced at the end`,
    `${rate} MB/s, ${(peak / 1e6).toFixed(0)} MB resident`,
    'at least 100 MB/s',
  )
}

/** Checks that the store's results are those of a corpus in f32, for every query. */
async function checkResults(store: Store, corpus: Corpus, { queries }: LargeData): Promise<void> {
  for (const query of new Set(queries)) {
    const hits = await store.query(query, { limit: 10 })
    deepStrictEqual(
      hits.map(({ id, score }) => [id, score]),
      corpus.rank(query).map(({ index, score }) => [index, score]),
    )
  }
}

const ratePerSecond = ({ rows }: Corpus, milliseconds: number) =>
  `${((rows * DIM * 4) / 1e6 / milliseconds).toFixed(2)} GB/s`

/** The first query of a store that was just opened, and `cat` of its copies, compared with `cat` of its f32 rows. */
async function measureColdQueries(
  path: string,
  corpus: Corpus,
  { queries }: LargeData,
  report: Report,
): Promise<Pick<StoreRun, 'coldOfCat' | 'copiesOfCat'>> {
  const isCold = dropCaches()
  const [cat, catOfCopies, cold]: [number[], number[], number[]] = [[], [], []]
  for (const query of queries) {
    cat.push(await timeOfCat(filesOf(path, '.rows')))
    catOfCopies.push(await timeOfCat(filesOf(path, '.int8')))
    dropCaches()
    const store = await openStore(path, { readOnly: true })
    cold.push((await timed(() => store.query(query)))[1])
    await store.close()
  }
  const coldOfCat = medianOf(cold) / medianOf(cat)
  const copiesOfCat = medianOf(catOfCopies) / medianOf(cat)
  report(
    `First query of a ${isCold ? 'cold store' : 'store (the page cache could not be dropped)'}`,
    `${spreadOf(cold)} ms, ${ratePerSecond(corpus, medianOf(cold))}; cat ${spreadOf(cat)} ms, ` +
      `${ratePerSecond(corpus, medianOf(cat))}; ${coldOfCat.toFixed(2)} of its time, ` +
      `${(Math.min(...cold) / Math.min(...cat)).toFixed(2)} in the fastest runs; ` +
      `cat of the copies alone: ${copiesOfCat.toFixed(2)}`,
    '0.30 of the time of cat',
  )
  return { coldOfCat, copiesOfCat }
}

/** How many times as large as its memory the smaller store is. */
const TIMES_AS_LARGE = 3

/** Queries of an open store: with its rows in memory, with a third of that memory, and with none. */
async function measureWarmQueries(
  path: string,
  corpus: Corpus,
  { queries }: LargeData,
  report: Report,
): Promise<number> {
  const bytes = filesOf(path, '.rows').reduce((sum, file) => sum + statSync(file).size, 0)
  const stores = {
    resident: await openStore(path, { readOnly: true, memory: '3 GB' }),
    small: await openStore(path, { readOnly: true, memory: Math.floor(bytes / TIMES_AS_LARGE) }),
    streaming: await openStore(path, { readOnly: true, memory: 0 }),
  }
  // the first queries load the rows
  for (const store of Object.values(stores)) for (let i = 0; i < 2; i++) await store.query(queries[0]!)
  const times = { resident: [] as number[], small: [] as number[], streaming: [] as number[] }
  const ofCorpus: number[] = []
  for (const query of [...queries, ...queries]) {
    for (const name of ['resident', 'small', 'streaming'] as const) {
      times[name].push((await timed(() => stores[name].query(query)))[1])
    }
    ofCorpus.push((await timed(() => corpus.rank(query, { limit: 10 })))[1])
  }
  const ratio = (medianOf(times.resident) / medianOf(ofCorpus)).toFixed(2)
  const ofResident = medianOf(times.small) / medianOf(times.resident)
  report(
    'Warm query',
    `${spreadOf(times.resident)} ms; a corpus in memory ${spreadOf(ofCorpus)} ms; ratio ${ratio}`,
    'within 1.10',
  )
  report(
    `Warm query with memory for one in ${TIMES_AS_LARGE} rows`,
    `${spreadOf(times.small)} ms; ${ofResident.toFixed(2)} of the time with memory for all`,
    'the speed of memory',
  )
  report(
    'Warm query without memory for rows, from the page cache',
    `${spreadOf(times.streaming)} ms, ${ratePerSecond(corpus, medianOf(times.streaming))}`,
  )
  for (const store of Object.values(stores)) await store.close()
  return ofResident
}

async function measureQueries(
  path: string,
  data: LargeData,
  report: Report,
): Promise<Pick<StoreRun, 'coldOfCat' | 'copiesOfCat' | 'smallOfResident'>> {
  using scorer = await createScorer()
  const plain = scorer.corpus({ dim: DIM, screen: 'off' })
  for (const document of data.documents) plain.add(document)
  for (const memory of ['3 GB', 0]) {
    const store = await openStore(path, { readOnly: true, memory })
    await checkResults(store, plain, data)
    await checkResults(store, plain, data)
    await store.close()
  }
  plain.dispose()
  const corpus = scorer.corpus({ dim: DIM })
  for (const document of data.documents) corpus.add(document)
  return {
    ...(await measureColdQueries(path, corpus, data, report)),
    smallOfResident: await measureWarmQueries(path, corpus, data, report),
  }
}

async function measureCompaction(path: string, count: number, report: Report): Promise<void> {
  const store = await openStore(path)
  const before = (await store.info()).bytes
  await store.delete(Array.from({ length: Math.floor(count / 2) }, (_, i) => 2 * i))
  const { bytes, seconds } = await store.compact()
  const rate = (before / 1e6 / seconds).toFixed(0)
  report(
    'Compaction after every second document was deleted',
    `${rate} MB/s, ${(bytes / 1e6).toFixed(0)} MB freed`,
  )
  await store.close()
}

async function measureOpening(path: string, report: Report): Promise<void> {
  const vectors = { colbert: { size: SHORT_DIM, distance: 'Dot' } } as const
  const store = await createStore({ path, vectors })
  await store.upsert(shortPoints(SHORT_DOCUMENTS))
  await store.close()
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const [opened, milliseconds] = await timed(() => openStore(path))
    deepStrictEqual(await opened.count(), SHORT_DOCUMENTS)
    times.push(milliseconds)
    await opened.close()
  }
  report('Open a store of 113,000 documents', `${spreadOf(times)} ms`, 'under 300 ms')
}

async function measureFilter(path: string, report: Report): Promise<void> {
  const store = await openStore(path, { readOnly: true })
  const filter = {
    must: [
      { key: 'kind', match: { value: 'noun' } },
      { key: 'rank', range: { lt: 100_000 } },
    ],
  }
  const [found, first] = await timed(() => store.count(filter))
  deepStrictEqual(found, 33_334)
  const times: number[] = []
  for (let round = 0; round < 3 * ROUNDS; round++) times.push((await timed(() => store.count(filter)))[1])
  const milliseconds = medianOf(times) * (100_000 / SHORT_DOCUMENTS)
  report(
    'Filter 100,000 payloads',
    `${milliseconds.toFixed(1)} ms; the first filter, which parses them, ${first.toFixed(0)} ms`,
    'under 20 ms',
  )
  await store.close()
}

const HELP = `Measures the store on the disk of this machine: loading, queries, opening, filters and compaction.

  npm run bench:store
  npm run bench:store -- --write    and write bench/results/store.json and the table of docs/store.md

The documents are those of the workload nq of "npm run bench", which are made once.
STORE_BENCH names the folder for the data (default: the system's folder for temporary files).
STORE_BENCH_DOCUMENTS sets the number of large documents (default: 4874).
`

const log = (line: string) => stderr.write(`${line}\n`)

// relative to build/, where the bundled program is
const pathTo = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const PAGE = 'docs/store.md'

/** Loads the passages, or makes random documents. */
async function loadLargeData(): Promise<LargeData> {
  const passages = workloads.find(({ name }) => name === 'nq')!
  const rows = (await loadWorkload(passages, log)) ?? createRandomRows()
  const { STORE_BENCH_DOCUMENTS: count } = process.env
  return createLargeData(rows, count ? Number(count) : undefined)
}

/** Replaces the table of the page. */
const withTable = (table: string) => replaceBlock(readFileSync(pathTo(PAGE), 'utf8'), PAGE, 'store', table)

async function main(args: readonly string[]): Promise<void> {
  const options = { help: { type: 'boolean', short: 'h' }, write: { type: 'boolean' } } as const
  const { help, write } = parseArgs({ args: [...args], options }).values
  if (help) {
    stdout.write(HELP)
    return
  }
  // fails for a page without markers before minutes are spent on measuring
  if (write) withTable('')
  const data = await loadLargeData()
  const folder = mkdtempSync(join(process.env.STORE_BENCH ?? tmpdir(), 'maxsimd-bench-'))
  const lines: string[] = []
  const report: Report = (what, result, goal = '') => {
    lines.push(`| ${what} | ${result} | ${goal} |\n`)
    log(`${what}: ${result}${goal && `  (goal: ${goal})`}`)
  }
  try {
    log(`${engine()}, ${processor()}, ${folder}`)
    const large = join(folder, 'large')
    const many = join(folder, 'many')
    await measureIngest(large, data, report)
    const figures = await measureQueries(large, data, report)
    await measureCompaction(large, data.documents.length, report)
    await measureOpening(many, report)
    await measureFilter(many, report)
    const run: StoreRun = {
      date: new Date().toISOString().slice(0, 10),
      engine: engine(),
      processor: processor(),
      ...figures,
    }
    const table = `${run.engine}, ${run.processor}, ${run.date}:\n\n| store | measured | goal |\n| --- | --- | --- |\n${lines.join('')}`
    stdout.write(table)
    if (!write) return
    writeFileSync(pathTo('bench/results/store.json'), `${JSON.stringify(run, null, 1)}\n`)
    writeFileSync(pathTo(PAGE), withTable(table))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

main(process.argv.slice(2)).catch((error: Error) => {
  stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
