// The special tokens that a recipe needs, from the files of the tokenizer.
import type { JsonObject } from '../../tokenizer/json.js'
import type { Tokenizer } from '../../tokenizer/tokenizer.js'

/** The special tokens of a model. */
export interface SpecialTokens {
  /** The token of what the vocabulary does not have. */
  readonly unknown: string | undefined
  /**
   * The token that fills up queries: the mask token, otherwise the token with the declared id, otherwise the token at the
   * end of texts, as PyLate chooses it.
   */
  fillerOf(declaredId: number | undefined): string | undefined
  /** Whether texts are filled up before their first token. */
  readonly padsLeft: boolean
}

/** Finds the special tokens in tokenizer_config.json and special_tokens_map.json, in this order. */
export function specialTokensOf(
  tokenizer: Tokenizer,
  ...files: readonly (JsonObject | undefined)[]
): SpecialTokens {
  const named = (name: string): string | undefined => {
    for (const file of files) {
      const text = contentOf(file?.[name])
      if (text !== undefined && tokenizer.idOf(text) !== undefined) return text
    }
    return undefined
  }
  const usual = (...texts: readonly string[]) => texts.find(text => tokenizer.idOf(text) !== undefined)
  return {
    unknown: named('unk_token') ?? usual('[UNK]', '<unk>'),
    fillerOf: declaredId =>
      named('mask_token') ??
      (declaredId === undefined ? undefined : tokenizer.textOf(declaredId)) ??
      usual('[MASK]', '<mask>') ??
      named('eos_token') ??
      named('pad_token'),
    padsLeft: (files[0]?.padding_side ?? tokenizer.paddingSide) === 'left',
  }
}

/** The text of a token, which a file has as a string or as an object with its content. */
export function contentOf(token: unknown): string | undefined {
  const content =
    typeof token === 'object' && token !== null ? (token as { readonly content?: unknown }).content : token
  return typeof content === 'string' ? content : undefined
}
