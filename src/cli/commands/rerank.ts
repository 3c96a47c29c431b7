// `maxsimd rerank`: candidates from standard input, best first on standard output. Arguments in, lines out.

import { Command } from 'commander'
import { createScorer } from '../../index.js'
import { type Candidate, parseCandidates, rerankTexts } from '../../text-index/index.js'
import { wholeFrom } from '../connection.js'
import { hitsText } from '../output/hits-text.js'
import { type EncoderArguments, loadEncoder, withEncoder } from '../store-options.js'
import { exitCodes, printJson, styleOn, type Terminal, UsageError } from '../terminal.js'

interface RerankArguments extends EncoderArguments {
  readonly limit?: number
  readonly json?: boolean
  readonly explain?: boolean
}

const help = `
Reads candidates from standard input, a text a line, or JSON lines of {"id", "text"}, and writes them back as they came,
best first. So it can stand behind any search.

Example:
  grep -h spider notes/*.md | maxsimd rerank "fear of spiders" --limit 5
  maxsimd rerank "fear of spiders" --json < candidates.jsonl

Exit code: 0 there were candidates, 1 there were none, 2 it could not be done.
`

/** The command, which tells its exit code to `done`. */
export function createRerank(terminal: Terminal, done: (code: number) => void): Command {
  const command = withEncoder(new Command('rerank').argument('<question...>', 'what they should answer'))
  return command
    .description('order candidates from standard input by a question')
    .option('--limit <n>', 'results; left out: all', wholeFrom(1))
    .option('--explain', 'show scores and the words that matched in place of the lines as they came')
    .option('--json', 'print JSON on standard output, and nothing else')
    .addHelpText('after', help)
    .action(async (words: string[]) =>
      done(await run(words.join(' '), command.opts<RerankArguments>(), terminal)),
    )
}

async function run(question: string, asked: RerankArguments, terminal: Terminal): Promise<number> {
  const candidates = parseCandidates(await readAll(terminal))
  if (candidates.length === 0) return exitCodes.found
  const loaded = await loadEncoder(asked, terminal)
  const scorer = await createScorer()
  try {
    const ranked = await rerankTexts(scorer, question, candidates, loaded)
    const best = ranked.slice(0, asked.limit ?? ranked.length)
    if (asked.json)
      printJson(
        terminal,
        best.map(({ candidate, ...rest }) => ({ ...candidate, ...rest })),
      )
    else if (asked.explain) {
      const hits = best.map(({ candidate, index, ...rest }) => ({ ...hitOf(candidate, index), ...rest }))
      terminal.stdout.write(hitsText(hits, styleOn(terminal)))
    } else for (const { candidate } of best) terminal.stdout.write(`${candidate.source}\n`)
    return exitCodes.well
  } finally {
    scorer.dispose()
  }
}

const hitOf = ({ text, id }: Candidate, index: number) => ({
  id: id ?? index + 1,
  text,
  file: undefined,
  line: undefined,
  payload: {},
})

async function readAll({ stdin }: Terminal): Promise<string> {
  if (!stdin || stdin.isTTY) {
    throw new UsageError(
      'candidates are needed on standard input: maxsimd rerank "fear of spiders" < lines.txt',
    )
  }
  const decoder = new TextDecoder()
  let text = ''
  for await (const piece of stdin)
    text += typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true })
  return text + decoder.decode()
}
