// `npm run bench:search`. Measures the search of text indexes on judged collections, or its speed. With --write it keeps the
// results in bench/results/search.json or search-speed.json, and writes a marked block of docs/choosing.md.

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, resolve } from 'node:path'
import process, { stderr, stdout } from 'node:process'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { createEncoder, createStaticEncoder, type Transformers } from '../../src/encode/index.js'
import type { TextIndexOptions } from '../../src/text-index/index.js'
import { replaceBlock } from '../shared/marked-block.js'
import { findNodes, runOn } from '../shared/nodes.js'
import { readCollection } from './collection.js'
import { measureSearch, type SearchResult } from './measure.js'
import { speedToMarkdown, toMarkdown } from './report.js'
import { measureSpeed, type SearchSpeed } from './speed.js'

const HELP = `Measures the search of a text index on a judged collection: nDCG@10 and recall@100 by words, by meaning and by both.

  npm run bench:search -- --data FOLDER                 word vectors; FOLDER has corpus.jsonl, queries.jsonl and qrels.tsv
  npm run bench:search -- --data FOLDER --model MODEL   a model of maxsimd/encode; repeat both options for several
  npm run bench:search -- --data FOLDER --write         also write bench/results/search.json and docs/choosing.md
  npm run bench:search -- --speed                       how fast an index of 20,000 passages answers, and what its words cost
  npm run bench:search -- --speed --nodes               the same on newer versions of Node too, which are installed once
  npm run bench:search -- --speed --nodes --write       also write bench/results/search-speed.json and docs/choosing.md

Indexes are kept in build/search. Exit codes: 0 success, 1 failure.
`

const pathTo = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const RESULTS = pathTo('bench/results/search.json')
const SPEED_RESULTS = pathTo('bench/results/search-speed.json')
const PAGE = 'docs/choosing.md'

const log = (line: string) => stderr.write(`${line}\n`)

type Encoder = Pick<TextIndexOptions, 'encoder' | 'encoderName' | 'weighted'>

async function loadEncoder(model: string | undefined): Promise<Encoder> {
  if (model === undefined) {
    const encoder = createStaticEncoder(readFileSync(pathTo('data/words.bin')))
    return { encoder, encoderName: 'static', weighted: true }
  }
  const folder = resolve(model)
  const encoder = await createEncoder({
    model: existsSync(folder) ? folder : model,
    emptyText: 'encode',
    transformers: await loadTransformers(),
  })
  return { encoder, encoderName: basename(model), weighted: false }
}

/** Loads transformers.js where `npm run test:encoders` installs it. */
async function loadTransformers(): Promise<Transformers> {
  const from = createRequire(pathTo('test/encode/models/package.json'))
  return (await import(
    pathToFileURL(from.resolve('@huggingface/transformers').replace(/\.cjs$/, '.mjs')).href
  )) as Transformers
}

async function measure(folder: string, model: string | undefined): Promise<SearchResult> {
  const collection = await readCollection(folder)
  const encoder = await loadEncoder(model)
  const hash = createHash('sha256')
    .update(JSON.stringify([resolve(folder), encoder.encoderName]))
    .digest('hex')
  const index = pathTo(`build/search/${hash.slice(0, 16)}`)
  mkdirSync(index, { recursive: true })
  let reported = 0
  return measureSearch(collection, index, encoder, share => {
    if (share < reported + 0.1) return
    reported = share
    log(`${collection.name}, ${encoder.encoderName}: ${Math.round(100 * share)} % indexed`)
  })
}

/** Adds the results to those of earlier runs. A result replaces the one of the same collection and encoder. */
function write(results: readonly SearchResult[]): void {
  const earlier: SearchResult[] = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')) : []
  const keyOf = ({ collection, encoder }: SearchResult) => JSON.stringify([collection, encoder])
  const all = [...new Map([...earlier, ...results].map(result => [keyOf(result), result])).values()]
  writeFileSync(RESULTS, `${JSON.stringify(all, null, 1)}\n`)
  writeBlock('search', toMarkdown(all))
}

function writeBlock(name: string, content: string): void {
  const page = pathTo(PAGE)
  writeFileSync(page, replaceBlock(readFileSync(page, 'utf8'), PAGE, name, content))
}

/** Measures the speed of an index of definitions on this Node. */
async function speedHere(): Promise<SearchSpeed> {
  const options = { passages: 20_000, rounds: 15, indexes: 7, program: pathTo('dist/cli/main.js') }
  return measureSpeed(pathTo('build/search/speed'), await loadEncoder(undefined), options)
}

/** Prints the speed on this Node, or on all. */
async function printSpeed({ json, nodes, write }: SpeedArguments): Promise<void> {
  if (json) return void stdout.write(JSON.stringify(await speedHere()))
  const speeds = nodes
    ? findNodes().map(node => runOn<SearchSpeed>(node, ['--speed', '--json']))
    : [await speedHere()]
  stdout.write(speedToMarkdown(speeds))
  if (!write) return
  writeFileSync(SPEED_RESULTS, `${JSON.stringify(speeds, null, 1)}\n`)
  writeBlock('search-speed', speedToMarkdown(speeds))
}

interface SpeedArguments {
  /** Print the results as JSON, for the program that runs this one on another Node. */
  readonly json?: boolean
  readonly nodes?: boolean
  readonly write?: boolean
}

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  data: { type: 'string', multiple: true },
  model: { type: 'string', multiple: true },
  speed: { type: 'boolean' },
  nodes: { type: 'boolean' },
  json: { type: 'boolean' },
  write: { type: 'boolean' },
} as const

async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS })
  if (values.help) return void stdout.write(HELP)
  if (values.speed) return printSpeed(values)
  if (!values.data)
    throw new Error('--data <folder> is required: a folder with corpus.jsonl, queries.jsonl and qrels.tsv')
  const results: SearchResult[] = []
  for (const folder of values.data) {
    for (const model of [undefined, ...(values.model ?? [])]) results.push(await measure(folder, model))
  }
  stdout.write(toMarkdown(results))
  if (values.write) write(results)
}

main(process.argv.slice(2)).catch((error: Error) => {
  stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
