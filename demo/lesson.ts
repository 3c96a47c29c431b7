// The lesson "Multi-Vector Embeddings in Qdrant" in TypeScript: `npm run lesson`. In stores beside this program, or on a
// server that is named or started here. Runs the steps, and removes what they made, also after an error or ctrl-C.
//
// Exit codes: 0, 1 where scores disagree, 2 where it could not be done, 130 for ctrl-C.
import { parseArgs } from 'node:util'
import { createStyle, wantsStyle } from '../src/cli/output/style.js'
import type { ModelDtype, TokenEncoder } from '../src/encode/index.js'
import { createClient, type Engine, findEngine } from './engine.js'
import { modelEncoder, wordEncoder } from './lesson-encoder.js'
import { inStores, type LessonPlace, onServer } from './lesson-place.js'
import { runLesson } from './lesson-steps.js'

const help = `The lesson on multi-vectors in Qdrant, step by step, each with what it did and what it cost.

  npm run lesson
  npm run lesson -- --model colbert-ir/colbertv2.0
  npm run lesson -- --qdrant http://127.0.0.1:6333

  --model <name|folder>  encodes with a model: a folder with config.json, tokenizer.json and an ONNX file, or a name
                         on the Hugging Face hub, which is downloaded; left out: static word vectors. It needs
                         @huggingface/transformers: npm install --no-save @huggingface/transformers
  --dtype <dtype>        the weights of the model: fp32, fp16 or q8
  --qdrant <url>         runs on this server; left out: QDRANT_URL, else the binary of QDRANT_BIN, started here and
                         stopped again, else the embedded store
  --name <name>          the collection to create (colbert-search), and <name>-on-disk; both are removed at the end
  --help                 this text

The API key is taken from QDRANT_API_KEY.
`

const print = (line: string) => process.stdout.write(`${line}\n`)

async function main(args: readonly string[], signal: AbortSignal): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      model: { type: 'string' },
      dtype: { type: 'string' },
      qdrant: { type: 'string' },
      name: { type: 'string', default: 'colbert-search' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    process.stdout.write(help)
    return 0
  }
  const style = createStyle(wantsStyle(process.env, process.stdout))
  let steps = 0
  const step = (title: string) => print(`\n${style('bold', `${++steps}. ${title}`)}`)
  const { QDRANT_URL, QDRANT_BIN } = process.env
  const engine =
    values.qdrant || QDRANT_URL || QDRANT_BIN ? await findEngine(values.qdrant, process.env) : undefined
  try {
    const encoder = values.model
      ? await modelEncoder(values.model, values.dtype as ModelDtype | undefined, print, signal)
      : wordEncoder()
    const place = await placeOn(engine, encoder.encoder)
    try {
      const isWell = await runLesson({ place, name: values.name, encoder, print, step, signal })
      step('Clean up')
      return isWell ? 0 : 1
    } finally {
      await place.cleanUp(name => print(`  removed "${name}"`))
      await encoder.dispose()
    }
  } finally {
    await engine?.stop()
  }
}

async function placeOn(engine: Engine | undefined, encoder: TokenEncoder): Promise<LessonPlace> {
  if (!engine) return inStores(encoder)
  const client = createClient(engine)
  const { version } = await client.versionInfo()
  return onServer(client, version, encoder)
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
