// The types of src/encode/model/transformers.ts against those of the package: compiled by `encoder.test.ts`, with the package
// installed here. Never run.

import * as transformers from '@huggingface/transformers'
import type {
  LoadedModel,
  LoadingOptions,
  Transformers,
  TransformersEnvironment,
  TransformersPeer,
} from '../../../src/encode/model/transformers.js'

/** What a caller may give as it is. */
export const given: Transformers = transformers

export const env: TransformersEnvironment = transformers.env
export const Tensor: TransformersPeer['Tensor'] = transformers.Tensor

// a plain object may be given for `config`, which the package makes one of its own from
type Options = NonNullable<Parameters<typeof transformers.AutoModel.from_pretrained>[1]>
export const optionsOf = (options: Required<Omit<LoadingOptions, 'config'>>): Options => options

type Model = Awaited<ReturnType<typeof transformers.AutoModel.from_pretrained>>
export const membersOf = (model: Model): Pick<LoadedModel, 'sessions' | 'dispose'> => model
export const call = (model: Model, inputs: Parameters<LoadedModel>[0]): ReturnType<LoadedModel> =>
  model(inputs)
