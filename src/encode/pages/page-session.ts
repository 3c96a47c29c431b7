// Runs a model for pages: ids and pixels in, a row for each id out.

import { nameOfFile, reasonOf } from '../model/files/model-errors.js'
import type { ModelLocation } from '../model/files/model-location.js'
import type { LoadedOnnx } from '../model/load-session.js'
import { recordRuns } from '../model/model-runs.js'
import { floatsOf } from '../model/model-session.js'
import type { ModelTensor, TransformersPeer } from '../model/transformers.js'
import { PAGE_DIM } from './known-page-models.js'
import type { PixelValues } from './page-types.js'

/** A loaded model for pages. */
export interface PageSession {
  /** Returns a row for each id. */
  run(ids: readonly number[], pixels: PixelValues): Promise<Float32Array>
  /** Frees the model, after the runs under way. */
  dispose(): Promise<void>
}

const INPUTS = ['input_ids', 'attention_mask', 'pixel_values']

/**
 * Wraps a loaded model.
 *
 * @throws RangeError if it has other inputs; the model is disposed then
 */
export async function createPageSession(
  { Tensor }: TransformersPeer,
  { model, file }: LoadedOnnx,
  location: ModelLocation,
): Promise<PageSession> {
  const name = nameOfFile(location, file)
  const { inputNames = [], outputNames = [] } = model.sessions.model ?? {}
  const fits = ['input_ids', 'pixel_values'].every(input => inputNames.includes(input))
  if (!fits || inputNames.some(input => !INPUTS.includes(input))) {
    await model.dispose()
    throw new RangeError(
      `${name} expected the inputs "input_ids", "pixel_values" and optionally "attention_mask" of a model for pages, got ` +
        `${inputNames.map(input => `"${input}"`).join(', ')}; use the ONNX file of this model`,
    )
  }
  const run = async (ids: readonly number[], { data, dims }: PixelValues) => {
    const integers = (values: readonly number[]) =>
      new Tensor('int64', BigInt64Array.from(values, BigInt), [1, ids.length])
    const inputs: Record<string, ModelTensor> = {
      input_ids: integers(ids),
      pixel_values: new Tensor('float32', data, [...dims]),
      ...(inputNames.includes('attention_mask') && { attention_mask: integers(ids.map(() => 1)) }),
    }
    const outputs = await model(inputs).catch((cause: unknown) => {
      const problem = `could not encode ${ids.length} tokens with pixels of ${dims.join(' x ')} (${reasonOf(cause)})`
      throw new Error(`${name} ${problem}; the files may belong to different models`, { cause })
    })
    const output = outputs[outputNames[0] ?? '']
    if (output?.dims.join() !== `1,${ids.length},${PAGE_DIM}`) {
      const found = output?.dims.join(' x ') ?? 'none'
      throw new RangeError(`${name} expected an output of 1 x ${ids.length} x ${PAGE_DIM}, got ${found}`)
    }
    return floatsOf(output, name)
  }
  return recordRuns(model, run)
}
