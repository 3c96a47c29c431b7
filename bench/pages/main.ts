// `npm run bench:pages`. Measures pages: how fast they are ranked, what smaller representations lose, and how long a page takes
// before the model. With --write it writes the marked block of docs/scale.md.

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import process, { stderr, stdout } from 'node:process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { engine, processor } from '../shared/machine.js'
import { markdownTable } from '../shared/markdown-table.js'
import { replaceBlock } from '../shared/marked-block.js'
import { type KindResult, measurePages } from './measure.js'
import { measurePreprocessing, type PreprocessingResult } from './preprocessing.js'

const HELP = `Measures pages of 128 dims on one core, with 20 query rows.

  npm run bench:pages                    1,000 pages of each kind, 20 questions; needs 2 GB of memory
  npm run bench:pages -- --pages 200     another number of pages
  npm run bench:pages -- --write         also write docs/scale.md

The time of Pillow is measured if npm run test:encoders has installed FastEmbed. Exit codes: 0 success, 1 failure.
`

const pathTo = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const PAGE = 'docs/scale.md'

const bytesText = (bytes: number) =>
  bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e3).toFixed(0)} KB`

function toMarkdown(kinds: readonly KindResult[], preprocessing: readonly PreprocessingResult[]): string {
  const tables = kinds.map(({ kind, rows, pages, ways }) => {
    const cells = ways.map(({ name, milliseconds, recall, bytes }) => [
      name,
      milliseconds.toFixed(1),
      recall.toFixed(3),
      bytesText(bytes),
    ])
    const table = markdownTable(['ranked by', 'ms for a question', 'of the exact best ten', 'a page'], cells)
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
    `\`npm run bench:pages -- --write\` wrote these tables: ${engine()} on ${processor()}, one core, 20 query rows of 128. The pages are`,
    'made with a seed, because no model for pages could be downloaded: what is lost on real pages may differ, times hardly do.',
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
  pages: { type: 'string', default: '1000' },
  questions: { type: 'string', default: '20' },
  write: { type: 'boolean' },
} as const

async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS })
  if (values.help) return void stdout.write(HELP)
  const python = pathTo('test/encode/models/.venv/bin/python')
  const log = (line: string) => stderr.write(`${line}\n`)
  const preprocessing = await measurePreprocessing(existsSync(python) ? python : undefined)
  for (const { model, here, pillow } of preprocessing)
    log(`${model}: ${here.toFixed(1)} ms, Pillow ${pillow?.toFixed(1) ?? '-'} ms`)
  const kinds = await measurePages(Number(values.pages), Number(values.questions), log)
  const markdown = toMarkdown(kinds, preprocessing)
  stdout.write(`${markdown}\n`)
  if (!values.write) return
  const page = pathTo(PAGE)
  writeFileSync(page, replaceBlock(readFileSync(page, 'utf8'), PAGE, 'pages', markdown))
}

main(process.argv.slice(2)).catch((error: Error) => {
  stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
