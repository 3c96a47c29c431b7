// Loads the files of a model for pages.

import { loadPixelKernel } from '../../kernel/pixels/pixel-kernel.js'
import { createModelFiles, type ModelFiles } from '../model/files/model-files.js'
import { locateModel } from '../model/files/model-location.js'
import { loadOnnx } from '../model/load-session.js'
import type { ParsedEncoderOptions } from '../model/model-options.js'
import type { TransformersPeer } from '../model/transformers.js'
import type { JsonObject } from '../tokenizer/json.js'
import { readTokenizer } from '../tokenizer/tokenizer.js'
import { createColModernVbert } from './colmodernvbert.js'
import { createColPali } from './colpali.js'
import { PAGE_SETTINGS, type PageKind } from './known-page-models.js'
import type { NamedJson } from './page-files.js'
import { createPageSession, type PageSession } from './page-session.js'
import type { PageModel } from './page-types.js'

/** A loaded model for pages. */
export interface PageParts {
  readonly pages: PageModel
  readonly session: PageSession
}

/**
 * Loads a model.
 *
 * @throws RangeError if a file is missing or invalid; the message names it
 */
export async function loadPageModel(
  model: string,
  kind: PageKind,
  transformers: TransformersPeer,
  options: ParsedEncoderOptions,
): Promise<PageParts> {
  const location = await locateModel(model, transformers.env, options)
  const files = createModelFiles({ location, env: transformers.env, options })
  const config = (await files.json('config.json', kind === 'colpali' ? 'optional' : 'required')) ?? {}
  const pages = await readPageModel(files, kind, config, options)
  const source = { transformers, location, settings: PAGE_SETTINGS[kind], config, options }
  const session = await createPageSession(transformers, await loadOnnx(source), location)
  return { pages, session }
}

async function readPageModel(
  files: ModelFiles,
  kind: PageKind,
  config: JsonObject,
  options: ParsedEncoderOptions,
): Promise<PageModel> {
  const specialTokens = await files.json('special_tokens_map.json', 'optional')
  const tokenizerJson = (await files.json('tokenizer.json', 'required'))!
  const tokenizer = readTokenizer(tokenizerJson, files.nameOf('tokenizer.json'), specialTokens)
  const tokenizerConfig = (await files.json('tokenizer_config.json', 'required'))!
  const cut = {
    maxTokens: maxTokensOf(tokenizerConfig, files.nameOf('tokenizer_config.json')),
    cutsLeft: sideOf(tokenizerConfig, tokenizerJson) === 'left',
  }
  const named = async (file: string): Promise<NamedJson> => ({
    json: (await files.json(file, 'required'))!,
    path: files.nameOf(file),
  })
  options.signal?.throwIfAborted()
  const preprocessor = await named('preprocessor_config.json')
  const kernel = await loadPixelKernel()
  if (kind === 'colpali') return createColPali(kernel, tokenizer, preprocessor, cut)
  const processor = await named('processor_config.json')
  const modern = { preprocessor, processor, config: { json: config, path: files.nameOf('config.json') } }
  return createColModernVbert(kernel, tokenizer, modern, cut)
}

/** The smaller of the two lengths that the file may have. */
function maxTokensOf({ model_max_length, max_length }: JsonObject, path: string): number {
  const lengths = [model_max_length, max_length].filter(
    (length): length is number => Number.isSafeInteger(length) && (length as number) > 0,
  )
  if (lengths.length > 0) return Math.min(...lengths)
  throw new RangeError(`${path} does not say how many tokens the model accepts; set "model_max_length"`)
}

/** The side at which a text is cut that is too long. tokenizer.json writes it with a capital letter. */
const sideOf = ({ truncation_side }: JsonObject, { truncation }: JsonObject): string =>
  String(
    truncation_side ?? (truncation as { readonly direction?: unknown } | null | undefined)?.direction,
  ).toLowerCase()
