// `maxsimd eval`: a TREC run held against judgements. Arguments in, figures out.

import { Command } from 'commander'
import { evaluate, type Measures } from '../../evaluation/index.js'
import { type ByteSource, openFile, readQrels, readRun } from '../../formats/index.js'
import { wholeFrom } from '../connection.js'
import { exitCodes, printJson, type Terminal, tell } from '../terminal.js'

interface EvalArguments {
  readonly qrels: string
  readonly mrr: number
  readonly ndcg: number
  readonly recall: number
  readonly each?: boolean
  readonly json?: boolean
}

const help = `
The run has lines "query Q0 document rank score tag", the judgements "query 0 document judgement" or BEIR's three
columns. Measures are those of trec_eval: ranks follow from scores, ties go to the later id, what was not judged is
not relevant, and a judged query that the run lacks counts as 0.

Example:
  maxsimd search --queries queries.jsonl --limit 100 > run.txt
  maxsimd eval run.txt --qrels qrels.txt

Exit code: 0 all judged queries are in the run, 1 some are not, 2 it could not be done.
`

/** The command, which tells its exit code to `done`. */
export function createEval(terminal: Terminal, done: (code: number) => void): Command {
  const command = new Command('eval').argument('<run>', 'a TREC run')
  return command
    .description('MRR, nDCG and recall of a run')
    .requiredOption('--qrels <file>', 'the judgements')
    .option('--mrr <k>', 'depth of MRR', wholeFrom(1), 10)
    .option('--ndcg <k>', 'depth of nDCG', wholeFrom(1), 10)
    .option('--recall <k>', 'depth of recall', wholeFrom(1), 100)
    .option('--each', 'the measures of each query too')
    .option('--json', 'print JSON on standard output, and nothing else')
    .addHelpText('after', help)
    .action(async (file: string) => done(await run(file, command.opts<EvalArguments>(), terminal)))
}

async function run(file: string, asked: EvalArguments, terminal: Terminal): Promise<number> {
  const { mrr, ndcg, recall } = asked
  const found = evaluate(await whole(file, readRun), await whole(asked.qrels, readQrels), {
    mrr,
    ndcg,
    recall,
  })
  const { each, ...rest } = found
  if (asked.json) {
    printJson(terminal, {
      depths: { mrr, ndcg, recall },
      ...rest,
      ...(asked.each && { each: Object.fromEntries(each) }),
    })
  } else {
    const line = (name: string, measures: Measures) =>
      `${name}\tMRR@${mrr} ${measures.mrr.toFixed(4)}\tnDCG@${ndcg} ${measures.ndcg.toFixed(4)}\trecall@${recall} ${measures.recall.toFixed(4)}\n`
    if (asked.each) for (const [query, measures] of each) terminal.stdout.write(line(query, measures))
    terminal.stdout.write(line(found.queries === 1 ? '1 query' : `${found.queries} queries`, found))
    if (found.missing.length > 0)
      tell(terminal, `${queries(found.missing, 'judged ')} not in the run: ${list(found.missing)}`)
    if (found.unjudged.length > 0)
      tell(terminal, `${queries(found.unjudged)} not judged: ${list(found.unjudged)}`)
  }
  return found.missing.length > 0 ? exitCodes.found : exitCodes.well
}

const queries = ({ length }: readonly string[], kind = '') =>
  length === 1 ? `1 ${kind}query is` : `${length} ${kind}queries are`

const list = (names: readonly string[]) => `${names.slice(0, 5).join(', ')}${names.length > 5 ? ', …' : ''}`

async function whole<T>(file: string, read: (source: ByteSource) => Promise<T>): Promise<T> {
  const source = await openFile(file)
  try {
    return await read(source)
  } finally {
    await source.close()
  }
}
