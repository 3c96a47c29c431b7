// The reverse dictionary in the terminal: `npm run demo`. Reads the word vectors and WordNet, then answers: what was
// asked on the command line; else what is typed, where there is a terminal; else a few fixed queries.
//
// Answers go to standard output, progress and errors to standard error. Exit codes: 0, 1 for a failure, 2 for a
// command line that is wrong.
import { readFileSync } from 'node:fs'
import { stderr, stdin, stdout } from 'node:process'
import { createInterface } from 'node:readline'
import { createProgress } from '../src/cli/output/progress.js'
import { createStyle, wantsStyle } from '../src/cli/output/style.js'
import { createStaticEncoder } from '../src/encode/index.js'
import { createScorer } from '../src/index.js'
import { type Arguments, help, parseArguments, UsageError } from './arguments.js'
import { createDictionary, type Dictionary } from './dictionary.js'
import { servePage } from './page/serve.js'
import { printAnswer, printReady } from './print.js'
import { Interruption, runOnServer } from './server.js'
import { readDefinitions, wordnetFolder } from './wordnet.js'

const examples = [
  'a place where planes take off and land',
  'vehicle with two wheels moved by pedals',
  'a building where books are kept and lent',
  'to sleep through the winter',
]

async function main(args: readonly string[]): Promise<void> {
  const asked = parseArguments(args)
  if (asked.help) {
    stdout.write(help)
    return
  }
  if (asked.page) {
    const { url } = await servePage(asked.page.port)
    stdout.write(`The reverse dictionary is at ${url}. Ctrl-C ends.\n`)
    return
  }
  if (asked.server) {
    await runOnServer(asked.server, asked, asked.query === undefined ? examples : [asked.query])
    return
  }
  // with --json, standard error is for people who watch, too: no lines where nobody does
  const quiet = asked.json && !stderr.isTTY
  const dictionary = await load(quiet)
  const style = createStyle(wantsStyle(process.env, stdout))
  const reply = (query: string) => {
    const answer = dictionary.answer(query, asked)
    stdout.write(
      asked.json ? `${JSON.stringify(answer)}\n` : printAnswer(answer, style, stdout.columns || undefined),
    )
  }
  if (asked.query !== undefined) reply(asked.query)
  else if (stdin.isTTY && stdout.isTTY && !asked.json) await converse(reply)
  else showExamples(asked, reply)
}

async function load(quiet: boolean): Promise<Dictionary> {
  const started = performance.now()
  const progress = createProgress(quiet ? { write() {} } : stderr)
  progress.phase('reading word vectors and WordNet')
  const encoder = createStaticEncoder(readFileSync(new URL('../data/words.bin', import.meta.url)))
  const definitions = readDefinitions(wordnetFolder())

  progress.phase(`encoding ${definitions.length.toLocaleString('en')} definitions`)
  const dictionary = createDictionary(await createScorer(), encoder, definitions, done =>
    progress.update(done / definitions.length),
  )
  const seconds = (performance.now() - started) / 1000
  progress.finish(printReady(dictionary, seconds, process.memoryUsage.rss()))
  return dictionary
}

function showExamples({ json }: Arguments, reply: (query: string) => void): void {
  for (const query of examples) {
    if (!json) stdout.write(`\n> ${query}\n`)
    reply(query)
  }
}

/** Answers line by line, until the end of input (ctrl-D) or ctrl-C. An empty line asks again. */
function converse(reply: (query: string) => void): Promise<void> {
  stdout.write(`\nType a meaning, such as: ${examples[0]}. Ctrl-D ends.\n\n`)
  const lines = createInterface({ input: stdin, output: stdout, prompt: '> ' })
  lines.prompt()
  lines.on('line', line => {
    const query = line.trim()
    if (query !== '') {
      reply(query)
      stdout.write('\n')
    }
    lines.prompt()
  })
  lines.on('SIGINT', () => lines.close())
  return new Promise(resolve => {
    lines.on('close', () => {
      stdout.write('\n')
      resolve()
    })
  })
}

// a reader that has seen enough, such as `head`, is no failure
stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

main(process.argv.slice(2)).catch((error: Error) => {
  const usage = error instanceof UsageError
  stderr.write(usage ? `${error.message}\nSee npm run demo -- --help\n` : `${error.message}\n`)
  process.exitCode = error instanceof Interruption ? 130 : usage ? 2 : 1
})
