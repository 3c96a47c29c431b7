// The encoder of the lesson: the word vectors of this repository, or a model.

import { createRequire } from 'node:module'
import {
  createEncoder,
  type EncoderOptions,
  type ModelDtype,
  type TokenEncoder,
  type Transformers,
} from '../src/encode/index.js'
import { loadWordVectors } from './word-vectors.js'

export interface LessonEncoder {
  readonly encoder: TokenEncoder
  /** The value of `model` in the texts that are stored and searched. */
  readonly model: string
  /** A description of its rows. */
  readonly description: string
  dispose(): Promise<void>
}

/** The word vectors of this repository. */
export function wordEncoder(): LessonEncoder {
  const encoder = loadWordVectors()
  return {
    encoder,
    model: encoder.model,
    description:
      `This run uses fixed word vectors (${encoder.dim} numbers per word), which ignore context, so its scores differ from\n` +
      'those of the ColBERT model of the lesson. With that model: npm run lesson -- --model colbert-ir/colbertv2.0',
    dispose: async () => undefined,
  }
}

/** The encoder of a model. Prints each file that it downloads. */
export async function modelEncoder(
  model: string,
  dtype: ModelDtype | undefined,
  print: (line: string) => void,
  signal: AbortSignal,
): Promise<LessonEncoder> {
  const started = performance.now()
  const printed = new Set<string>()
  const options: EncoderOptions = {
    model,
    dtype,
    signal,
    onProgress: ({ file, loaded, total }) => {
      if (loaded !== total || printed.has(file)) return
      printed.add(file)
      print(`  ${file}: ${(total / 1e6).toFixed(1)} MB`)
    },
    transformers: transformersOfSuite(),
  }
  const encoder = await createEncoder(options)
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  const training =
    encoder.type === 'colbert'
      ? 'trained for late interaction'
      : 'from a model that was not trained for late interaction'
  return {
    encoder,
    model: encoder.model,
    description: `This run uses ${encoder.model}, loaded in ${seconds} s: ${encoder.dim} numbers per token, ${training}.`,
    dispose: () => encoder.dispose(),
  }
}

/** transformers.js as the test suite of encoders has it; undefined if that is not installed, for an import by name. */
function transformersOfSuite(): Transformers | undefined {
  try {
    return createRequire(new URL('../test/encode/models/package.json', import.meta.url))(
      '@huggingface/transformers',
    )
  } catch {
    return undefined
  }
}
