// `npm run bench:pages`. Measures pages: how fast they are ranked, what smaller representations lose, and how long a page takes
// before the model; with --store the memory of a store of pages, with --encoding what the models cost. With --write it writes the
// marked blocks of docs/scale.md and docs/pages.md.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import process, { stderr, stdout } from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { engine, processor } from '../shared/machine.js'
import { markdownTable } from '../shared/markdown-table.js'
import { replaceBlock } from '../shared/marked-block.js'
import { findNodes, runOn, thisNode } from '../shared/nodes.js'
import { type EncodingCost, measureEncodingCost } from './encoding-cost.js'
import { type KindResult, measurePages } from './measure.js'
import { measurePreprocessing, type PreprocessingResult } from './preprocessing.js'
import { BUDGET, measureStoreMemory, runStep, STORE_DATATYPES, type StoreMemory } from './store-memory.js'

const HELP = `Measures pages of 128 dims on one core, with 20 query rows.

  npm run bench:pages                    1,000 pages of each kind, 20 questions; needs 2 GB of memory
  npm run bench:pages -- --pages 200     another number of pages
  npm run bench:pages -- --nodes         rank on Node 24 and 26 as well, which have relaxed SIMD (240 MB, once); a quarter of an hour
  npm run bench:pages -- --store         the memory of indexing and searching 10,000 pages; needs 4 GB on the disk
  npm run bench:pages -- --encoding      what a page costs to encode, derived from layers with random weights; 4 GB of memory
  npm run bench:pages -- --write         also write docs/scale.md, or docs/pages.md with --encoding

The time of Pillow is measured if npm run test:encoders has installed FastEmbed. Exit codes: 0 success, 1 failure.
`

const pathTo = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const SCALE = 'docs/scale.md'
const PAGES = 'docs/pages.md'
const log = (line: string) => stderr.write(`${line}\n`)

const bytesText = (bytes: number) =>
  bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e3).toFixed(0)} KB`

/** The rankings on one version of Node. */
interface EngineResult {
  readonly name: string
  readonly kinds: readonly KindResult[]
}

/** How often each version of Node ranks, in turns: other programs on the machine slow some of the runs down for minutes. */
const PASSES = 3

/** The same rankings with the shortest time that a run had for each. */
function fastestOf(runs: readonly (readonly KindResult[])[]): KindResult[] {
  return runs[0]!.map((kind, k) => ({
    ...kind,
    ways: kind.ways.map((way, w) => ({
      ...way,
      milliseconds: Math.min(...runs.map(kinds => kinds[k]!.ways[w]!.milliseconds)),
    })),
  }))
}

function toMarkdown(engines: readonly EngineResult[], preprocessing: readonly PreprocessingResult[]): string {
  const tables = engines[0]!.kinds.map(({ kind, rows, pages, ways }, k) => {
    const cells = ways.map(({ name, recall, bytes }, w) => [
      name,
      ...engines.map(({ kinds }) => kinds[k]!.ways[w]!.milliseconds.toFixed(1)),
      recall.toFixed(3),
      bytesText(bytes),
    ])
    const head = ['ranked by', ...engines.map(({ name }) => name), 'of the exact best ten', 'a page']
    const table = markdownTable(head, cells)
    return `${kind}: ${pages.toLocaleString('en')} pages of ${rows.toLocaleString('en')} rows\n\n${table}`
  })
  const times = preprocessing.map(({ model, here, pillow, ratio }) => [
    model,
    here.toFixed(1),
    pillow?.toFixed(1) ?? 'not measured',
    ratio?.toFixed(2) ?? '',
  ])
  const before = markdownTable(
    ['an A4 page at 150 pixels per inch', 'ms here', 'ms in FastEmbed with Pillow', 'ratio'],
    times,
  )
  return [
    `\`npm run bench:pages --${engines.length > 1 ? ' --nodes' : ''} --write\` wrote these tables on ${processor()}: milliseconds for a question of 20 rows of 128, on one core.`,
    `Medians over the questions, of the fastest of ${PASSES} runs. Node 20 has no relaxed SIMD, which the int8 screen needs to be fast.`,
    'The pages are made with a seed, because no model for pages could be downloaded: what is lost on real pages may differ, times',
    'hardly do.',
    '',
    tables.join('\n\n'),
    '',
    'Before the model: processor time of resizing, cutting and numbers, without decoding. Medians of measurements that take turns.',
    '',
    before,
  ].join('\n')
}

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  pages: { type: 'string' },
  store: { type: 'boolean' },
  encoding: { type: 'boolean' },
  questions: { type: 'string', default: '20' },
  nodes: { type: 'boolean' },
  write: { type: 'boolean' },
  // of the processes that measure a store, or rank
  step: { type: 'string' },
  folder: { type: 'string' },
  datatype: { type: 'string' },
} as const

const costToMarkdown = (costs: readonly EncodingCost[]): string =>
  [
    `\`npm run bench:pages -- --encoding --write\` wrote this table: onnxruntime in f32 on ${processor()}, ${availableParallelism()} cores.`,
    'The models could not be downloaded: the time is that of one layer of each part, with random weights and the true number of rows,',
    'times the number of layers. The published file of ColPali is in f16, which a CPU computes in f32.',
    '',
    markdownTable(
      ['model', 'seconds for an A4 page'],
      costs.map(({ model, seconds }) => [`\`${model}\``, seconds.toFixed(0)]),
    ),
  ].join('\n')

const gigabytes = (bytes: number) => `${(bytes / 1e9).toFixed(2)} GB`

function storeToMarkdown(stores: readonly StoreMemory[]): string {
  const rows = stores.map(({ datatype, bytes, index, search }) => [
    `\`${datatype}\``,
    gigabytes(bytes),
    gigabytes(index.peak),
    index.milliseconds.toFixed(1),
    gigabytes(search.peak),
    (search.milliseconds / 1000).toFixed(1),
  ])
  const head = [
    'rows stored as',
    'on the disk',
    'memory of indexing',
    'ms a page',
    'memory of searching',
    's a question',
  ]
  return [
    `\`npm run bench:pages -- --store --write\` wrote this table: ${engine()} on ${processor()}. ${stores[0]!.pages.toLocaleString('en')} pages`,
    `of 1,030 rows of 128 in a store with \`memory: '${BUDGET}'\`, the default, which bounds the vectors in memory. Each page is stored`,
    'alone, as an index of pages does. Memory is the largest resident set of the process, with Node itself. A question of 20 rows',
    'compares all rows of all pages, and reads what is beyond the budget from the disk: `pageFirst` and `i8` make it faster.',
    '',
    markdownTable(head, rows),
  ].join('\n')
}

async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS })
  if (values.help) return void stdout.write(HELP)
  const pages = values.pages ?? '1000'
  if (values.step === 'rank') {
    return void stdout.write(JSON.stringify(await measurePages(Number(pages), Number(values.questions), log)))
  }
  if (values.step !== undefined) {
    const datatype = STORE_DATATYPES.find(name => name === values.datatype)!
    return void stdout.write(
      JSON.stringify(await runStep(values.step, values.folder!, datatype, Number(values.pages))),
    )
  }
  if (values.store) {
    const stores = measureStoreMemory(fileURLToPath(import.meta.url), Number(values.pages ?? 10_000), log)
    return finish(SCALE, 'page-store', storeToMarkdown(stores), values.write)
  }
  const python = pathTo('test/encode/models/.venv/bin/python')
  if (values.encoding) {
    if (!existsSync(python))
      throw new Error('this needs Python with onnx; run: node test/encode/models/install.mjs')
    const script = pathTo('bench/pages/make_layers.py')
    const costs = await measureEncodingCost(python, script, pathTo('test/encode/models'), log)
    return finish(PAGES, 'page-cost', costToMarkdown(costs), values.write)
  }
  const preprocessing = await measurePreprocessing(existsSync(python) ? python : undefined)
  for (const { model, here, pillow } of preprocessing)
    log(`${model}: ${here.toFixed(1)} ms, Pillow ${pillow?.toFixed(1) ?? '-'} ms`)
  const nodes = values.nodes ? findNodes() : [thisNode()]
  const rank = ['--step', 'rank', '--pages', pages, '--questions', values.questions]
  const passes = Array.from({ length: PASSES }, () => nodes.map(node => runOn<KindResult[]>(node, rank)))
  const engines = nodes.map(({ name }, i) => ({ name, kinds: fastestOf(passes.map(results => results[i]!)) }))
  finish(SCALE, 'pages', toMarkdown(engines, preprocessing), values.write)
}

/** Prints a block of a document, and writes it if that is wanted. */
function finish(name: string, block: string, markdown: string, isWritten: boolean | undefined): void {
  stdout.write(`${markdown}\n`)
  if (!isWritten) return
  const page = pathTo(name)
  writeFileSync(page, replaceBlock(readFileSync(page, 'utf8'), name, block, markdown))
}

main(process.argv.slice(2)).catch((error: Error) => {
  stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
