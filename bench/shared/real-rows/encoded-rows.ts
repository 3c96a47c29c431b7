// Rows of texts, encoded once and kept in a folder. A run that was interrupted continues where it stopped.
//
//   KEY.f32    the rows of all texts so far, little-endian
//   KEY.rows   a line for each chunk of texts, written after its rows: the row count of each text, as JSON
//
// The key depends on the texts and on the recipe. The rows of a quantized model depend slightly on the other texts of a
// batch, so texts are always encoded in the same chunks, whether a run was interrupted or not.

import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import type { FlatMultiVector } from '../../../src/index.js'

/** Encodes texts: one multi-vector for each. */
export type Encode = (texts: readonly string[]) => Promise<readonly FlatMultiVector[]>

/** Texts to encode, and where to keep their rows. */
export interface EncodedRowsOptions {
  /** The name in messages. */
  readonly name: string
  readonly texts: readonly string[]
  /** What the rows depend on besides the texts, for example the model. */
  readonly recipe: string
  readonly dim: number
  /** The folder for the files, which is created if necessary. */
  readonly folder: string
  /** Loads the encoder. Called only if rows are missing. */
  open(): Promise<Encode>
  log(line: string): void
  /** The clock, in milliseconds. Default: performance.now. */
  readonly now?: () => number
}

/** Number of texts that are encoded and written at a time. */
export const CHUNK_TEXTS = 200

/** Time between two reports of progress, in milliseconds. */
const REPORT_INTERVAL = 5000

const BYTES = Float32Array.BYTES_PER_ELEMENT

/** Returns the rows of each text, from the files or from the encoder. */
export async function loadEncodedRows(options: EncodedRowsOptions): Promise<FlatMultiVector[]> {
  const { texts, recipe, dim, folder } = options
  mkdirSync(folder, { recursive: true })
  const key = createHash('sha256')
    .update(JSON.stringify([recipe, dim, CHUNK_TEXTS, texts]))
    .digest('hex')
    .slice(0, 16)
  const files: Files = { numbers: join(folder, `${key}.f32`), counts: join(folder, `${key}.rows`) }
  const done = recover(files, dim)
  if (done < texts.length) await encodeRest(options, files, done)
  return readRows(files, dim)
}

interface Files {
  readonly numbers: string
  readonly counts: string
}

/** Removes what an interrupted run did not complete. Returns the number of texts whose rows are in the files. */
function recover({ numbers, counts }: Files, dim: number): number {
  const written = existsSync(counts) ? readFileSync(counts, 'utf8') : ''
  const whole = written.slice(0, written.lastIndexOf('\n') + 1)
  const rows = parseCounts(whole)
  const bytes = rows.reduce((sum, count) => sum + count, 0) * dim * BYTES
  const isComplete = existsSync(numbers) && statSync(numbers).size >= bytes
  for (const [file, size] of [
    [numbers, isComplete ? bytes : 0],
    [counts, isComplete ? Buffer.byteLength(whole) : 0],
  ] as const) {
    appendFileSync(file, '')
    truncateSync(file, size)
  }
  return isComplete ? rows.length : 0
}

const parseCounts = (lines: string): number[] =>
  lines
    .split('\n')
    .filter(line => line !== '')
    .flatMap(line => JSON.parse(line) as number[])

/** Encodes the texts from `done` on, and appends their rows to the files. */
async function encodeRest(options: EncodedRowsOptions, files: Files, done: number): Promise<void> {
  const { name, texts, dim, log, now = () => performance.now() } = options
  const encode = await options.open()
  const started = now()
  let reported = started
  log(`${name}: making the rows of ${texts.length} texts (once)${done ? `, from text ${done + 1} on` : ''}`)
  for (let first = done; first < texts.length; first += CHUNK_TEXTS) {
    const encoded = await encode(texts.slice(first, first + CHUNK_TEXTS))
    for (const { data } of encoded) appendFileSync(files.numbers, bytesOf(data))
    appendFileSync(files.counts, `${JSON.stringify(encoded.map(({ data }) => data.length / dim))}\n`)
    const count = first + encoded.length
    if (now() - reported < REPORT_INTERVAL || count === texts.length) continue
    reported = now()
    const left = ((reported - started) / (count - done)) * (texts.length - count)
    log(`${name}: ${count} of ${texts.length} texts, about ${Math.ceil(left / 1000)} s left`)
  }
}

const bytesOf = (data: ArrayLike<number>) => new Uint8Array(Float32Array.from(data).buffer)

function readRows({ numbers, counts }: Files, dim: number): FlatMultiVector[] {
  const all = new Float32Array(new Uint8Array(readFileSync(numbers)).buffer)
  let end = 0
  return parseCounts(readFileSync(counts, 'utf8')).map(rows => {
    const start = end
    end += rows * dim
    return { data: all.subarray(start, end), dim }
  })
}
