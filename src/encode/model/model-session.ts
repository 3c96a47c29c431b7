// Runs a loaded ONNX file: token ids in, one row for each token out.

import { float16ToNumber } from '../../base/float16.js'
import { isA } from '../../base/is-a.js'
import { nameOfFile, reasonOf } from './files/model-errors.js'
import type { ModelLocation } from './files/model-location.js'
import { recordRuns } from './model-runs.js'
import type { LoadedModel, LoadedSession, ModelTensor, TransformersPeer } from './transformers.js'

/** Where a model runs: `cpu` in Node, `wasm` in a browser, `webgpu` in both. */
export type ModelDevice = 'cpu' | 'wasm' | 'webgpu'

/** Sequences of equal length. */
export interface TokenBatch {
  /** Number of sequences. */
  readonly count: number
  /** Tokens in each sequence, padding included. */
  readonly length: number
  /** `count` x `length` token ids, one sequence after another. */
  readonly ids: Int32Array
  /** 1 for each id to which the model attends, otherwise 0. */
  readonly attention: Int32Array
}

/** The rows of a batch. */
export interface BatchRows {
  /** `count` x `length` rows of `dim` elements. */
  readonly data: Float32Array
  readonly dim: number
  /** The name of the model's output. */
  readonly output: string
}

/** A loaded model. */
export interface ModelSession {
  /** The name of the ONNX file in error messages. */
  readonly file: string
  /** Runs the model on a batch. */
  run(batch: TokenBatch): Promise<BatchRows>
  /** Frees the model, after the runs under way. */
  dispose(): Promise<void>
}

const KNOWN_INPUTS = ['input_ids', 'attention_mask', 'token_type_ids']

/** The ONNX file of a loaded model. */
export interface SessionFile {
  readonly location: ModelLocation
  /** Path of the file in the model's folder. */
  readonly file: string
  /** Elements in each row. Of several outputs with a row for each token, one with this dim is read, otherwise the first. */
  readonly dim: number | undefined
}

/**
 * Wraps a loaded model.
 *
 * @throws RangeError if the model is not a text encoder; the model is disposed then
 */
export async function createSession(
  transformers: TransformersPeer,
  model: LoadedModel,
  { location, file, dim }: SessionFile,
): Promise<ModelSession> {
  const session = model.sessions.model
  const name = nameOfFile(location, file)
  const inputs = session?.inputNames ?? []
  if (!session || !inputs.includes('input_ids') || inputs.some(input => !KNOWN_INPUTS.includes(input))) {
    await model.dispose()
    throw new RangeError(
      `${name} expected the inputs "input_ids", "attention_mask" and optionally "token_type_ids" of a text encoder, got ` +
        `${inputs.map(input => `"${input}"`).join(', ')}; export the model for feature extraction`,
    )
  }
  const run = async (batch: TokenBatch) => {
    const outputs = await runModel(model, createInputs(transformers, session, batch), batch, name)
    return readRows(outputs, session.outputNames, { ...batch, dim }, name)
  }
  return { file: name, ...recordRuns(model, run) }
}

/** The tensors of a batch, for those inputs that the model has. */
function createInputs(
  { Tensor }: TransformersPeer,
  { inputNames, inputMetadata }: LoadedSession,
  { count, length, ids, attention }: TokenBatch,
): Readonly<Record<string, ModelTensor>> {
  // most models take int64
  const takesInt32 = inputMetadata?.some(({ type }) => type === 'int32') === true
  const tensorOf = (values: Int32Array) =>
    takesInt32
      ? new Tensor('int32', values, [count, length])
      : new Tensor('int64', toInt64(values), [count, length])
  return {
    input_ids: tensorOf(ids),
    ...(inputNames.includes('attention_mask') && { attention_mask: tensorOf(attention) }),
    ...(inputNames.includes('token_type_ids') && { token_type_ids: tensorOf(new Int32Array(ids.length)) }),
  }
}

function toInt64(values: Int32Array): BigInt64Array {
  const wide = new BigInt64Array(values.length)
  for (let i = 0; i < values.length; i++) wide[i] = BigInt(values[i]!)
  return wide
}

async function runModel(
  model: LoadedModel,
  inputs: Readonly<Record<string, ModelTensor>>,
  { count, length }: TokenBatch,
  file: string,
): Promise<Readonly<Record<string, ModelTensor>>> {
  try {
    return await model(inputs)
  } catch (cause) {
    const reason = reasonOf(cause)
    throw new Error(`${file} could not encode ${count} x ${length} tokens (${reason}); ${remedyOf(reason)}`, {
      cause,
    })
  }
}

function remedyOf(reason: string): string {
  if (/invalid dimensions|shape mismatch/i.test(reason)) {
    return 'export the model with dynamic batch size and length; a model for one text at a time needs batchTokens: 1'
  }
  // the engine of transformers.js 3 does not say which type a model takes
  if (/expected: \(tensor\(int32\)\)/.test(reason)) {
    return 'a model that takes ids of 32 bits needs version 4 of @huggingface/transformers'
  }
  return (
    'if ids exceed its embedding table, tokenizer.json belongs to another model; if there are more tokens than the model ' +
    'accepts, lower maxQueryTokens or maxDocumentTokens'
  )
}

/** Reads the output that has a row for each token. */
function readRows(
  outputs: Readonly<Record<string, ModelTensor>>,
  names: readonly string[],
  { count, length, dim }: TokenBatch & Pick<SessionFile, 'dim'>,
  file: string,
): BatchRows {
  const isRowPerToken = (name: string) => {
    const dims = outputs[name]?.dims ?? []
    return dims.length === 3 && dims[0] === count && dims[1] === length
  }
  const candidates = names.filter(isRowPerToken)
  const name = candidates.find(candidate => outputs[candidate]?.dims[2] === dim) ?? candidates[0]
  const output = name === undefined ? undefined : outputs[name]
  if (name === undefined || !output) {
    const found = names.map(name => `"${name}" of ${outputs[name]?.dims.join(' x ')}`).join(', ')
    throw new RangeError(
      `${file} expected an output with a row for each of ${count} x ${length} tokens, got ${found}; export the model without pooling`,
    )
  }
  return { data: floatsOf(output, file), dim: output.dims[2]!, output: name }
}

/** The numbers of a tensor of f32 or f16. @throws RangeError if it has another type */
export function floatsOf({ type, data }: ModelTensor, file: string): Float32Array {
  if (isA(data, 'Float32Array')) return data
  if (type === 'float16') {
    // as 16-bit integers, or as numbers if the engine has a Float16Array
    return isA(data, 'Uint16Array')
      ? Float32Array.from(data, float16ToNumber)
      : Float32Array.from(data as Iterable<number>)
  }
  throw new RangeError(`${file} expected rows of type float32 or float16, got ${type}`)
}
