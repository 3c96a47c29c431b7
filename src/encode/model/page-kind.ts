// Finds out whether a model encodes pages, before the code for them is loaded.

import { PAGE_MODELS, type PageKind, pageKindOfFiles, pageKindOfName } from '../pages/known-page-models.js'
import { createModelFiles } from './files/model-files.js'
import { locateModel } from './files/model-location.js'
import type { ParsedEncoderOptions } from './model-options.js'
import type { TransformersEnvironment } from './transformers.js'

/** The error of a text encoder that is given images. */
export const takesNoImages = (model: string): RangeError =>
  new RangeError(
    `"${model}" takes no images; create an encoder of ${PAGE_MODELS.join(' or ')}, or of a folder with one of them`,
  )

/**
 * The kind of a model for pages; undefined if it encodes texts only. The files of a folder on the disk say it, otherwise the
 * name: nothing is requested.
 *
 * @throws TypeError or RangeError if there is no such model
 */
export async function findPageKind(
  model: string,
  env: TransformersEnvironment,
  options: ParsedEncoderOptions,
): Promise<PageKind | undefined> {
  if (options.settings) return undefined
  const location = await locateModel(model, env, options)
  if (location.type === 'name' || !location.disk) return pageKindOfName(location.model)
  const files = createModelFiles({ location, env, options })
  const preprocessor = await files.json('preprocessor_config.json', 'optional')
  return (
    preprocessor && pageKindOfFiles(location.model, preprocessor, await files.json('config.json', 'optional'))
  )
}
