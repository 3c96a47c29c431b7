// `maxsimd demo`: what a search by words finds among a few sentences that ship with the package. Arguments in, text out.

import { Command } from 'commander'
import { createSampleSearch, SAMPLES } from '../../text-index/index.js'
import { hitsText } from '../output/hits-text.js'
import { type EncoderArguments, loadEncoder, withEncoder } from '../store-options.js'
import { exitCodes, printJson, styleOn, type Terminal } from '../terminal.js'

const help = `
Searches ${SAMPLES.length} sentences of this package for a question, or for three of its own. No sentence needs to
have a word of the question: each word finds the one that means most nearly the same. "maxsimd index" does it with
your texts.

Example:
  maxsimd demo
  maxsimd demo medicine against illness

Exit code: 0 it was shown, 2 it could not be done.
`

const QUESTIONS = ['hospital medicine and sickness', 'fear of spiders', 'musical instrument lessons']

/** The command, which tells its exit code to `done`. */
export function createDemo(terminal: Terminal, done: (code: number) => void): Command {
  const command = withEncoder(new Command('demo').argument('[question...]', 'what to look for'))
  return command
    .description('search a few sentences, to see how it works')
    .option('--json', 'print JSON on standard output, and nothing else')
    .addHelpText('after', help)
    .action(async (words: string[]) => {
      done(await run(words.join(' '), command.opts<EncoderArguments & { json?: boolean }>(), terminal))
    })
}

async function run(
  question: string,
  asked: EncoderArguments & { json?: boolean },
  terminal: Terminal,
): Promise<number> {
  const { encoder, weighted } = await loadEncoder(asked, terminal)
  const style = styleOn(terminal)
  const sample = await createSampleSearch(encoder, weighted)
  try {
    const questions = question.trim() === '' ? QUESTIONS : [question]
    const answers = []
    for (const each of questions)
      answers.push({ question: each, ...(await sample.search(each, { limit: 3, signal: terminal.signal })) })
    if (asked.json) printJson(terminal, answers)
    else {
      for (const { question: asked, hits } of answers) {
        const named = hits.map(hit => ({ ...hit, id: Number(hit.id) + 1 }))
        terminal.stdout.write(`${style('bold', asked)}\n${hitsText(named, style)}\n`)
      }
      terminal.stdout.write('Your own texts: maxsimd index notes/ && maxsimd search "..."\n')
    }
    return exitCodes.well
  } finally {
    await sample.store.close()
  }
}
