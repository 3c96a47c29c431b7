// Checks that the files of a model belong together: tokenizer.json, tokenizer_config.json, config.json and the
// settings.

import type { Tokenizer } from '../../tokenizer/tokenizer.js'
import type { ModelSettings } from '../known-models.js'
import { contentOf } from '../recipe/special-tokens.js'

/** Values that are derived from several files of a model. */
export interface ModelLimits {
  /** Maximum number of tokens of a query, special ones included. */
  readonly maxQueryTokens: number
  /** Maximum number of tokens of a document, special ones included. */
  readonly maxDocumentTokens: number
  /** Id of the token that pads the shorter texts of a batch. */
  readonly padId: number | undefined
  /** Id of the token that fills up queries. */
  readonly maskId: number | undefined
}

/** The parsed files of a model. */
export interface ParsedModelFiles {
  readonly config: Readonly<Record<string, unknown>>
  readonly tokenizer: Tokenizer
  readonly tokenizerConfig: Readonly<Record<string, unknown>> | undefined
  /** How errors name tokenizer.json. */
  readonly tokenizerPath: string
}

/**
 * Derives the limits of a model and checks that tokenizer, model and settings fit.
 *
 * @throws RangeError if they do not, or the maximum number of tokens is in none of the files
 */
export function checkConsistency(files: ParsedModelFiles, settings: ModelSettings): ModelLimits {
  const { config, tokenizer, tokenizerConfig, tokenizerPath: path } = files
  const maxQueryTokens = settings.maxQueryTokens ?? maxTokensOf(files)
  const maxDocumentTokens = settings.maxDocumentTokens ?? maxTokensOf(files)
  // added tokens may have ids beyond vocab_size: `maxId` is without them
  const { vocab_size } = config
  if (typeof vocab_size === 'number' && tokenizer.maxId >= vocab_size) {
    throw new RangeError(
      `${path} has ids up to ${tokenizer.maxId}, but "vocab_size" in config.json is ${vocab_size}; the files belong to different models`,
    )
  }
  const { maskToken, queryLength } = settings
  const maskId = maskToken === undefined ? undefined : tokenizer.idOf(maskToken)
  if (queryLength !== undefined && maskId === undefined) {
    throw new RangeError(
      `${path} has no token "${maskToken}", which fills up queries; use the tokenizer of this model, or other "settings"`,
    )
  }
  const padToken = contentOf(tokenizerConfig?.pad_token)
  const padId =
    tokenizer.padId ??
    (typeof config.pad_token_id === 'number' ? config.pad_token_id : undefined) ??
    (padToken === undefined ? undefined : tokenizer.idOf(padToken))
  return { maxQueryTokens, maxDocumentTokens, padId, maskId }
}

/** The maximum number of tokens that the files define. @throws RangeError if there is none */
function maxTokensOf({ config, tokenizer, tokenizerConfig, tokenizerPath }: ParsedModelFiles): number {
  const lengths = [tokenizerConfig?.model_max_length, tokenizerConfig?.max_length].filter(isLength)
  // max_position_embeddings comes last: it is not always the number of tokens
  const maxTokens =
    lengths.length > 0 ? Math.min(...lengths) : (tokenizer.maxLength ?? config.max_position_embeddings)
  if (isLength(maxTokens)) return maxTokens
  throw new RangeError(
    `${tokenizerPath} does not define how many tokens the model accepts; set "model_max_length" in tokenizer_config.json`,
  )
}

const isLength = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0
