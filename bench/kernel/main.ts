// `npm run bench`. Measures on this engine (measure.ts), or on several, each in its own process. Results go to standard
// output, progress to standard error. Files are written only with --markdown or --write.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process, { stderr, stdout } from 'node:process'
import { fileURLToPath } from 'node:url'
import { replaceBlock } from '../shared/marked-block.js'
import { findNodes, runOn } from '../shared/nodes.js'
import { type Arguments, help, parseArguments, UsageError } from './arguments.js'
import { toGoals } from './goals.js'
import { toMarkdown, toPruning, toSummary } from './markdown.js'
import { measureRun } from './measure.js'
import { type Run, toText } from './report.js'

// relative to build/, where the bundled program is
const resultsFolder = fileURLToPath(new URL('../bench/results', import.meta.url))

async function main(args: readonly string[]): Promise<void> {
  const options = parseArguments(args)
  if (options.help) {
    stdout.write(help)
    return
  }
  const blocks = blocksToWrite(options)
  // fails for a file without markers before minutes are spent on measuring
  for (const { file, name } of blocks) replaceBlock(readFileSync(file, 'utf8'), file, name, '')
  const runs = await findRuns(options, args)
  stdout.write(
    options.json
      ? `${JSON.stringify(runs.length === 1 ? runs[0] : runs, null, 2)}\n`
      : runs.map(toText).join('\n'),
  )
  if (options.write) {
    mkdirSync(resultsFolder, { recursive: true })
    writeFileSync(join(resultsFolder, 'bench.json'), `${JSON.stringify(runs, null, 1)}\n`)
  }
  for (const { file, name, render } of blocks) {
    writeFileSync(file, replaceBlock(readFileSync(file, 'utf8'), file, name, render(runs)))
    stderr.write(`figures written to ${file}\n`)
  }
}

/** The results of files, of this engine, or of several. */
async function findRuns(options: Arguments, args: readonly string[]): Promise<Run[]> {
  if (options.results.length > 0) {
    return options.results.flatMap(file => JSON.parse(readFileSync(file, 'utf8')) as Run | Run[])
  }
  const passed = args.filter(argument => argument !== '--nodes' && argument !== '--write')
  if (options.nodes) return findNodes().map(node => runOn<Run>(node, [...passed, '--json']))
  return [await measureRun(options)]
}

/** A marked block of a document, and the function that renders it. */
interface Block {
  readonly file: string
  readonly name: string
  render(runs: readonly Run[]): string
}

const SPEED = 'docs/speed.md'

function blocksToWrite({ markdown, write }: Arguments): Block[] {
  const tables = (file: string): Block => ({ file, name: 'bench', render: toMarkdown })
  return [
    ...(markdown === undefined ? [] : [tables(markdown)]),
    ...(write
      ? [
          tables(SPEED),
          { file: SPEED, name: 'pruning', render: toPruning },
          { file: SPEED, name: 'goals', render: (runs: readonly Run[]) => toGoals(runs, readResult) },
          { file: 'README.md', name: 'speed', render: toSummary },
        ]
      : []),
  ]
}

/** The results of another benchmark, if it was run. */
function readResult(name: string): unknown {
  const file = join(resultsFolder, `${name}.json`)
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

main(process.argv.slice(2)).catch((error: Error) => {
  const isUsage = error instanceof UsageError
  stderr.write(isUsage ? `${error.message}\nSee npm run bench -- --help\n` : `${error.message}\n`)
  process.exitCode = isUsage ? 2 : 1
})
