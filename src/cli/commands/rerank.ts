// `maxsimd rerank`: sorts candidates from standard input by how well they answer a question.

import { Command } from 'commander'
import { createScorer } from '../../index.js'
import { rerankTexts } from '../../text-index/index.js'
import { type Candidate, parseCandidates } from '../candidates.js'
import { type EncoderArguments, loadEncoder, longTextOption, withEncoder } from '../encoder-options.js'
import { countOption, JSON_OPTION } from '../options.js'
import { helpText } from '../output/help-text.js'
import { hitsText } from '../output/hits-text.js'
import {
  EXIT_CODES,
  type Input,
  printJson,
  rejectOnAbort,
  type SetExitCode,
  styleOn,
  type Terminal,
  UsageError,
} from '../terminal.js'

interface RerankArguments extends EncoderArguments {
  readonly limit?: number
  readonly json?: boolean
  readonly explain?: boolean
}

const HELP = helpText(
  `
Reads candidates from standard input, one per line: a text, or a JSON object {"id", "text"}. Writes the lines
unchanged, best first, so that the output of any other search can be reranked. Exit code 1: there are no candidates.`,
  [
    'grep -h spider notes/*.md | npx maxsimd rerank "fear of spiders" --limit 5',
    'npx maxsimd rerank "fear of spiders" --json < candidates.jsonl',
  ],
)

export function createRerank(terminal: Terminal, setExitCode: SetExitCode): Command {
  const argument = ['<question...>', 'question that the candidates should answer'] as const
  const command = withEncoder(new Command('rerank').argument(...argument))
  return command
    .description('sort lines of standard input by how well they answer a question')
    .addOption(longTextOption('windows'))
    .addOption(countOption('--limit <n>', 'maximum number of results (default: all)'))
    .option('--explain', 'show scores and matched words')
    .option(...JSON_OPTION)
    .addHelpText('after', HELP)
    .action(async (words: string[]) =>
      setExitCode(await runRerank(words.join(' '), command.opts<RerankArguments>(), terminal)),
    )
}

async function runRerank(question: string, options: RerankArguments, terminal: Terminal): Promise<number> {
  const candidates = parseCandidates(await readInput(terminal))
  if (candidates.length === 0) return EXIT_CODES.problems
  const { encoder, weighted } = await loadEncoder(options, terminal)
  const scorer = await createScorer()
  const { signal } = terminal
  try {
    const ranked = await rerankTexts(scorer, question, candidates, { encoder, weighted, signal })
    const best = ranked.slice(0, options.limit ?? ranked.length)
    if (options.json) {
      const results = best.map(({ candidate: { line: _, ...candidate }, ...rest }) => ({
        ...candidate,
        ...rest,
      }))
      printJson(terminal, results)
    } else if (options.explain) {
      const hits = best.map(({ candidate, score, matches }) => ({
        location: locationOf(candidate),
        text: candidate.text,
        score,
        matches,
      }))
      terminal.stdout.write(hitsText(hits, styleOn(terminal)))
    } else for (const { candidate } of best) terminal.stdout.write(`${candidate.source}\n`)
    return EXIT_CODES.success
  } finally {
    scorer.dispose()
  }
}

const locationOf = ({ id, line }: Candidate) => (id === undefined ? `line ${line}` : String(id))

/** @throws UsageError if standard input is a terminal, where nothing would be read until ctrl-D */
async function readInput({ stdin, signal }: Terminal): Promise<string> {
  if (!stdin || stdin.isTTY) {
    throw new UsageError(
      'candidates are required on standard input: npx maxsimd rerank "fear of spiders" < lines.txt',
    )
  }
  const interruption = rejectOnAbort(signal)
  try {
    return await Promise.race([readAll(stdin), interruption.promise])
  } finally {
    interruption.clear()
  }
}

async function readAll(stdin: Input): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of stdin) {
    text += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
