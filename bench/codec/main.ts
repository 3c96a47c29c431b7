// `npm run bench:codec`. Compares the JSON codec with JSON.stringify and JSON.parse on 100 documents of 300 x 128 unit
// rows: the wire format of 100 ColBERT documents. Results are checked before they are timed. The variants run in turns,
// because other programs may slow down the machine.

import { cpus } from 'node:os'
import { stderr, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { loadCodec } from '../../src/kernel/codec/codec.js'
import type { Codec, DecodedRows } from '../../src/kernel/codec/codec-types.js'
import { random } from '../../test/support/random.js'
import { summarize } from '../shared/timing.js'
import { unitRows } from '../shared/unit-rows.js'

const DOCUMENTS = 100
const ROWS = 300
const DIM = 128

/** Untimed runs of each variant before the timed ones. */
const WARM_UP_RUNS = 2

/** One way to do the same. */
interface Variant {
  readonly name: string
  /** Bytes of JSON that a run reads or writes. */
  readonly bytes: number
  readonly run: () => unknown
}

interface Point {
  readonly vector: { readonly colbert: DecodedRows }
}

const toArrays = (rows: Float32Array) =>
  Array.from({ length: ROWS }, (_, row) => Array.from(rows.subarray(row * DIM, (row + 1) * DIM)))

/** Reads a response as a client without the codec does: parses it, then flattens the rows for the kernel. */
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

/** A response of Qdrant with the documents as points. */
function encodeResponse(codec: Codec, documents: readonly Float32Array[]): Uint8Array {
  const points = documents.map((rows, id) => {
    const text = new TextDecoder().decode(codec.writeRows(rows, DIM, 'float32'))
    return `{"id":${id},"version":${id},"score":${id / 10},"payload":{"title":"${id}"},"vector":{"colbert":${text}}}`
  })
  return new TextEncoder().encode(`{"result":{"points":[${points.join(',')}]},"status":"ok","time":0.01}`)
}

const isSame = (a: Float32Array, b: Float32Array) =>
  a.length === b.length && Buffer.from(a.buffer).equals(Buffer.from(b.buffer))

/** @throws Error if the codec reads or writes a document wrong */
function checkCodec(codec: Codec, documents: readonly Float32Array[], response: Uint8Array): void {
  for (const [i, rows] of documents.entries()) {
    const text = new TextDecoder().decode(codec.writeRows(rows, DIM, 'float32'))
    if (!isSame(Float32Array.from(JSON.parse(text).flat()), rows)) {
      throw new Error(`the codec writes document ${i} wrong`)
    }
  }
  for (const [i, rows] of decode(codec, response).entries()) {
    if (!isSame(rows, documents[i]!)) throw new Error(`the codec reads document ${i} wrong`)
  }
}

/** Times variants in turns and prints a table. Ratios are relative to the first variant. */
function compare(title: string, variants: readonly Variant[], runs: number): void {
  const times = variants.map((): number[] => [])
  for (let run = -WARM_UP_RUNS; run < runs; run++) {
    for (const [i, variant] of variants.entries()) {
      const started = performance.now()
      variant.run()
      if (run >= 0) times[i]!.push(performance.now() - started)
    }
  }
  const timings = times.map(summarize)
  stdout.write(`\n${title}\n`)
  for (const [i, { name, bytes }] of variants.entries()) {
    const { median, p25, p75 } = timings[i]!
    const milliseconds = `${median.toFixed(1).padStart(7)} ms  (${p25.toFixed(1)} - ${p75.toFixed(1)})`
    const rate = `${(bytes / median / 1000).toFixed(0).padStart(6)} MB/s`
    const ratio = `${(timings[0]!.median / median).toFixed(2).padStart(6)} x`
    stdout.write(`${`  ${name.padEnd(34)} ${milliseconds}`.padEnd(66)}${rate}  ${ratio}\n`)
  }
}

const HELP = `Compares the JSON codec with JSON.stringify and JSON.parse, on ${DOCUMENTS} documents of ${ROWS} x ${DIM}.

  npm run bench:codec -- --runs 15

Options
  --runs N   timed runs of each variant (default: 15)
  --help     show this text
`

async function main(args: readonly string[]): Promise<void> {
  const options = {
    runs: { type: 'string', default: '15' },
    help: { type: 'boolean', short: 'h' },
  } as const
  const { values } = parseArgs({ args: [...args], options })
  if (values.help) {
    stdout.write(HELP)
    return
  }
  const runs = Number(values.runs)
  if (!(Number.isInteger(runs) && runs >= 1)) throw new Error(`--runs expected a number, got ${values.runs}`)
  const codec = await loadCodec()
  const documents = Array.from({ length: DOCUMENTS }, (_, i) =>
    Float32Array.from(unitRows(random(i + 1), ROWS, DIM).data),
  )
  const response = encodeResponse(codec, documents)
  checkCodec(codec, documents, response)
  stdout.write(
    `Node ${process.versions.node}, V8 ${process.versions.v8}, ${cpus()[0]?.model}, codec ${codec.kernel}\n` +
      `${DOCUMENTS} documents x ${ROWS} rows x ${DIM}, ${(response.length / 1e6).toFixed(1)} MB; all results are equal\n`,
  )
  const readers: Variant[] = [
    { name: 'JSON.parse, flatten', bytes: response.length, run: () => parseAndFlatten(response) },
    { name: 'codec', bytes: response.length, run: () => decode(codec, response) },
  ]
  compare('read a response into f32', readers, runs)
  compare('write rows', writersOf(codec, documents), runs)
}

/** The variants that write rows. */
function writersOf(codec: Codec, documents: readonly Float32Array[]): Variant[] {
  const arrays = documents.map(toArrays)
  const writers: Readonly<Record<string, () => number>> = {
    'JSON.stringify of number[][]': () =>
      arrays.reduce((bytes, rows) => bytes + JSON.stringify(rows).length, 0),
    'Array.from rows, JSON.stringify': () =>
      documents.reduce((bytes, rows) => bytes + JSON.stringify(toArrays(rows)).length, 0),
    'codec, float32': () => write('float32'),
    'codec, float16': () => write('float16'),
    'codec, uint8': () => write('uint8'),
  }
  function write(datatype: 'float32' | 'float16' | 'uint8'): number {
    let bytes = 0
    for (const rows of documents) bytes += codec.writeRows(rows, DIM, datatype).length
    return bytes
  }
  return Object.entries(writers).map(([name, run]) => ({ name, bytes: run(), run }))
}

main(process.argv.slice(2)).catch((error: Error) => {
  stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
