// `maxsimd eval`: evaluates a TREC run, or the search in folders in BEIR's layout, against relevance judgements.

import { mkdir, stat } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { Command } from 'commander'
import type { LongText } from '../../encode/index.js'
import { evaluate, type Measures, type Qrels, type Run, randomizationTest } from '../../evaluation/index.js'
import { createFile, readQrels, readRun, runLines, writeText } from '../../formats/index.js'
import { type LoadedEncoder, loadEncoder, longTextOption, withEncoder } from '../encoder-options.js'
import { rankFolder, withFile } from '../evaluation/beir-folder.js'
import {
  type Depths,
  evaluationJson,
  MEASURES,
  meanOf,
  measuresLine,
  printEvaluation,
  type RunEvaluation,
} from '../evaluation/evaluation-text.js'
import { countOption, JSON_OPTION } from '../options.js'
import { helpText } from '../output/help-text.js'
import { EXIT_CODES, printJson, type SetExitCode, type Terminal, UsageError } from '../terminal.js'

interface EvalArguments extends Record<keyof Measures, number> {
  readonly qrels?: string
  readonly against?: string
  readonly each?: boolean
  readonly json?: boolean
  readonly model?: string
  readonly longText: LongText
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
and searched in memory, without the document that has the id of the query. With several folders, the last line is the
mean over them, and --output and --against name a folder with a run FOLDER.txt for each.

--against compares with another run on the same judgements: p is the probability of such a difference, or a larger one,
between equal systems (paired randomisation test).
Exit code 1: a judged query is missing from the run.`,
  [
    'npx maxsimd search --queries queries.jsonl --limit 100 > run.txt',
    'npx maxsimd eval run.txt --qrels qrels.txt',
    'npx maxsimd eval NanoFiQA2018/ --output words.txt',
    'npx maxsimd eval NanoFiQA2018/ --model ./colbert --against words.txt',
    'npx maxsimd eval NanoBEIR/*/ --model ./colbert --output runs/',
  ],
)

export function createEval(terminal: Terminal, setExitCode: SetExitCode): Command {
  const command = new Command('eval').argument('<run...>', 'TREC run, or folders in the layout of BEIR')
  command
    .description('compute MRR, nDCG, recall, MAP and precision of a run or of folders')
    .option('--qrels <file>', 'relevance judgements of a run')
    .addOption(countOption('--mrr <k>', 'depth of MRR', 10))
    .addOption(countOption('--ndcg <k>', 'depth of nDCG', 10))
    .addOption(countOption('--recall <k>', 'depth of recall', 100))
    .addOption(countOption('--map <k>', 'depth of MAP', 100))
    .addOption(countOption('--precision <k>', 'depth of precision', 10))
    .option('--against <run>', 'TREC run to compare with')
    .option('--each', 'print the measures of each query too')
  return withEncoder(command)
    .addOption(longTextOption('cut'))
    .option('--split <name>', 'judgements of the folder: qrels/NAME.tsv', 'test')
    .addOption(countOption('--limit <n>', 'documents of the folder for each query', 100))
    .option('--output <file>', 'write the TREC run of the folder')
    .option(...JSON_OPTION)
    .addHelpText('after', HELP)
    .action(async (paths: readonly string[]) =>
      setExitCode(await runEval(paths, command.opts<EvalArguments>(), terminal)),
    )
}

async function runEval(
  paths: readonly string[],
  options: EvalArguments,
  terminal: Terminal,
): Promise<number> {
  const depths = Object.fromEntries(MEASURES.map(name => [name, options[name]])) as Depths
  let encoder: Promise<LoadedEncoder> | undefined
  const load = () => {
    encoder ??= loadEncoder(options, terminal)
    return encoder
  }
  if (paths.length > 1) return evalFolders(paths, { ...options, depths }, load, terminal)
  const [path = ''] = paths
  const { run, qrels } = await runAndJudgements(path, options, load, terminal)
  const found = await compareRun(run, qrels, depths, options.against)
  if (options.json) printJson(terminal, { depths, ...evaluationJson(found, options.each) })
  else printEvaluation(found, depths, options, terminal)
  return exitCodeOf([found])
}

/** Evaluates several folders, and prints the mean over them. */
async function evalFolders(
  paths: readonly string[],
  options: EvalArguments & { readonly depths: Depths },
  load: () => Promise<LoadedEncoder>,
  terminal: Terminal,
): Promise<number> {
  const { depths, output, against, each, json } = options
  const folders = await namedFolders(paths, options)
  if (output !== undefined) await mkdir(output, { recursive: true })
  const evaluations: (RunEvaluation & { readonly name: string })[] = []
  for (const [name, path] of folders) {
    const { run, qrels } = await rankFolder(path, options, load, terminal)
    if (output !== undefined) await writeRun(run, join(output, `${name}.txt`))
    const other = against === undefined ? undefined : join(against, `${name}.txt`)
    const found = { name, ...(await compareRun(run, qrels, depths, other)) }
    evaluations.push(found)
    if (!json) printEvaluation(found, depths, { name, each }, terminal)
  }
  const mean = meanOf(evaluations.map(({ evaluation }) => evaluation))
  if (json) {
    const byFolder = evaluations.map(found => [found.name, evaluationJson(found, each)] as const)
    printJson(terminal, { depths, folders: Object.fromEntries(byFolder), mean })
  } else terminal.stdout.write(measuresLine(`mean of ${folders.size} folders`, mean, depths))
  return exitCodeOf(evaluations)
}

/** The folders by their names. @throws UsageError if one is not a folder, or two have the same name */
async function namedFolders(
  paths: readonly string[],
  { qrels }: EvalArguments,
): Promise<ReadonlyMap<string, string>> {
  if (qrels !== undefined) throw new UsageError('"--qrels" is for a run; a folder has qrels, see --split')
  const folders = new Map<string, string>()
  for (const path of paths) {
    const name = basename(resolve(path))
    if (!(await isFolder(path))) {
      throw new UsageError(`"${path}" expected a folder in the layout of BEIR, because there are several`)
    }
    if (folders.has(name))
      throw new UsageError(`two folders have the name "${name}"; evaluate them one by one`)
    folders.set(name, path)
  }
  return folders
}

const isFolder = async (path: string) => (await stat(path).catch(() => undefined))?.isDirectory() === true

const exitCodeOf = (evaluations: readonly RunEvaluation[]): number =>
  evaluations.some(({ evaluation }) => evaluation.missing.length > 0)
    ? EXIT_CODES.problems
    : EXIT_CODES.success

/** Evaluates a run, and compares it with the run in the file `against`. */
async function compareRun(
  run: Run,
  qrels: Qrels,
  depths: Depths,
  against: string | undefined,
): Promise<RunEvaluation> {
  const evaluation = evaluate(run, qrels, depths)
  if (against === undefined) return { evaluation, tests: undefined }
  const other = evaluate(await withFile(against, readRun), qrels, depths)
  const tests = MEASURES.map(measure => [measure, randomizationTest(evaluation, other, { measure })] as const)
  return { evaluation, tests: new Map(tests) }
}

async function runAndJudgements(
  path: string,
  options: EvalArguments,
  load: () => Promise<LoadedEncoder>,
  terminal: Terminal,
): Promise<{ readonly run: Run; readonly qrels: Qrels }> {
  const { qrels, output } = options
  if (!(await isFolder(path))) {
    if (qrels === undefined) {
      await withFile(path, async () => {})
      throw new UsageError("required option '--qrels <file>' not specified")
    }
    if (output !== undefined) throw new UsageError('"--output" is for a folder: the run is a file already')
    return { run: await withFile(path, readRun), qrels: await withFile(qrels, readQrels) }
  }
  if (qrels !== undefined) throw new UsageError('"--qrels" is for a run; a folder has qrels, see --split')
  const ranked = await rankFolder(path, options, load, terminal)
  if (output !== undefined) await writeRun(ranked.run, output)
  return ranked
}

async function writeRun(run: Run, path: string): Promise<void> {
  const entries = [...run].map(([query, scores]) => ({
    query,
    hits: [...scores].map(([id, score]) => ({ id, score })),
  }))
  await writeText(runLines(entries), await createFile(path))
}
