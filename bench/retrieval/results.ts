// The files of results: bench/results/retrieval.{json,md}, the charts, and the marked block of docs/scale.md.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { replaceBlock } from '../shared/marked-block.js'
import { type Cost, toChart } from './chart.js'
import { toGrowthChart } from './growth-chart.js'
import { processorsIn, type RetrievalRun, toMarkdown } from './report.js'

// relative to build/, where the bundled program is
const pathTo = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const resultsFolder = pathTo('bench/results')
const resultsFile = join(resultsFolder, 'retrieval.json')

/** Reads the results of the last run, if any. */
export function readLastRun(): RetrievalRun | undefined {
  return existsSync(resultsFile) ? JSON.parse(readFileSync(resultsFile, 'utf8')) : undefined
}

/** Writes the results, the tables and the charts. */
export function writeRun(run: RetrievalRun): void {
  mkdirSync(resultsFolder, { recursive: true })
  writeFileSync(resultsFile, `${JSON.stringify(run, null, 1)}\n`)
  const block = toMarkdown(run)
  writeFileSync(join(resultsFolder, 'retrieval.md'), `# Retrieval, measured\n\n${block}`)
  const page = pathTo('docs/scale.md')
  writeFileSync(page, replaceBlock(readFileSync(page, 'utf8'), 'docs/scale.md', 'retrieval', block))
  for (const dataset of run.datasets) {
    if (dataset.techniques.length === 0) continue
    const subtitle = `${machinesOf(dataset.techniques)}; numbers are lines of the table`
    for (const [cost, name] of [
      ['milliseconds', 'time'],
      ['searched', 'bytes'],
    ] as const satisfies readonly (readonly [Cost, string])[]) {
      const file = join(resultsFolder, `retrieval-${dataset.name}-${name}.svg`)
      writeFileSync(file, toChart(dataset, cost, subtitle))
    }
  }
  if (run.growth && run.growth.length > 1) {
    writeFileSync(
      join(resultsFolder, 'retrieval-growth.svg'),
      toGrowthChart(run.growth, machinesOf(run.growth)),
    )
  }
}

const machinesOf = (results: readonly { readonly processor: string }[]): string =>
  `${processorsIn(results).join(' and ')}, one thread`
