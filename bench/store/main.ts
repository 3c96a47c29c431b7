// `npm run bench:store`. Measures the store on this machine's disk. Results are compared with those of a corpus in memory
// before they are timed. "Cold" means that the page cache was dropped, which needs root on Linux; the report says if it
// could not be dropped.

import { deepStrictEqual } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stderr, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { type Corpus, createScorer } from '../../src/index.js'
import { createStore, openStore, type Store } from '../../src/store/index.js'
import { engine, processor } from '../shared/machine.js'
import { summarize } from '../shared/timing.js'
import { DIM, documentOf, largePoints, queries, ROUNDS, SHORT_DIM, shortPoints } from './points.js'

const DOCUMENTS = Number(process.env.STORE_BENCH_DOCUMENTS ?? 8000)
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

const rowsFiles = (path: string) =>
  readdirSync(path)
    .filter(name => name.endsWith('.rows'))
    .map(name => join(path, name))

const medianOf = (values: readonly number[]) => summarize(values).median
const spreadOf = (values: readonly number[]) => {
  const { p25, median, p75 } = summarize(values)
  return `${median.toFixed(0)} (${p25.toFixed(0)} to ${p75.toFixed(0)})`
}

async function measureIngest(path: string, report: Report): Promise<void> {
  const store = await createStore({ path, vectors: { colbert: { size: DIM, distance: 'Dot' } } })
  let peak = 0
  const { bytes, seconds } = await store.upsert(largePoints(DOCUMENTS), {
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

/** Checks that the store's results are those of a corpus in memory. */
async function checkResults(store: Store, corpus: Corpus): Promise<void> {
  for (const query of queries.slice(0, 3)) {
    const hits = await store.query(query, { limit: 10 })
    deepStrictEqual(
      hits.map(({ id, score }) => [id, score]),
      corpus.rank(query).map(({ index, score }) => [index, score]),
    )
  }
}

const ratePerSecond = ({ rows }: Corpus, milliseconds: number) =>
  `${((rows * DIM * 4) / 1e6 / milliseconds).toFixed(2)} GB/s`

/** The first query of a store that was just opened, compared with `cat` of its files. */
async function measureColdQueries(path: string, corpus: Corpus, report: Report): Promise<void> {
  const isCold = dropCaches()
  const [cat, cold]: [number[], number[]] = [[], []]
  for (const query of queries) {
    dropCaches()
    cat.push((await timed(() => execFileSync('cat', rowsFiles(path), { stdio: 'ignore' })))[1])
    dropCaches()
    const store = await openStore(path, { readOnly: true })
    cold.push((await timed(() => store.query(query)))[1])
    await store.close()
  }
  const ratio = (medianOf(cat) / medianOf(cold)).toFixed(2)
  const best = (Math.min(...cat) / Math.min(...cold)).toFixed(2)
  report(
    `First query of a ${isCold ? 'cold store' : 'store (the page cache could not be dropped)'}`,
    `${spreadOf(cold)} ms, ${ratePerSecond(corpus, medianOf(cold))}; cat ${spreadOf(cat)} ms, ` +
      `${ratePerSecond(corpus, medianOf(cat))}; ratio ${ratio}, of the fastest runs ${best}`,
    'at least 0.8 of cat',
  )
}

/** Queries of an open store, with its rows in memory and without. */
async function measureWarmQueries(path: string, corpus: Corpus, report: Report): Promise<void> {
  const resident = await openStore(path, { readOnly: true, memory: '3 GB' })
  const streaming = await openStore(path, { readOnly: true, memory: 0 })
  // the first queries load the rows
  await resident.query(queries[0]!)
  await resident.query(queries[0]!)
  const times = { resident: [] as number[], corpus: [] as number[], streaming: [] as number[] }
  for (const query of [...queries, ...queries]) {
    times.resident.push((await timed(() => resident.query(query)))[1])
    times.corpus.push((await timed(() => corpus.rank(query, { limit: 10 })))[1])
    times.streaming.push((await timed(() => streaming.query(query)))[1])
  }
  const ratio = (medianOf(times.resident) / medianOf(times.corpus)).toFixed(2)
  report(
    'Warm query',
    `${spreadOf(times.resident)} ms; a corpus in memory ${spreadOf(times.corpus)} ms; ratio ${ratio}`,
    'within 1.10',
  )
  report(
    'Warm query without memory for rows, from the page cache',
    `${spreadOf(times.streaming)} ms, ${ratePerSecond(corpus, medianOf(times.streaming))}`,
  )
  await resident.close()
  await streaming.close()
}

async function measureQueries(path: string, report: Report): Promise<void> {
  using scorer = await createScorer()
  const corpus = scorer.corpus({ dim: DIM })
  for (let id = 0; id < DOCUMENTS; id++) corpus.add(documentOf(id))
  for (const memory of ['3 GB', 0]) {
    const store = await openStore(path, { readOnly: true, memory })
    await checkResults(store, corpus)
    await checkResults(store, corpus)
    await store.close()
  }
  await measureColdQueries(path, corpus, report)
  await measureWarmQueries(path, corpus, report)
}

async function measureCompaction(path: string, report: Report): Promise<void> {
  const store = await openStore(path)
  const before = (await store.info()).bytes
  await store.delete(Array.from({ length: DOCUMENTS / 2 }, (_, i) => 2 * i))
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

STORE_BENCH names the folder for the data (default: the system's folder for temporary files).
STORE_BENCH_DOCUMENTS sets the number of large documents (default: 8000).
`

async function main(args: readonly string[]): Promise<void> {
  if (parseArgs({ args: [...args], options: { help: { type: 'boolean', short: 'h' } } }).values.help) {
    stdout.write(HELP)
    return
  }
  const folder = mkdtempSync(join(process.env.STORE_BENCH ?? tmpdir(), 'maxsimd-bench-'))
  const lines: string[] = []
  const report: Report = (what, result, goal = '') => {
    lines.push(`| ${what} | ${result} | ${goal} |\n`)
    stderr.write(`${what}: ${result}${goal && `  (goal: ${goal})`}\n`)
  }
  try {
    stderr.write(`${engine()}, ${processor()}, ${folder}\n`)
    const large = join(folder, 'large')
    const many = join(folder, 'many')
    await measureIngest(large, report)
    await measureQueries(large, report)
    await measureCompaction(large, report)
    await measureOpening(many, report)
    await measureFilter(many, report)
    stdout.write(
      `| store | measured | goal |\n| --- | --- | --- |\n${lines.join('')}\n${engine()}, ${processor()}\n`,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

main(process.argv.slice(2)).catch((error: Error) => {
  stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
