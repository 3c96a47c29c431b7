// `maxsimd eval`: evaluates a TREC run, or the search in a folder in BEIR's layout, against relevance judgements.

import { stat } from 'node:fs/promises'
import { Command } from 'commander'
import {
  type Evaluation,
  evaluate,
  type Measures,
  type Qrels,
  type Run,
  randomizationTest,
} from '../../evaluation/index.js'
import { createFile, readQrels, readRun, runLines, writeText } from '../../formats/index.js'
import { withEncoder } from '../encoder-options.js'
import { rankFolder, withFile } from '../evaluation/beir-folder.js'
import { countOption, JSON_OPTION } from '../options.js'
import { formatCount } from '../output/format-figures.js'
import { helpText } from '../output/help-text.js'
import {
  EXIT_CODES,
  printJson,
  printNotice,
  type SetExitCode,
  type Terminal,
  UsageError,
} from '../terminal.js'

interface EvalArguments extends Record<keyof Measures, number> {
  readonly qrels?: string
  readonly against?: string
  readonly each?: boolean
  readonly json?: boolean
  readonly model?: string
  readonly split: string
  readonly limit: number
  readonly output?: string
}

const HELP = helpText(
  `
Lines of the run: "query Q0 document rank score tag". Lines of the judgements: "query 0 document judgement", or the
three columns of BEIR. The measures are those of trec_eval: ranks follow from scores, ties are sorted by document id,
the later id first, and unjudged documents count as not relevant. A judged query without results counts as 0.

A folder has corpus.jsonl, queries.jsonl and qrels/test.tsv, as BEIR and NanoBEIR have them. Its documents are encoded
and searched in memory, without the document that has the id of the query.

--against compares with another run on the same judgements: p is the probability of such a difference, or a larger one,
between equal systems (paired randomisation test).
Exit code 1: a judged query is missing from the run.`,
  [
    'npx maxsimd search --queries queries.jsonl --limit 100 > run.txt',
    'npx maxsimd eval run.txt --qrels qrels.txt',
    'npx maxsimd eval NanoFiQA2018/ --output words.txt',
    'npx maxsimd eval NanoFiQA2018/ --model ./colbert --against words.txt',
  ],
)

/** The names of the measures, in the order in which they are printed. */
const NAMES: Readonly<Record<keyof Measures, string>> = {
  mrr: 'MRR',
  ndcg: 'nDCG',
  recall: 'recall',
  map: 'MAP',
  precision: 'P',
}
const MEASURES = Object.keys(NAMES) as (keyof Measures)[]

export function createEval(terminal: Terminal, setExitCode: SetExitCode): Command {
  const command = new Command('eval').argument('<run>', 'TREC run, or a folder in the layout of BEIR')
  command
    .description('compute MRR, nDCG, recall, MAP and precision of a run or a folder')
    .option('--qrels <file>', 'relevance judgements of a run')
    .addOption(countOption('--mrr <k>', 'depth of MRR', 10))
    .addOption(countOption('--ndcg <k>', 'depth of nDCG', 10))
    .addOption(countOption('--recall <k>', 'depth of recall', 100))
    .addOption(countOption('--map <k>', 'depth of MAP', 100))
    .addOption(countOption('--precision <k>', 'depth of precision', 10))
    .option('--against <run>', 'TREC run to compare with')
    .option('--each', 'print the measures of each query too')
  return withEncoder(command)
    .option('--split <name>', 'judgements of the folder: qrels/NAME.tsv', 'test')
    .addOption(countOption('--limit <n>', 'documents of the folder for each query', 100))
    .option('--output <file>', 'write the TREC run of the folder')
    .option(...JSON_OPTION)
    .addHelpText('after', HELP)
    .action(async (file: string) => setExitCode(await runEval(file, command.opts<EvalArguments>(), terminal)))
}

async function runEval(path: string, options: EvalArguments, terminal: Terminal): Promise<number> {
  const depths = Object.fromEntries(MEASURES.map(name => [name, options[name]])) as Record<
    keyof Measures,
    number
  >
  const { run, qrels } = await runAndJudgements(path, options, terminal)
  const evaluation = evaluate(run, qrels, depths)
  const other = options.against && evaluate(await withFile(options.against, readRun), qrels, depths)
  const tests = other
    ? MEASURES.map(measure => [measure, randomizationTest(evaluation, other, { measure })] as const)
    : undefined
  if (options.json) {
    const { each, ...rest } = evaluation
    const against = tests && Object.fromEntries(tests)
    printJson(terminal, {
      depths,
      ...rest,
      ...(options.each && { each: Object.fromEntries(each) }),
      ...(against && { against }),
    })
  } else {
    printEvaluation(evaluation, options, terminal)
    for (const [measure, { difference, p, better, worse, equal }] of tests ?? []) {
      const sign = difference < 0 ? '' : '+'
      terminal.stdout.write(
        `${NAMES[measure]}@${depths[measure]}\t${sign}${difference.toFixed(4)}\tp ${p.toPrecision(2)}\t${better} better, ${worse} worse, ${equal} equal\n`,
      )
    }
  }
  return evaluation.missing.length > 0 ? EXIT_CODES.problems : EXIT_CODES.success
}

async function runAndJudgements(
  path: string,
  options: EvalArguments,
  terminal: Terminal,
): Promise<{ readonly run: Run; readonly qrels: Qrels }> {
  const { qrels, output } = options
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() === true
  if (!isFolder) {
    if (qrels === undefined) throw new UsageError("required option '--qrels <file>' not specified")
    if (output !== undefined) throw new UsageError('"--output" is for a folder: the run is a file already')
    return { run: await withFile(path, readRun), qrels: await withFile(qrels, readQrels) }
  }
  if (qrels !== undefined) throw new UsageError('"--qrels" is for a run; a folder has qrels, see --split')
  const ranked = await rankFolder(path, options, terminal)
  if (output !== undefined) {
    const entries = [...ranked.run].map(([query, scores]) => ({
      query,
      hits: [...scores].map(([id, score]) => ({ id, score })),
    }))
    await writeText(runLines(entries), await createFile(output))
  }
  return ranked
}

function printEvaluation(evaluation: Evaluation, options: EvalArguments, terminal: Terminal): void {
  const { each, queries, missing, unjudged } = evaluation
  const figure = (measures: Measures) => (name: keyof Measures) =>
    `${NAMES[name]}@${options[name]} ${measures[name].toFixed(4)}`
  const line = (name: string, measures: Measures) =>
    `${[name, ...MEASURES.map(figure(measures))].join('\t')}\n`
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
