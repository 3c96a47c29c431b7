// The dense layers after the transformer, which an ONNX file of the transformer alone does not have. Their weights are read
// only if they are needed.
import type { ModelFiles } from '../files/model-files.js'
import type { ModelModule } from './declaration.js'
import { declaredValues } from './declared-values.js'
import { type ActivationName, activationOf, type DenseLayer } from './dense-layer.js'
import { readTensors, type WeightTensor } from './safetensors.js'

/** Layers that may have to be applied to the rows of the ONNX file. */
export interface Projection {
  /** Elements in each row before the first layer; undefined if it is known only when the weights are read. */
  readonly inDim: number | undefined
  /** Elements in each row after the last layer. */
  readonly outDim: number | undefined
  /** Reads the weights. @throws RangeError if they are missing or do not fit */
  load(): Promise<readonly DenseLayer[]>
}

interface DenseConfig {
  readonly folder: string
  readonly inDim: number
  readonly outDim: number
  readonly activation: ActivationName
  readonly hasResidual: boolean
}

/**
 * Reads the configuration of the dense layers in modules.json. Returns undefined if it names no dense layer, or a
 * folder is missing.
 */
export async function denseLayers(
  files: ModelFiles,
  modules: readonly ModelModule[] | undefined,
): Promise<Projection | undefined> {
  const configs: DenseConfig[] = []
  for (const { name, folder } of modules ?? []) {
    if (!/(?:^|\.)Dense$/.test(name)) continue
    const config = await readDenseConfig(files, folder)
    if (!config) return undefined
    configs.push(config)
  }
  const [first, last] = [configs[0], configs.at(-1)]
  if (!first || !last) return undefined
  return {
    inDim: first.inDim,
    outDim: last.outDim,
    load: () => Promise.all(configs.map(config => readDenseLayer(files, config))),
  }
}

async function readDenseConfig(files: ModelFiles, folder: string): Promise<DenseConfig | undefined> {
  const file = `${folder}/config.json`
  const json = await files.json(file, 'optional')
  if (!json) return undefined
  const values = declaredValues(json, files.nameOf(file))
  const [inDim, outDim] = [values.length('in_features'), values.length('out_features')]
  if (inDim === undefined || outDim === undefined) {
    throw new RangeError(`${files.nameOf(file)} expected "in_features" and "out_features"`)
  }
  // Sentence Transformers' default
  const activation = activationOf(values.text('activation_function') ?? 'Tanh', files.nameOf(file))
  return { folder, inDim, outDim, activation, hasResidual: values.flag('use_residual') === true }
}

async function readDenseLayer(files: ModelFiles, config: DenseConfig): Promise<DenseLayer> {
  const { folder, inDim, outDim, activation, hasResidual } = config
  const file = `${folder}/model.safetensors`
  const names = ['linear.weight', 'linear.bias', 'residual.weight']
  const tensors = await readFile(files, file, names, 'optional')
  if (!tensors) {
    throw new RangeError(
      `${files.nameOf(file)} does not exist, and the ONNX file has no projection; save the model with safe_serialization, or export ` +
        'it to ONNX with its projection',
    )
  }
  const weights = matrix(tensors.get('linear.weight'), [outDim, inDim], 'linear.weight', files.nameOf(file))
  const bias = tensors.get('linear.bias')
  const residual = tensors.get('residual.weight')
  if (hasResidual && inDim !== outDim)
    matrix(residual, [outDim, inDim], 'residual.weight', files.nameOf(file))
  return {
    inDim,
    outDim,
    weights,
    bias: bias && matrix(bias, [outDim], 'linear.bias', files.nameOf(file)),
    activation,
    residual: hasResidual ? (residual?.data ?? 'identity') : undefined,
  }
}

/** The projection of a checkpoint of Stanford's ColBERT, which is among the weights of the transformer. */
export function stanfordProjection(files: ModelFiles): Projection {
  const file = 'model.safetensors'
  return {
    inDim: undefined,
    outDim: undefined,
    async load() {
      const tensors = await readFile(files, file, ['linear.weight'], 'local')
      const weights = tensors?.get('linear.weight')
      const [outDim, inDim] = weights?.shape ?? []
      if (!weights || outDim === undefined || inDim === undefined) {
        throw new RangeError(
          `the ONNX file has no projection, and neither has ${files.nameOf(file)} ("linear.weight"); ` +
            'export the model to ONNX with its projection',
        )
      }
      return [
        {
          inDim,
          outDim,
          weights: weights.data,
          bias: undefined,
          activation: 'Identity',
          residual: undefined,
        },
      ]
    },
  }
}

async function readFile(
  files: ModelFiles,
  file: string,
  names: readonly string[],
  need: 'optional' | 'local',
): Promise<ReadonlyMap<string, WeightTensor> | undefined> {
  const bytes = await files.open(file, need)
  if (!bytes) return undefined
  try {
    return await readTensors(bytes, files.nameOf(file), names)
  } finally {
    await bytes.close()
  }
}

function matrix(
  tensor: WeightTensor | undefined,
  shape: readonly number[],
  name: string,
  file: string,
): Float32Array {
  if (tensor?.shape.join() === shape.join()) return tensor.data
  throw new RangeError(
    `${file} expected the tensor "${name}" of ${shape.join(' x ')}, got ${tensor ? tensor.shape.join(' x ') : 'none'}`,
  )
}
