// The reverse dictionary in the terminal: `npm run demo`. Loads the word vectors and WordNet, then answers the meaning on
// the command line, or meanings that are typed on a terminal, or four examples. Answers go to standard output, progress
// and errors to standard error.

import { stderr, stdin, stdout } from 'node:process'
import { createInterface } from 'node:readline'
import { createProgress } from '../src/cli/output/progress.js'
import { EXIT_CODES } from '../src/cli/terminal.js'
import { createScorer } from '../src/index.js'
import { type Arguments, HELP, parseArguments } from './arguments.js'
import { outputStyle, runMain } from './command-line.js'
import { createDictionary, type Dictionary } from './dictionary.js'
import { servePage, writePage } from './page/serve.js'
import { answerText, readyText } from './print.js'
import { runOnServer } from './server-demo.js'
import { loadWordVectors } from './word-vectors.js'
import { readDefinitions, wordnetFolder } from './wordnet.js'

const EXAMPLES = [
  'a place where planes take off and land',
  'vehicle with two wheels moved by pedals',
  'a building where books are kept and lent',
  'to sleep through the winter',
]

async function main(args: readonly string[]): Promise<number> {
  const options = parseArguments(args)
  const { query, page, server } = options
  if (options.help) stdout.write(HELP)
  else if (page && 'folder' in page) writePage(page.folder)
  else if (page) await showPage(page.port)
  else if (server) await runOnServer(server, options, query === undefined ? EXAMPLES : [query])
  else await runInTerminal(options)
  return EXIT_CODES.success
}

/** Serves the page until ctrl-C. */
async function showPage(port: number): Promise<void> {
  const { url } = await servePage(port)
  stdout.write(`The demo is at ${url}. Press ctrl-C to stop.\n`)
}

async function runInTerminal(options: Arguments): Promise<void> {
  const { query, json } = options
  // with --json, progress is for people who watch, not for log files
  const dictionary = await loadDictionary(json && !stderr.isTTY)
  const style = outputStyle()
  const reply = (meaning: string) => {
    const answer = dictionary.answer(meaning, options)
    stdout.write(
      json ? `${JSON.stringify(answer)}\n` : answerText(answer, style, stdout.columns || undefined),
    )
  }
  if (query !== undefined) reply(query)
  else if (stdin.isTTY && stdout.isTTY && !json) await converse(reply)
  else {
    for (const example of EXAMPLES) {
      if (!json) stdout.write(`\n> ${example}\n`)
      reply(example)
    }
  }
}

async function loadDictionary(isQuiet: boolean): Promise<Dictionary> {
  const started = performance.now()
  const progress = createProgress(isQuiet ? { write() {} } : stderr)
  progress.phase('reading word vectors and WordNet')
  const encoder = loadWordVectors()
  const definitions = readDefinitions(wordnetFolder())

  progress.phase(`encoding ${definitions.length.toLocaleString('en')} definitions`)
  const dictionary = createDictionary(await createScorer(), encoder, definitions, done =>
    progress.update(done / definitions.length),
  )
  const seconds = (performance.now() - started) / 1000
  progress.finish(readyText(dictionary, seconds, process.memoryUsage.rss()))
  return dictionary
}

/** Answers line by line until ctrl-D or ctrl-C. */
function converse(reply: (query: string) => void): Promise<void> {
  stdout.write(`\nType a meaning, for example: ${EXAMPLES[0]}. Press ctrl-D to quit.\n\n`)
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

await runMain('npm run demo', main)
