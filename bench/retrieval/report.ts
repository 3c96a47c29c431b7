// The results of a run as Markdown tables. Writes no files.

import { threeDigits } from '../shared/three-digits.js'
import { extraTables } from './extra-tables.js'
import type { ExtraResults } from './extras.js'
import { goalTable } from './goals.js'
import type { DatasetResult, TechniqueResult } from './measure.js'
import type { PresetResult } from './presets.js'
import type { QuantizedResult } from './quantized-result.js'

/** One run: the content of bench/results/retrieval.json. */
export interface RetrievalRun extends ExtraResults {
  readonly date: string
  readonly engine: string
  readonly processor: string
  readonly load: number
  readonly datasets: readonly DatasetResult[]
}

const COLUMNS = [
  '#',
  'technique',
  'bytes a document',
  'read again',
  'ms a query',
  "of exact's time",
  'recall@10',
  'nDCG@10',
  'success@10',
]

const count = (value: number) => Math.round(value).toLocaleString('en')
const share = (value: number) => `${(100 * value).toFixed(1)} %`

function cellsOf(result: TechniqueResult, number: number): string[] {
  return [
    String(number),
    result.technique,
    count(result.searched),
    result.readAgain > 0 ? count(result.readAgain) : '',
    threeDigits(result.milliseconds),
    (result.milliseconds / result.exactMilliseconds).toFixed(2),
    share(result.recall),
    result.ndcg.toFixed(3),
    share(result.success),
  ]
}

/** The processors that results were measured on. There can be several, because parts are measured again alone. */
export const processorsIn = (results: readonly { readonly processor?: string }[]): string[] => [
  ...new Set(results.flatMap(({ processor }) => processor ?? [])),
]

/** On which processor the lines of a table were measured. */
function processorsOf({ techniques }: DatasetResult): string {
  const processors = processorsIn(techniques)
  if (processors.length < 2) return processors.map(name => `, on ${name}`).join('')
  const runs: string[] = []
  let from = 0
  for (let i = 1; i <= techniques.length; i++) {
    if (techniques[i]?.processor === techniques[from]!.processor) continue
    const lines = from + 1 === i ? `line ${i}` : `lines ${from + 1} to ${i}`
    runs.push(`${lines} on ${techniques[from]!.processor}`)
    from = i
  }
  return `; ${runs.join(', ')}`
}

const sizeOf = ({ documents, rows, dim, queries, queryRows }: DatasetResult) =>
  `${count(documents)} documents, ${count(rows)} rows of ${dim}; ${queries} queries of ${queryRows.toFixed(1)} rows`

/** Tables of all data sets. */
export function toMarkdown(run: RetrievalRun): string {
  const { engine, processor, datasets } = run
  const lines: string[] = [
    `The last part was measured with ${engine} on ${processor}, one thread.`,
    '',
    ...goalTable(run),
    ...extraTables(run),
  ]
  for (const dataset of datasets) {
    lines.push(
      `**${dataset.title}**: ${sizeOf(dataset)}; kernel \`${dataset.kernel}\`${processorsOf(dataset)}.`,
      '',
    )
    if (dataset.techniques.length > 0) {
      lines.push(
        `| ${COLUMNS.join(' | ')} |`,
        `| ---: | --- |${' ---: |'.repeat(COLUMNS.length - 2)}`,
        ...dataset.techniques.map((result, i) => `| ${cellsOf(result, i + 1).join(' | ')} |`),
        '',
      )
    }
    if (dataset.presets) lines.push(...presetTable(dataset.presets), '')
    if (dataset.quantized) lines.push(...quantizedTable(dataset.quantized), '')
  }
  return lines.join('\n')
}

/** The presets of one data set, one line for each preset and backend. */
function presetTable(presets: readonly PresetResult[]): string[] {
  const processors = processorsIn(presets)
  return [
    ...(processors.length > 0 ? [`Presets, on ${processors.join(' and ')}:`, ''] : []),
    '| preset, with its own candidates | in | ms a query | recall@10 | nDCG@10 |',
    '| --- | --- | ---: | ---: | ---: |',
    ...presets.map(
      ({ preset, place, milliseconds, recall, ndcg }) =>
        `| ${[preset, place, threeDigits(milliseconds), share(recall), ndcg.toFixed(3)].join(' | ')} |`,
    ),
  ]
}

/** The settings of a server, one line each. */
function quantizedTable(quantized: readonly QuantizedResult[]): string[] {
  return [
    '| setting | in | bytes a document | read again | ms a query | recall@10 | nDCG@10 |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: |',
    ...quantized.map(({ setting, place, searched, readAgain, milliseconds, recall, ndcg }) => {
      const bytes = [count(searched), readAgain > 0 ? count(readAgain) : '']
      const cells = [setting, place, ...bytes, threeDigits(milliseconds), share(recall), ndcg.toFixed(3)]
      return `| ${cells.join(' | ')} |`
    }),
  ]
}
