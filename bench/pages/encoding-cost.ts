// Derives what a page costs to encode with the full models, which could not be downloaded: the time of one layer of each part, with
// random weights, times the number of its layers and runs. Embeddings and the last projection are not counted: less than a hundredth.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { random } from '../../test/support/random.js'
import { summarize } from '../shared/timing.js'

/** A part of a model: `layers` layers that see `rows` rows of `width`, `runs` times for a page. */
interface Part {
  readonly file: string
  readonly width: number
  readonly rows: number
  readonly layers: number
  readonly runs: number
}

/** The parts of both models for an A4 page; make_layers.py has the sizes of their layers. */
const MODELS: Readonly<Record<string, readonly Part[]>> = {
  'Qdrant/colmodernvbert': [
    { file: 'vision-b', width: 768, rows: 1024, layers: 12, runs: 13 },
    { file: 'modernbert', width: 768, rows: 875, layers: 22, runs: 1 },
  ],
  'Qdrant/colpali-v1.3-fp16': [
    { file: 'vision-so400m', width: 1152, rows: 1024, layers: 27, runs: 1 },
    { file: 'gemma', width: 2048, rows: 1030, layers: 18, runs: 1 },
  ],
}

/** What a page costs with a model. */
export interface EncodingCost {
  readonly model: string
  readonly seconds: number
}

/** The members of onnxruntime-node that are used. */
interface Runtime {
  readonly InferenceSession: {
    create(path: string): Promise<{
      run(feeds: Readonly<Record<string, object>>): Promise<object>
      release(): Promise<void>
    }>
  }
  readonly Tensor: new (type: 'float32', data: Float32Array, dims: readonly number[]) => object
}

const ROUNDS = 5

/** Measures both models. `python` has the package onnx, `packages` is a folder whose packages include onnxruntime-node. */
export async function measureEncodingCost(
  python: string,
  script: string,
  packages: string,
  log: (text: string) => void,
): Promise<EncodingCost[]> {
  const folder = mkdtempSync(join(tmpdir(), 'maxsimd-bench-layers-'))
  try {
    execFileSync(python, [script, folder])
    const runtime = createRequire(join(packages, 'package.json'))('onnxruntime-node') as Runtime
    const costs: EncodingCost[] = []
    for (const [model, parts] of Object.entries(MODELS)) {
      let seconds = 0
      for (const part of parts) {
        const layer = await secondsOfLayer(runtime, join(folder, `${part.file}.onnx`), part)
        log(`${part.file}: ${(1000 * layer).toFixed(0)} ms a layer`)
        seconds += layer * part.layers * part.runs
      }
      costs.push({ model, seconds })
    }
    return costs
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The median time of a layer, after a run that reserves the memory. */
async function secondsOfLayer(
  { InferenceSession, Tensor }: Runtime,
  path: string,
  { rows, width }: Part,
): Promise<number> {
  const session = await InferenceSession.create(path)
  const next = random(1)
  const x = new Tensor(
    'float32',
    Float32Array.from({ length: rows * width }, () => next() - 0.5),
    [1, rows, width],
  )
  const times: number[] = []
  for (let round = 0; round <= ROUNDS; round++) {
    const started = performance.now()
    await session.run({ x })
    if (round > 0) times.push((performance.now() - started) / 1000)
  }
  await session.release()
  return summarize(times).median
}
