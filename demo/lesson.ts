// The lesson "Multi-Vector Embeddings in Qdrant" in TypeScript, on a real server: `npm run lesson`. Finds or starts the
// server, runs the steps, and removes what they made, also after an error or ctrl-C.
//
// Exit codes: 0, 1 where scores disagree, 2 where it could not be done, 130 for ctrl-C.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { createColours, wantsColour } from '../src/cli/colour.js'
import { createStaticEncoder } from '../src/encode/index.js'
import { createClient, findEngine } from './engine.js'
import { runLesson } from './lesson-steps.js'

const help = `The lesson on multi-vectors in Qdrant, step by step, each with what it did and what it cost.

  npm run lesson -- --qdrant http://127.0.0.1:6333

  --qdrant <url>   the server; left out: QDRANT_URL, else the binary of QDRANT_BIN, started here and stopped again
  --name <name>    the collection to create (colbert-search), and <name>-on-disk; both are removed at the end
  --help           this text

The API key is taken from QDRANT_API_KEY.
`

const print = (line: string) => process.stdout.write(`${line}\n`)

async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      qdrant: { type: 'string' },
      name: { type: 'string', default: 'colbert-search' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const { strong } = createColours(wantsColour(process.env, process.stdout))
  let steps = 0
  const step = (title: string) => print(`\n${strong(`${++steps}. ${title}`)}`)
  const made: string[] = []
  const engine = await findEngine(values.qdrant, process.env)
  const client = createClient(engine)
  try {
    const encoder = createStaticEncoder(readFileSync(new URL('../data/words.bin', import.meta.url)))
    const note = (name: string) => void made.push(name)
    const isWell = await runLesson({ client, name: values.name, encoder, print, step, made: note, signal })
    step('Clean up')
    return isWell ? 0 : 1
  } finally {
    for (const name of made) {
      await client.deleteCollection(name)
      print(`  removed "${name}"`)
    }
    await engine.stop()
  }
}

const interrupt = new AbortController()
process.once('SIGINT', () => {
  interrupt.abort()
  // the second one waits for nothing
  process.once('SIGINT', () => process.exit(130))
})
try {
  process.exitCode = await main(process.argv.slice(2), interrupt.signal)
} catch (error) {
  const aborted = interrupt.signal.aborted
  process.stderr.write(aborted ? 'interrupted\n' : `${(error as Error).message}\n`)
  process.exitCode = aborted ? 130 : 2
}
