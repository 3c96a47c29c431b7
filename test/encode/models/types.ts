// Compares the types of src/encode/model/transformers.ts with those of the package, which is installed here: compiled
// by `encoder.test.ts`, never run.

import * as transformers from '@huggingface/transformers'
import type {
  LoadedModel,
  LoadingOptions,
  Transformers,
  TransformersEnvironment,
  TransformersPeer,
} from '../../../src/encode/model/transformers.js'

/** The module that a caller passes. */
export const given: Transformers = transformers

export const env: TransformersEnvironment = transformers.env
export const Tensor: TransformersPeer['Tensor'] = transformers.Tensor

// `config` may be a plain object, from which the package makes a PretrainedConfig
type Options = NonNullable<Parameters<typeof transformers.AutoModel.from_pretrained>[1]>
export const optionsOf = (options: Required<Omit<LoadingOptions, 'config'>>): Options => options

type Model = Awaited<ReturnType<typeof transformers.AutoModel.from_pretrained>>
export const membersOf = (model: Model): Pick<LoadedModel, 'sessions' | 'dispose'> => model
export const call = (model: Model, inputs: Parameters<LoadedModel>[0]): ReturnType<LoadedModel> =>
  model(inputs)
