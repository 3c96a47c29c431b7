// What the lesson encodes with: the static word vectors that lie beside it, or a model by name or folder.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import {
  createEncoder,
  createStaticEncoder,
  type EncoderOptions,
  type ModelDtype,
  type TokenEncoder,
  type Transformers,
} from '../src/encode/index.js'

/** An encoder, and what it says of itself in the points' `model` and in print. */
export interface LessonEncoder {
  readonly encoder: TokenEncoder
  readonly model: string
  readonly about: string
  dispose(): Promise<void>
}

/** The encoder of `data/words.bin`. */
export function wordEncoder(): LessonEncoder {
  const encoder = createStaticEncoder(readFileSync(new URL('../data/words.bin', import.meta.url)))
  return {
    encoder,
    model: 'static',
    about:
      `Rows are static word vectors here: ${encoder.dim} numbers a known word, the same wherever it stands. With a model\n` +
      '(npm run lesson -- --model colbert-ir/colbertv2.0) they depend on the words around it; all else is the same.',
    dispose: async () => undefined,
  }
}

/** An encoder of a model, with what is downloaded told a file at a time. */
export async function modelEncoder(
  model: string,
  dtype: ModelDtype | undefined,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<LessonEncoder> {
  const started = performance.now()
  const sizes = new Map<string, number>()
  const options: EncoderOptions = {
    model,
    dtype,
    signal,
    onProgress: ({ file, loaded, total }) => {
      if (loaded === total && sizes.get(file) !== total) print(`  ${file}: ${(total / 1e6).toFixed(1)} MB`)
      sizes.set(file, loaded)
    },
    transformers: fromSuite(),
  }
  const encoder = await createEncoder(options)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const rows =
    encoder.type === 'colbert'
      ? 'rows made for late interaction'
      : 'the contextual rows of a model that was made for something else'
  return {
    encoder,
    model: encoder.model,
    about: `Rows are those of ${encoder.model}, loaded in ${seconds} s: ${encoder.dim} numbers a token, ${rows}.`,
    dispose: () => encoder.dispose(),
  }
}

/** transformers.js as the encoders' suite has it; undefined where that is not installed: then it is imported by name. */
function fromSuite(): Transformers | undefined {
  try {
    return createRequire(new URL('../test/encode/models/package.json', import.meta.url))(
      '@huggingface/transformers',
    )
  } catch {
    return undefined
  }
}
