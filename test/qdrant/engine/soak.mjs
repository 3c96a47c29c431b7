// node test/qdrant/engine/soak.mjs URL [fidelity|ingest|decode|matches|memory ...]: long checks on a running server, after `npm run build`.
//
//   fidelity   10,000 documents, 100 queries, all scores and the whole ranking compared with the kernel
//   ingest     2,000 documents x U(64,192) x 128: upsert compared with JSON.stringify in js-client-rest, in turns
//   decode     100 such documents: from response to ranking, compared with the parser of js-client-rest
//   matches    what `with_matches` adds to a query for 10 hits of 128 rows x 128, and a batch of `rerank`, in turns
//   memory     peak memory of an upsert of 1,000 and of 8,000 points

import { QdrantClient } from '@qdrant/js-client-rest'
import { build } from 'esbuild'
import { createScorer } from '../../../dist/index.js'
import { createCollection, verify } from '../../../dist/qdrant/index.js'

const [, , url = 'http://127.0.0.1:6333', ...requested] = process.argv
const apiKey = process.env.QDRANT_API_KEY
const client = new QdrantClient({ url, checkCompatibility: false, ...(apiKey && { apiKey }) })
const { version } = await (await fetch(url)).json()
const scorer = await createScorer()
const isRequested = name => requested.length === 0 || requested.includes(name)

let state = 1
function random() {
  state = (state + 0x6d2b79f5) >>> 0
  let mixed = Math.imul(state ^ (state >>> 15), state | 1)
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
}

function rowsOf(rows, dim) {
  const data = new Float32Array(rows * dim)
  for (let first = 0; first < data.length; first += dim) {
    let square = 0
    for (let k = first; k < first + dim; k++) {
      data[k] = random() + random() + random() - 1.5
      square += data[k] ** 2
    }
    for (let k = first; k < first + dim; k++) data[k] /= Math.sqrt(square)
  }
  return { data, dim }
}

function* pointsOf(count, minRows, maxRows, dim) {
  for (let id = 1; id <= count; id++) {
    yield { id, vector: { colbert: rowsOf(minRows + Math.floor(random() * (maxRows - minRows + 1)), dim) } }
  }
}

const make = (name, dim, extra = {}) =>
  createCollection(
    client,
    name,
    {
      vectors: { colbert: { size: dim, distance: 'Dot', ...extra } },
      optimizers_config: { indexing_threshold: 0 },
    },
    { ifExists: 'recreate', scorer },
  )

/** Imports a module of the source that the package does not export. */
async function bundled(file) {
  const options = {
    entryPoints: [file],
    bundle: true,
    format: 'esm',
    write: false,
    loader: { '.wasm': 'binary' },
  }
  const { outputFiles } = await build(options)
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`)
}

const median = values => [...values].sort((a, b) => a - b)[values.length >> 1]
const print = (...parts) =>
  console.log(`Qdrant ${version}, Node ${process.versions.node}, ${scorer.kernel}:`, ...parts)

if (isRequested('fidelity')) {
  state = 1
  const collection = await make('soak-fidelity', 64)
  const source = new Map()
  function* kept() {
    for (const point of pointsOf(10_000, 8, 56, 64)) {
      source.set(point.id, point.vector.colbert)
      yield point
    }
  }
  const loaded = await collection.upsert(kept())
  const queries = Array.from({ length: 100 }, () => rowsOf(8 + Math.floor(random() * 25), 64))
  const started = performance.now()
  const report = await verify(collection, queries, { source, scorer, scan: true, limit: 100 })
  print(
    `fidelity: ${loaded.points} documents of ${loaded.rows} rows, ${report.queries} queries, ${report.hits} hits, ` +
      `${report.disagreements} beyond the bound, ${report.order.length} order faults, ${report.missed.length} missed, ` +
      `${report.documents.length} documents differ; largest difference ${report.maxDifference.toExponential(2)}, ` +
      `${report.maxRatio.toPrecision(2)} of its bound; ${((performance.now() - started) / 1000).toFixed(1)} s`,
  )
  await client.deleteCollection('soak-fidelity')
}

if (isRequested('ingest')) {
  const points = [...pointsOf(2000, 64, 192, 128)]
  // the form that js-client-rest takes, made before the measurement
  const plain = points.map(({ id, vector: { colbert } }) => ({
    id,
    vector: {
      colbert: Array.from({ length: colbert.data.length / 128 }, (_, row) =>
        Array.from(colbert.data.subarray(row * 128, row * 128 + 128)),
      ),
    },
  }))
  const ours = async () => {
    const collection = await make('soak-ingest', 128, { on_disk: true })
    const started = performance.now()
    const report = await collection.upsert(points)
    return { seconds: (performance.now() - started) / 1000, bytes: report.bytes }
  }
  /** Batches of `size` points with `inFlight` requests: the usual batches, and the best ones. */
  const theirs = (size, inFlight) => async () => {
    await make('soak-ingest', 128, { on_disk: true })
    const started = performance.now()
    let next = 0
    const worker = async () => {
      while (next < plain.length) {
        const batch = plain.slice(next, next + size)
        next += size
        await client.upsert('soak-ingest', { wait: true, points: batch })
      }
    }
    await Promise.all(Array.from({ length: inFlight }, worker))
    return { seconds: (performance.now() - started) / 1000 }
  }
  const others = [
    [32, 2],
    [32, 4],
    [8, 4],
  ].map(([size, inFlight]) => ({
    name: `${size} points, ${inFlight} in flight`,
    run: theirs(size, inFlight),
    times: [],
  }))
  await ours()
  const times = []
  let bytes = 0
  for (let round = 0; round < 3; round++) {
    const run = await ours()
    bytes = run.bytes
    times.push(run.seconds)
    for (const { run, times } of others) times.push((await run()).seconds)
  }
  print(`ingest: upsert ${median(times).toFixed(2)} s (${(bytes / 1e6).toFixed(0)} MB)`)
  for (const { name, times: theirs } of others) {
    const ratios = times.map((seconds, round) => theirs[round] / seconds)
    print(
      `ingest: js-client-rest, ${name}: ${median(theirs).toFixed(2)} s; ratio ${median(ratios).toFixed(2)} ` +
        `(${ratios.map(ratio => ratio.toFixed(2)).join(', ')})`,
    )
  }
}

if (isRequested('decode')) {
  const collection = await make('soak-decode', 128)
  await collection.upsert(pointsOf(100, 64, 192, 128))
  const query = rowsOf(32, 128)
  const plainQuery = Array.from({ length: 32 }, (_, row) =>
    Array.from(query.data.subarray(row * 128, row * 128 + 128)),
  )
  const ours = () => collection.rerank(query, { candidates: 100, limit: 10 })
  const theirs = async () => {
    const { points } = await client.query('soak-decode', {
      query: plainQuery,
      using: 'colbert',
      limit: 100,
      with_vector: true,
    })
    const best = scorer.rank(
      plainQuery,
      points.map(({ vector }) => vector.colbert),
      { limit: 10 },
    )
    return best.map(({ index, score }) => ({ id: points[index].id, score }))
  }
  const there = () => collection.rerank(query, { candidates: 100, limit: 10, rescore: 'server' })
  const same =
    (await ours()).map(({ id, score }) => `${id} ${score}`).join() ===
    (await theirs()).map(({ id, score }) => `${id} ${score}`).join()
  const times = { ours: [], theirs: [], there: [] }
  for (let round = 0; round < 9; round++) {
    for (const [name, run] of Object.entries({ ours, theirs, there })) {
      const started = performance.now()
      await run()
      times[name].push((performance.now() - started) / 1000)
    }
  }
  const ratios = times.ours.map((seconds, round) => times.theirs[round] / seconds)
  print(
    `fetch, decode and rank 100: rerank ${(1000 * median(times.ours)).toFixed(0)} ms, js-client-rest ` +
      `${(1000 * median(times.theirs)).toFixed(0)} ms, ratio ${median(ratios).toFixed(2)}; equal: ${same}; ` +
      `rescored on the server ${(1000 * median(times.there)).toFixed(1)} ms`,
  )
  // the same response, without the network
  const response = await fetch(`${url}/collections/soak-decode/points/query`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(apiKey && { 'api-key': apiKey }) },
    body: JSON.stringify({ query: plainQuery, using: 'colbert', limit: 100, with_vector: true }),
  })
  const bytes = new Uint8Array(await response.arrayBuffer())
  {
    const codec = await (await bundled('src/kernel/codec/codec.ts')).loadCodec()
    const reviver =
      'rawJSON' in JSON &&
      ((_, value, context) =>
        Number.isInteger(value) && !Number.isSafeInteger(value) ? BigInt(context.source) : value)
    const parse = {
      ours: () =>
        scorer.rank(
          query,
          codec.readResponse(bytes).result.points.map(({ vector }) => vector.colbert),
        ),
      theirs: () => {
        const text = new TextDecoder().decode(bytes)
        const { points } = (reviver ? JSON.parse(text, reviver) : JSON.parse(text)).result
        return scorer.rank(
          plainQuery,
          points.map(({ vector }) => vector.colbert),
        )
      },
    }
    const spent = { ours: [], theirs: [] }
    for (let round = 0; round < 11; round++) {
      for (const name of ['ours', 'theirs']) {
        const started = performance.now()
        parse[name]()
        spent[name].push((performance.now() - started) / 1000)
      }
    }
    const parts = spent.ours.map((seconds, round) => spent.theirs[round] / seconds)
    print(
      `decode and rank 100 from ${(bytes.length / 1e6).toFixed(1)} MB: codec ${(1000 * median(spent.ours)).toFixed(0)} ms, ` +
        `JSON.parse ${(1000 * median(spent.theirs)).toFixed(0)} ms, ratio ${median(parts).toFixed(2)}` +
        `${reviver ? ' (with the reviver of js-client-rest)' : ' (no reviver: this Node has no JSON.rawJSON)'}`,
    )
  }
  await client.deleteCollection('soak-decode')
}

if (isRequested('matches')) {
  state = 1
  const collection = await make('soak-matches', 128)
  await collection.upsert(pointsOf(1000, 128, 128, 128))
  const query = rowsOf(32, 128)
  const searches = Array.from({ length: 8 }, () => ({ query: rowsOf(32, 128), candidates: 50 }))
  const calls = {
    query: () => collection.query(query, { limit: 10 }),
    matches: () => collection.query(query, { limit: 10, with_matches: true }),
    singles: async () => {
      for (const { query: each, ...options } of searches) await collection.rerank(each, options)
    },
    batch: () => collection.rerankBatch(searches),
  }
  const times = { query: [], matches: [], singles: [], batch: [] }
  for (let round = 0; round < 31; round++) {
    for (const name of ['query', 'matches', ...(round % 5 === 0 ? ['singles', 'batch'] : [])]) {
      const started = performance.now()
      await calls[name]()
      // the first round warms up
      if (round > 0) times[name].push(performance.now() - started)
    }
  }
  const added = times.matches.map((time, round) => time - times.query[round])
  print(
    `matches: a query of 32 rows over 1,000 documents ${median(times.query).toFixed(1)} ms, with the matches of 10 hits ` +
      `${median(times.matches).toFixed(1)} ms, added ${median(added).toFixed(1)} ms; rerank of 8 queries one by one ` +
      `${median(times.singles).toFixed(0)} ms, in a batch ${median(times.batch).toFixed(0)} ms`,
  )
  await client.deleteCollection('soak-matches')
}

if (isRequested('memory')) {
  const peaks = {}
  for (const count of [1000, 8000]) {
    const collection = await make('soak-memory', 128, { on_disk: true })
    let peak = 0
    await collection.upsert(pointsOf(count, 64, 192, 128), {
      onProgress: () => {
        peak = Math.max(peak, process.memoryUsage().rss)
      },
    })
    peaks[count] = peak
  }
  print(
    `memory: ${Object.entries(peaks)
      .map(([count, peak]) => `${count} points ${(peak / 1e6).toFixed(0)} MB`)
      .join(', ')}`,
  )
}

for (const name of ['soak-ingest', 'soak-memory']) await client.deleteCollection(name).catch(() => undefined)
scorer.dispose()
