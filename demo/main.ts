// The reverse dictionary in the terminal: `npm run demo`. Loads the word vectors and WordNet, then answers the meaning on
// the command line, or meanings that are typed on a terminal, or the lines of standard input, or four examples. Answers go
// to standard output, progress and errors to standard error.

import { stderr, stdin, stdout } from 'node:process'
import { setImmediate } from 'node:timers/promises'
import { createProgress } from '../src/cli/output/progress.js'
import { EXIT_CODES } from '../src/cli/terminal.js'
import { createScorer } from '../src/index.js'
import { type Arguments, HELP, parseArguments } from './arguments.js'
import { outputStyle, runMain } from './command-line.js'
import { type Dialog, openDialog } from './dialog.js'
import { createDictionary, type Dictionary } from './dictionary.js'
import { EXAMPLES } from './examples.js'
import { meaningsOf } from './meanings.js'
import { servePage, writePage } from './page/serve.js'
import { answerText, readyText, wrapText } from './print.js'
import { runOnServer } from './server-demo.js'
import { answerCorrected } from './unknown-text.js'
import { loadWordVectors } from './word-vectors.js'
import { readDefinitions, wordnetFolder } from './wordnet.js'

async function main(args: readonly string[]): Promise<number> {
  const options = parseArguments(args)
  const { query, page, server } = options
  if (options.help) stdout.write(HELP)
  else if (page && 'folder' in page) await writePage(page.folder)
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
  const isDialog = query === undefined && !json && stdin.isTTY && stdout.isTTY
  const dialog = isDialog ? openDialog({ input: stdin, output: stdout }) : undefined
  // with --json, progress is for people who watch, not for log files
  const dictionary = await loadDictionary(json && !stderr.isTTY, dialog)
  const style = outputStyle()
  const reply = (meaning: string) => {
    if (json) return `${JSON.stringify(dictionary.answer(meaning, options))}\n`
    return answerText(answerCorrected(dictionary, meaning, options), style, stdout.columns || undefined)
  }
  if (query !== undefined) stdout.write(reply(query))
  else if (dialog) await dialog.start({ reply, wrap: text => wrapText(text, stdout.columns || undefined) })
  else {
    for await (const meaning of stdin.isTTY ? EXAMPLES : meaningsOf(stdin, EXAMPLES)) {
      stdout.write(json ? reply(meaning) : `\n> ${meaning}\n${reply(meaning)}`)
    }
  }
}

/** Loads the dictionary, which takes some seconds. The process ends if the user closes the dialog meanwhile. */
async function loadDictionary(isQuiet: boolean, dialog: Dialog | undefined): Promise<Dictionary> {
  const started = performance.now()
  const progress = createProgress(isQuiet ? { write() {} } : stderr)
  progress.phase('reading word vectors and WordNet')
  const encoder = loadWordVectors()
  const definitions = readDefinitions(wordnetFolder())

  progress.phase(`encoding ${definitions.length.toLocaleString('en')} definitions`)
  const dictionary = await createDictionary(await createScorer(), encoder, definitions, async done => {
    progress.update(done / definitions.length)
    // for key presses and signals
    await setImmediate()
    if (dialog?.isClosed) {
      progress.clear()
      process.exit(EXIT_CODES.interrupted)
    }
  })
  const seconds = (performance.now() - started) / 1000
  const ready = readyText(dictionary, seconds, process.memoryUsage.rss())
  progress.finish(stderr.isTTY ? wrapText(ready, stderr.columns || undefined) : ready)
  return dictionary
}

await runMain('npm run demo', main)
