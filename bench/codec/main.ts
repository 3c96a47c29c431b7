// The codec beside JSON.stringify and JSON.parse, on 100 documents of 300 x 128 unit rows, seeded: what 100 ColBERT
// documents are on the wire. Results are checked before anything is timed; the ways take turns, so that a busy machine
// slows all of them; the median counts, with the middle half of the runs as its spread.
//
//   npm run bench:codec -- --runs 15

import { cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { loadCodec } from '../../src/kernel/codec/codec.js'
import type { Codec, DecodedRows } from '../../src/kernel/codec/codec-types.js'

const DOCUMENTS = 100
const ROWS = 300
const DIM = 128

/** Unit rows with normally distributed directions. */
function makeRows(seed: number): Float32Array {
  let state = seed
  // mulberry32
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0
    let word = Math.imul(state ^ (state >>> 15), state | 1)
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61)
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32
  }
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform())
  const rows = Float32Array.from({ length: ROWS * DIM }, normal)
  for (let first = 0; first < rows.length; first += DIM) {
    const row = rows.subarray(first, first + DIM)
    const length = Math.sqrt(row.reduce((sum, value) => sum + value * value, 0))
    for (let k = 0; k < DIM; k++) row[k]! /= length
  }
  return rows
}

const nested = (rows: Float32Array) =>
  Array.from({ length: ROWS }, (_, row) => Array.from(rows.subarray(row * DIM, (row + 1) * DIM)))

interface Point {
  readonly vector: { readonly colbert: DecodedRows }
}

/** What a client does without the codec: parse, then flatten for the kernel. */
function parseAndFlatten(text: Uint8Array): Float32Array[] {
  const response = JSON.parse(new TextDecoder().decode(text))
  return response.result.points.map((point: { vector: { colbert: number[][] } }) => {
    const rows = point.vector.colbert
    const flat = new Float32Array(rows.length * rows[0]!.length)
    for (const [row, values] of rows.entries()) flat.set(values, row * values.length)
    return flat
  })
}

function decode(codec: Codec, text: Uint8Array): Float32Array[] {
  const response = codec.readResponse(text) as { result: { points: Point[] } }
  return response.result.points.map(point => point.vector.colbert.data)
}

const same = (a: Float32Array, b: Float32Array) =>
  a.length === b.length && Buffer.from(a.buffer).equals(Buffer.from(b.buffer))

interface Way {
  readonly name: string
  readonly bytes: number
  readonly run: () => unknown
}

/** Times the ways in turns; the first of them is what the others are compared with. */
function compare(title: string, ways: readonly Way[], runs: number): void {
  const times = ways.map((): number[] => [])
  for (let run = -2; run < runs; run++) {
    for (const [i, way] of ways.entries()) {
      const started = performance.now()
      way.run()
      if (run >= 0) times[i]!.push(performance.now() - started)
    }
  }
  console.log(`\n${title}`)
  const sorted = times.map(list => list.sort((a, b) => a - b))
  const at = (list: readonly number[], part: number) => list[Math.floor(part * (list.length - 1))]!
  for (const [i, { name, bytes }] of ways.entries()) {
    const list = sorted[i]!
    const median = at(list, 0.5)
    const spread = `${at(list, 0.25).toFixed(1)} - ${at(list, 0.75).toFixed(1)}`
    const ratio = at(sorted[0]!, 0.5) / median
    console.log(
      `  ${name.padEnd(34)} ${median.toFixed(1).padStart(7)} ms  (${spread})`.padEnd(66) +
        `${(bytes / median / 1000).toFixed(0).padStart(6)} MB/s  ${ratio.toFixed(2).padStart(6)} x`,
    )
  }
}

const { values: options } = parseArgs({ options: { runs: { type: 'string', default: '15' } } })
const runs = Number(options.runs)

const codec = await loadCodec()
const documents = Array.from({ length: DOCUMENTS }, (_, i) => makeRows(i + 1))
const arrays = documents.map(nested)
const write = (datatype: 'float32' | 'float16' | 'uint8') => {
  let bytes = 0
  for (const rows of documents) bytes += codec.writeRows(rows, DIM, datatype).length
  return bytes
}
const stringify = () => arrays.reduce((bytes, rows) => bytes + JSON.stringify(rows).length, 0)
const convertAndStringify = () =>
  documents.reduce((bytes, rows) => bytes + JSON.stringify(nested(rows)).length, 0)

const points = documents.map((rows, id) => {
  const text = new TextDecoder().decode(codec.writeRows(rows, DIM, 'float32'))
  return `{"id":${id},"version":${id},"score":${id / 10},"payload":{"title":"${id}"},"vector":{"colbert":${text}}}`
})
const response = new TextEncoder().encode(
  `{"result":{"points":[${points.join(',')}]},"status":"ok","time":0.01}`,
)

for (const [i, rows] of documents.entries()) {
  const text = new TextDecoder().decode(codec.writeRows(rows, DIM, 'float32'))
  if (!same(Float32Array.from(JSON.parse(text).flat()), rows))
    throw new Error(`document ${i} is written wrong`)
}
for (const [i, rows] of decode(codec, response).entries()) {
  if (!same(rows, documents[i]!)) throw new Error(`document ${i} is read wrong`)
}

console.log(
  `Node ${process.versions.node}, V8 ${process.versions.v8}, ${cpus()[0]?.model}, codec ${codec.kernel}`,
)
console.log(
  `${DOCUMENTS} documents x ${ROWS} rows x ${DIM}, ${(response.length / 1e6).toFixed(1)} MB; all equal`,
)
compare(
  'read a response into f32',
  [
    { name: 'JSON.parse, flatten', bytes: response.length, run: () => parseAndFlatten(response) },
    { name: 'codec', bytes: response.length, run: () => decode(codec, response) },
  ],
  runs,
)
compare(
  'write rows',
  [
    { name: 'JSON.stringify of number[][]', bytes: stringify(), run: stringify },
    { name: 'Array.from rows, JSON.stringify', bytes: stringify(), run: convertAndStringify },
    { name: 'codec, float32', bytes: write('float32'), run: () => write('float32') },
    { name: 'codec, float16', bytes: write('float16'), run: () => write('float16') },
    { name: 'codec, uint8', bytes: write('uint8'), run: () => write('uint8') },
  ],
  runs,
)
