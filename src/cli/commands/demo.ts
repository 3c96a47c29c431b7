// `maxsimd demo`: searches the sample sentences of this package.

import { Command } from 'commander'
import { type EncoderArguments, loadEncoder, withEncoder } from '../encoder-options.js'
import { JSON_OPTION } from '../options.js'
import { helpText } from '../output/help-text.js'
import { hitsText } from '../output/hits-text.js'
import { createSampleSearch, SAMPLES } from '../samples.js'
import { EXIT_CODES, printJson, type SetExitCode, styleOn, type Terminal } from '../terminal.js'

interface DemoArguments extends EncoderArguments {
  readonly json?: boolean
}

const HELP = helpText(
  `
Searches ${SAMPLES.length} sentences that come with this package, for your question or for three questions of the demo. A sentence
can be found without containing a word of the question: words with similar meanings match. "npx maxsimd index" and
"search" do the same with your texts.`,
  ['npx maxsimd demo', 'npx maxsimd demo medicine against illness'],
)

/** Sentences of each answer. */
const HITS = 3

const QUESTIONS = ['hospital medicine and sickness', 'fear of spiders', 'musical instrument lessons']

export function createDemo(terminal: Terminal, setExitCode: SetExitCode): Command {
  const command = withEncoder(new Command('demo').argument('[question...]', 'what to search for'))
  return command
    .description('search sample sentences that come with this package')
    .option(...JSON_OPTION)
    .addHelpText('after', HELP)
    .action(async (words: string[]) => {
      setExitCode(await runDemo(words.join(' ').trim(), command.opts<DemoArguments>(), terminal))
    })
}

async function runDemo(question: string, options: DemoArguments, terminal: Terminal): Promise<number> {
  const { encoder, weighted } = await loadEncoder(options, terminal)
  const { signal, stdout } = terminal
  const style = styleOn(terminal)
  const samples = await createSampleSearch(encoder, weighted)
  try {
    const answers = []
    for (const text of question === '' ? QUESTIONS : [question]) {
      signal.throwIfAborted()
      answers.push({ question: text, ...(await samples.search(text, HITS)) })
    }
    if (options.json) printJson(terminal, answers)
    else {
      for (const answer of answers) {
        const hits = answer.hits.map(hit => ({ ...hit, location: `sentence ${hit.id + 1}` }))
        stdout.write(`${style('bold', answer.question)}\n${hitsText(hits, style)}\n`)
      }
      stdout.write('To search your own texts: npx maxsimd index notes/ && npx maxsimd search "..."\n')
    }
    return EXIT_CODES.success
  } finally {
    samples.dispose()
  }
}
