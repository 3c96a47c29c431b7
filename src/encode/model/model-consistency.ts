// What the files of a model must have in common: tokenizer.json, tokenizer_config.json, config.json, and how it is used.

import type { Tokenizer } from '../tokenizer/tokenizer.js'
import type { ModelSettings } from './known-models.js'

/** What the files agree on. */
export interface ModelLimits {
  /** Tokens that the model takes, special ones included. */
  readonly limit: number
  /** What shorter texts of a batch are padded with. */
  readonly padId: number | undefined
  /** What queries are filled up with. */
  readonly maskId: number | undefined
}

/** What tokenizer and settings must have in common, and with the model. */
export function checkConsistency(
  tokenizer: Tokenizer,
  settings: ModelSettings,
  config: Readonly<Record<string, unknown>>,
  tokenizerConfig: Readonly<Record<string, unknown>> | undefined,
  path: string,
): ModelLimits {
  const lengths = [tokenizerConfig?.model_max_length, tokenizerConfig?.max_length].filter(isLength)
  // the size of the table of positions is not always the number of tokens: it comes last
  const limit =
    lengths.length > 0 ? Math.min(...lengths) : (tokenizer.maxLength ?? config.max_position_embeddings)
  if (!isLength(limit)) {
    throw new RangeError(
      `${path} says nothing of how many tokens the model takes: set "model_max_length" in tokenizer_config.json`,
    )
  }
  // markers may be added beyond what config.json counts
  const { vocab_size } = config
  if (typeof vocab_size === 'number' && tokenizer.largest >= vocab_size) {
    throw new RangeError(
      `${path} has ids up to ${tokenizer.largest}, and config.json says that the model knows ${vocab_size}: they are of different models`,
    )
  }
  const { maskToken, queryLength } = settings
  const maskId = maskToken === undefined ? undefined : tokenizer.idOf(maskToken)
  if (queryLength !== undefined && maskId === undefined) {
    throw new RangeError(
      `${path} has no "${maskToken}", which queries are filled up with: it is not the tokenizer of such a model`,
    )
  }
  const padToken = contentOf(tokenizerConfig?.pad_token)
  const padId =
    tokenizer.pad?.id ??
    (typeof config.pad_token_id === 'number' ? config.pad_token_id : undefined) ??
    (padToken === undefined ? undefined : tokenizer.idOf(padToken))
  return { limit, padId, maskId }
}

const isLength = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) > 0

/** A token is written as a string, or as an object with its content. */
function contentOf(token: unknown): string | undefined {
  const content =
    typeof token === 'object' && token !== null ? (token as { content?: unknown }).content : token
  return typeof content === 'string' ? content : undefined
}
