// How each known model is used: its markers, padding and normalization, as in FastEmbed 0.9.1 (colbert.py,
// jina_colbert.py and lateon.py in fastembed/late_interaction). Callers can pass such settings for other models.
//
//   query     [CLS] [Q] tokens [SEP] [MASK] …    filled up to `queryLength` rows; all rows are kept, not normalized here
//   document  [CLS] [D] tokens [SEP]             rows of punctuation are dropped; the others get unit length

/** The type of a model's weights. `q8` is any file with weights of 8 bits, `int8` and `uint8` a file of that name. */
export type ModelDtype = 'fp32' | 'fp16' | 'q8' | 'int8' | 'uint8'

/** How a model is used. */
export interface ModelSettings {
  /**
   * `colbert`: the model projects its rows for late interaction. `tokens`: the contextual rows of a sentence encoder
   * are used without its pooling.
   */
  readonly type: 'colbert' | 'tokens'
  /** Elements in each row. Default: as the model returns them. */
  readonly dim?: number
  /** Token id inserted at index 1 of every query. Default: none. */
  readonly queryMarker?: number
  /** Token id inserted at index 1 of every document. Default: none. */
  readonly documentMarker?: number
  /** Whether the marker counts towards the maximum number of tokens. */
  readonly countsMarker: boolean
  /**
   * Maximum number of tokens of a query, special tokens included; what is beyond is cut. Default: what the model's files
   * say, such as `model_max_length` in tokenizer_config.json.
   */
  readonly maxQueryTokens?: number
  /** The same for a document. */
  readonly maxDocumentTokens?: number
  /** Text that is put before every query, such as an instruction. Its rows are kept. Default: none. */
  readonly queryPrompt?: string
  /** Text that is put before every document. Its rows are kept. Default: none. */
  readonly documentPrompt?: string
  /** Whether texts are put into lower case before the tokenizer sees them. Default: false. */
  readonly lowercases?: boolean
  /** Whether white space at both ends of a text is removed before the tokenizer sees it. Default: false. */
  readonly trims?: boolean
  /**
   * Queries with fewer tokens, marker included, are filled up with mask tokens, whose rows are kept. Default: no
   * filling.
   */
  readonly queryLength?: number
  /** The token that fills up queries. */
  readonly maskToken?: string
  /** Whether the model attends to the mask tokens that fill up a query. */
  readonly attendsToMask: boolean
  /**
   * Whether document rows of punctuation are dropped: the rows of the first token of each of
   * !"#$%&'()*+,-./:;<=>?@[\]^_`{|}~
   */
  readonly skipsPunctuation: boolean
  /**
   * Tokens of the vocabulary whose document rows are dropped, as the vocabulary spells them. Those that it does not have
   * are ignored. Default: none.
   */
  readonly skippedTokens?: readonly string[]
  /** Whether document rows of padding tokens in the text are dropped. */
  readonly skipsPadding: boolean
  /** Whether rows of special tokens are dropped. */
  readonly skipsSpecial: boolean
  /** Which rows the encoder scales to unit length. */
  readonly normalizes: { readonly query: boolean; readonly document: boolean }
  /**
   * The ONNX file of each dtype, relative to the model's folder. Default: `model.onnx`, `model_fp16.onnx`,
   * `model_quantized.onnx`, `model_int8.onnx` or `model_uint8.onnx`, in the folder `onnx` or in the model's folder.
   */
  readonly files?: Readonly<Partial<Record<ModelDtype, string>>>
  /** Whether the weights are in a separate file beside the ONNX file, such as `model.onnx_data`. Default: false. */
  readonly externalData?: boolean
}

const COLBERT: ModelSettings = {
  type: 'colbert',
  dim: 128,
  // [unused0] and [unused1]
  queryMarker: 1,
  documentMarker: 2,
  countsMarker: true,
  queryLength: 32,
  maskToken: '[MASK]',
  attendsToMask: false,
  skipsPunctuation: true,
  skipsPadding: true,
  skipsSpecial: false,
  normalizes: { query: false, document: true },
}

const LATEON: ModelSettings = {
  type: 'colbert',
  dim: 128,
  queryMarker: 50368,
  documentMarker: 50369,
  countsMarker: false,
  attendsToMask: false,
  skipsPunctuation: true,
  skipsPadding: false,
  skipsSpecial: false,
  normalizes: { query: true, document: true },
  files: { fp32: 'model.onnx' },
}

const JINA: ModelSettings = {
  ...COLBERT,
  queryMarker: 250002,
  documentMarker: 250003,
  maskToken: '<mask>',
  attendsToMask: true,
  files: { fp32: 'onnx/model.onnx' },
  externalData: true,
}

/** The known models, by their names on the Hugging Face hub. */
export const MODELS: Readonly<Record<string, ModelSettings>> = {
  'colbert-ir/colbertv2.0': { ...COLBERT, files: { fp32: 'model.onnx' } },
  'answerdotai/answerai-colbert-small-v1': { ...COLBERT, dim: 96, files: { fp32: 'vespa_colbert.onnx' } },
  'jinaai/jina-colbert-v2': JINA,
  'lightonai/LateOn': LATEON,
  'lightonai/mLateOn': { ...LATEON, queryMarker: 256000, documentMarker: 256001, skipsPunctuation: false },
}

/** Repositories with an ONNX file of a model whose own repository may lack one. docs/encoders.md has the sources. */
export const ONNX_COPIES: Readonly<Record<string, string>> = {
  'mixedbread-ai/mxbai-edge-colbert-v0-32m': 'lightonai/mxbai-edge-colbert-v0-32m-onnx',
  'lightonai/answerai-colbert-small-v1': 'lightonai/answerai-colbert-small-v1-onnx',
  'lightonai/colbertv2.0': 'colbert-ir/colbertv2.0',
}

/** The settings of any other encoder: a unit row for each token that is not special. */
export const TOKEN_ROWS: ModelSettings = {
  type: 'tokens',
  countsMarker: false,
  attendsToMask: false,
  skipsPunctuation: false,
  skipsPadding: false,
  skipsSpecial: true,
  normalizes: { query: true, document: true },
}

/** The settings of a known model. Upper and lower case are equal, as in FastEmbed. */
export function settingsOf(name: string): ModelSettings | undefined {
  const lowerCase = name.toLowerCase()
  return Object.entries(MODELS).find(([known]) => known.toLowerCase() === lowerCase)?.[1]
}

/**
 * Derives settings for a model without a known name from its config.json: those of the model in `_name_or_path`, or
 * those of a ColBERT with the tokenizer's mask token if `architectures` contains one (`HF_ColBERT`), otherwise
 * `TOKEN_ROWS`.
 */
export function guessSettings(
  config: Readonly<Record<string, unknown>>,
  idOf: (token: string) => number | undefined,
): ModelSettings {
  const named = typeof config._name_or_path === 'string' ? settingsOf(config._name_or_path) : undefined
  if (named) return withoutFiles(named)
  const architectures = Array.isArray(config.architectures) ? config.architectures : []
  if (!architectures.some(name => /colbert/i.test(String(name)))) return TOKEN_ROWS
  return withoutFiles(idOf('[MASK]') === undefined && idOf('<mask>') !== undefined ? JINA : COLBERT)
}

/** Settings without the names of files and the dim, which may differ in another model of the same type. */
function withoutFiles({ files: _, dim: __, externalData: ___, ...rest }: ModelSettings): ModelSettings {
  return rest
}
