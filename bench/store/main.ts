// The store on this machine's disk: `npm run bench:store`, in the folder that STORE_BENCH names, or in the system's for
// temporary files. Answers are compared with a corpus in memory before anything is timed. Cold means that the page cache
// was dropped, which takes root on Linux; where that cannot be done, it is said.

import { deepStrictEqual } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createScorer, type FlatMultiVector } from '../../src/index.js'
import { createStore, openStore, type Store } from '../../src/store/index.js'
import { between, random } from '../../test/support/random.js'
import { engine, processor } from '../shared/machine.js'
import { summarize } from '../shared/timing.js'
import { unitRows } from '../shared/workloads.js'

const DIM = 128
const DOCUMENTS = Number(process.env.STORE_BENCH_DOCUMENTS ?? 8000)
const ROUNDS = 7
const folder = mkdtempSync(join(process.env.STORE_BENCH ?? tmpdir(), 'maxsimd-bench-'))
const next = random(1)

/** Documents that are made once and written again and again: making them must not be what is measured. */
const pool = Array.from({ length: 256 }, () => unitRows(next, between(next, 64, 192), DIM))
const queries = Array.from({ length: 2 * ROUNDS + 1 }, () => unitRows(next, 32, DIM))
const documentOf = (id: number): FlatMultiVector => pool[(id * 7) % pool.length]!

function* points(count: number) {
  for (let id = 0; id < count; id++) {
    yield {
      id,
      vector: { colbert: documentOf(id) },
      payload: { title: `document ${id}`, year: 1900 + (id % 120) },
    }
  }
}

/** Documents of a few words, for what depends on their number and not on their size. */
const words = Array.from({ length: 64 }, () => unitRows(next, between(next, 2, 10), 32))
function* short(count: number) {
  for (let id = 0; id < count; id++) {
    const payload = { word: `word ${id}`, kind: ['noun', 'verb', 'adjective'][id % 3], rank: id }
    yield { id, vector: { colbert: words[id % words.length]! }, payload }
  }
}

async function timed<T>(run: () => T | Promise<T>): Promise<[result: T, milliseconds: number]> {
  const started = performance.now()
  return [await run(), performance.now() - started]
}

/** Forgets what the system has read; false where that is not allowed. */
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

const middle = (values: readonly number[]) => summarize(values).median
const spread = (values: readonly number[]) => {
  const { p25, median, p75 } = summarize(values)
  return `${median.toFixed(0)} (${p25.toFixed(0)} to ${p75.toFixed(0)})`
}
const report: string[] = []
function say(what: string, figure: string, wanted = ''): void {
  report.push(`| ${what} | ${figure} | ${wanted} |`)
  console.error(`${what}: ${figure}${wanted && `  (${wanted})`}`)
}

const vectors = { colbert: { size: DIM, distance: 'Dot' } } as const

async function ingest(path: string): Promise<number> {
  const store = await createStore({ path, vectors })
  let peak = 0
  const { bytes, seconds } = await store.upsert(points(DOCUMENTS), {
    onProgress: () => {
      peak = Math.max(peak, process.memoryUsage().rss)
    },
  })
  await store.close()
  const rate = (bytes / 1e6 / seconds).toFixed(0)
  const size = `${(bytes / 1e6).toFixed(0)} MB`
  say(
    `Ingest of ${size} of f32, synced at the end`,
    `${rate} MB/s, ${(peak / 1e6).toFixed(0)} MB resident`,
    'at least 100 MB/s',
  )
  return bytes
}

/** The answers are those of a corpus in memory. */
async function check(
  store: Store,
  corpus: { rank(query: FlatMultiVector): { index: number; score: number }[] },
) {
  for (const query of queries.slice(0, 3)) {
    const hits = await store.query(query, { limit: 10 })
    deepStrictEqual(
      hits.map(({ id, score }) => [id, score]),
      corpus.rank(query).map(({ index, score }) => [index, score]),
    )
  }
}

async function reading(path: string): Promise<void> {
  const scorer = await createScorer()
  const corpus = scorer.corpus({ dim: DIM })
  for (let id = 0; id < DOCUMENTS; id++) corpus.add(documentOf(id))
  for (const memory of ['3 GB', 0]) {
    const store = await openStore(path, { readOnly: true, memory })
    await check(store, corpus)
    await check(store, corpus)
    await store.close()
  }
  const isCold = dropCaches()
  const [cat, cold, streamed]: [number[], number[], number[]] = [[], [], []]
  for (const query of queries) {
    dropCaches()
    cat.push((await timed(() => execFileSync('cat', rowsFiles(path), { stdio: 'ignore' })))[1])
    dropCaches()
    const store = await openStore(path, { readOnly: true })
    cold.push((await timed(() => store.query(query)))[1])
    await store.close()
  }
  const bytes = corpus.rows * DIM * 4
  const rate = (milliseconds: number) => `${(bytes / 1e6 / milliseconds).toFixed(2)} GB/s`
  const ratio = (middle(cat) / middle(cold)).toFixed(2)
  const best = (Math.min(...cat) / Math.min(...cold)).toFixed(2)
  say(
    `First query of a ${isCold ? 'cold' : 'store (caches could not be dropped)'} store`,
    `${spread(cold)} ms, ${rate(middle(cold))}; cat ${spread(cat)} ms, ${rate(middle(cat))}; ratio ${ratio}, of the fastest ${best}`,
    'at least 0.8 of cat',
  )
  const warm = await openStore(path, { readOnly: true, memory: '3 GB' })
  const larger = await openStore(path, { readOnly: true, memory: 0 })
  await warm.query(queries[0]!)
  await warm.query(queries[0]!)
  const [here, there]: [number[], number[]] = [[], []]
  for (const query of [...queries, ...queries]) {
    here.push((await timed(() => warm.query(query)))[1])
    there.push((await timed(() => corpus.rank(query, { limit: 10 })))[1])
    streamed.push((await timed(() => larger.query(query)))[1])
  }
  const share = (middle(here) / middle(there)).toFixed(2)
  say(
    'Warm query',
    `${spread(here)} ms; a corpus in memory ${spread(there)} ms; ratio ${share}`,
    'within 1.10',
  )
  say(
    'The same without memory for it, from the page cache',
    `${spread(streamed)} ms, ${rate(middle(streamed))}`,
  )
  await warm.close()
  await larger.close()
  scorer.dispose()
}

async function opening(path: string): Promise<void> {
  const store = await createStore({ path, vectors: { colbert: { size: 32, distance: 'Dot' } } })
  await store.upsert(short(113_000))
  await store.close()
  const times: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const [opened, milliseconds] = await timed(() => openStore(path))
    deepStrictEqual(await opened.count(), 113_000)
    times.push(milliseconds)
    await opened.close()
  }
  say('Open a store of 113,000 documents', `${spread(times)} ms`, 'under 300 ms')
}

async function filtering(path: string): Promise<void> {
  const store = await openStore(path, { readOnly: true })
  const half = {
    must: [
      { key: 'kind', match: { value: 'noun' } },
      { key: 'rank', range: { lt: 100_000 } },
    ],
  }
  const [found, first] = await timed(() => store.count(half))
  deepStrictEqual(found, 33_334)
  const times: number[] = []
  for (let round = 0; round < 3 * ROUNDS; round++) times.push((await timed(() => store.count(half)))[1])
  const each = middle(times) * (100_000 / 113_000)
  say(
    'Filter 100,000 payloads',
    `${each.toFixed(1)} ms; the first filter, which parses them, ${first.toFixed(0)} ms`,
    'under 20 ms',
  )
  await store.close()
}

async function compaction(path: string): Promise<void> {
  const store = await openStore(path)
  const before = (await store.info()).bytes
  await store.delete(Array.from({ length: DOCUMENTS / 2 }, (_, i) => 2 * i))
  const { bytes, seconds } = await store.compact()
  const rate = (before / 1e6 / seconds).toFixed(0)
  say(
    'Compaction with every second document deleted',
    `${rate} MB/s, ${(bytes / 1e6).toFixed(0)} MB given back`,
  )
  await store.close()
}

try {
  console.error(`${engine()}, ${processor()}, ${folder}`)
  const large = join(folder, 'large')
  const many = join(folder, 'many')
  await ingest(large)
  await reading(large)
  await compaction(large)
  await opening(many)
  await filtering(many)
  console.log(
    `| store | measured | wanted |\n| --- | --- | --- |\n${report.join('\n')}\n\n${engine()}, ${processor()}`,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
