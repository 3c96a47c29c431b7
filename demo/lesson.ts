// The lesson "Multi-Vector Embeddings in Qdrant" in TypeScript: `npm run lesson`. Runs on a Qdrant server or in embedded
// stores, and removes its collections at the end, also after an error or ctrl-C.

import { EXIT_CODES } from '../src/cli/terminal.js'
import type { ModelDtype, TokenEncoder } from '../src/encode/index.js'
import { interruptSignal, outputStyle, parseCommandLine, runMain, UsageError } from './command-line.js'
import { createClient, type Engine, findEngine } from './engine.js'
import { createServerBackend, createStoreBackend, type LessonBackend } from './lesson-backend.js'
import { modelEncoder, wordEncoder } from './lesson-encoder.js'
import { runLesson } from './lesson-steps.js'

const HELP = `The lesson on multi-vectors in Qdrant, step by step, with the result and the cost of each step.

  npm run lesson
  npm run lesson -- --model colbert-ir/colbertv2.0
  npm run lesson -- --qdrant http://127.0.0.1:6333

  --model <name|folder>  encode with a model: a name on the Hugging Face hub, which is downloaded, or a folder with
                         config.json, tokenizer.json and an ONNX file (default: word vectors of this repository).
                         Requires transformers.js: npm install --no-save @huggingface/transformers
  --dtype <dtype>        weights of the model: fp32, fp16 or q8
  --qdrant <url>         use this server (default: QDRANT_URL, or the binary in QDRANT_BIN, which is started and
                         stopped, or the embedded store)
  --name <name>          name of the collection (default: colbert-search); a second one is called <name>-on-disk.
                         Both are removed at the end
  --keep                 keep both, for example for: npx maxsimd verify --collection colbert-search --sample 4
  --replace              replace existing collections with these names
  --help                 show this text

Put the API key into QDRANT_API_KEY.

Exit codes: 0 success, 1 scores disagree, 2 error, 130 interrupted
`

const print = (line: string) => process.stdout.write(`${line}\n`)

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseCommandLine({
    args: [...args],
    options: {
      model: { type: 'string' },
      dtype: { type: 'string' },
      qdrant: { type: 'string' },
      name: { type: 'string', default: 'colbert-search' },
      keep: { type: 'boolean', default: false },
      replace: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    return EXIT_CODES.success
  }
  const { QDRANT_URL, QDRANT_BIN } = process.env
  const hasServer = Boolean(values.qdrant || QDRANT_URL)
  for (const name of ['keep', 'replace'] as const) {
    if (values[name] && !hasServer) throw new UsageError(`"--${name}" requires --qdrant <url>`)
  }
  const signal = interruptSignal()
  const style = outputStyle()
  let steps = 0
  const printStep = (title: string) => print(`\n${style('bold', `${++steps}. ${title}`)}`)
  const engine = hasServer || QDRANT_BIN ? await findEngine(values.qdrant, process.env) : undefined
  try {
    const encoder = values.model
      ? await modelEncoder(values.model, values.dtype as ModelDtype | undefined, print, signal)
      : wordEncoder()
    const backend = await createBackend(engine, encoder.encoder, values.replace)
    try {
      const isEqual = await runLesson({ backend, name: values.name, encoder, print, printStep, signal })
      if (!values.keep) printStep('Clean up')
      return isEqual ? EXIT_CODES.success : EXIT_CODES.problems
    } finally {
      if (!values.keep) await backend.cleanUp(name => print(`  removed "${name}"`))
      await encoder.dispose()
    }
  } finally {
    await engine?.stop()
  }
}

async function createBackend(
  engine: Engine | undefined,
  encoder: TokenEncoder,
  isReplacing: boolean,
): Promise<LessonBackend> {
  if (!engine) return createStoreBackend(encoder)
  const client = createClient(engine)
  const { version } = await client.versionInfo()
  return createServerBackend(client, version, encoder, isReplacing ? 'recreate' : 'fail')
}

await runMain('npm run lesson', main)
