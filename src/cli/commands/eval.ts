// `maxsimd eval`: evaluates a TREC run against relevance judgements.

import { Command } from 'commander'
import { type Evaluation, evaluate, type Measures } from '../../evaluation/index.js'
import { type ByteSource, readQrels, readRun } from '../../formats/index.js'
import { openNamedFile } from '../named-file.js'
import { countOption, JSON_OPTION } from '../options.js'
import { formatCount } from '../output/format-figures.js'
import { helpText } from '../output/help-text.js'
import { EXIT_CODES, printJson, printNotice, type SetExitCode, type Terminal } from '../terminal.js'

interface EvalArguments {
  readonly qrels: string
  readonly mrr: number
  readonly ndcg: number
  readonly recall: number
  readonly each?: boolean
  readonly json?: boolean
}

const HELP = helpText(
  `
Lines of the run: "query Q0 document rank score tag". Lines of the judgements: "query 0 document judgement", or the
three columns of BEIR. The measures are those of trec_eval: ranks follow from scores, ties are sorted by document id,
the later id first, and unjudged documents count as not relevant. A judged query without results counts as 0.
Exit code 1: a judged query is missing from the run.`,
  [
    'npx maxsimd search --queries queries.jsonl --limit 100 > run.txt',
    'npx maxsimd eval run.txt --qrels qrels.txt',
  ],
)

export function createEval(terminal: Terminal, setExitCode: SetExitCode): Command {
  const command = new Command('eval').argument('<run>', 'TREC run')
  return command
    .description('compute MRR, nDCG and recall of a run')
    .requiredOption('--qrels <file>', 'relevance judgements')
    .addOption(countOption('--mrr <k>', 'depth of MRR', 10))
    .addOption(countOption('--ndcg <k>', 'depth of nDCG', 10))
    .addOption(countOption('--recall <k>', 'depth of recall', 100))
    .option('--each', 'print the measures of each query too')
    .option(...JSON_OPTION)
    .addHelpText('after', HELP)
    .action(async (file: string) => setExitCode(await runEval(file, command.opts<EvalArguments>(), terminal)))
}

async function runEval(file: string, options: EvalArguments, terminal: Terminal): Promise<number> {
  const { mrr, ndcg, recall } = options
  const depths = { mrr, ndcg, recall }
  const run = await readWhole(file, readRun)
  const evaluation = evaluate(run, await readWhole(options.qrels, readQrels), depths)
  if (options.json) {
    const { each, ...rest } = evaluation
    printJson(terminal, { depths, ...rest, ...(options.each && { each: Object.fromEntries(each) }) })
  } else printEvaluation(evaluation, options, terminal)
  return evaluation.missing.length > 0 ? EXIT_CODES.problems : EXIT_CODES.success
}

function printEvaluation(evaluation: Evaluation, options: EvalArguments, terminal: Terminal): void {
  const { mrr, ndcg, recall } = options
  const { each, queries, missing, unjudged } = evaluation
  const line = (name: string, measures: Measures) =>
    `${name}\tMRR@${mrr} ${measures.mrr.toFixed(4)}\tnDCG@${ndcg} ${measures.ndcg.toFixed(4)}\trecall@${recall} ${measures.recall.toFixed(4)}\n`
  if (options.each) for (const [query, measures] of each) terminal.stdout.write(line(query, measures))
  terminal.stdout.write(line(formatCount(queries, 'query', 'queries'), evaluation))
  if (missing.length > 0) {
    const subject = formatCount(missing.length, 'judged query is', 'judged queries are')
    printNotice(terminal, `${subject} not in the run: ${firstOf(missing)}`)
  }
  if (unjudged.length > 0) {
    const subject = formatCount(unjudged.length, 'query of the run is', 'queries of the run are')
    printNotice(terminal, `${subject} not judged: ${firstOf(unjudged)}`)
  }
}

const firstOf = (names: readonly string[]) =>
  `${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`

async function readWhole<T>(file: string, read: (source: ByteSource) => Promise<T>): Promise<T> {
  const source = await openNamedFile(file)
  try {
    return await read(source)
  } finally {
    await source.close()
  }
}
