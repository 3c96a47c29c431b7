// What each model wants done to its texts and rows, as FastEmbed does it: fastembed/late_interaction/colbert.py,
// jina_colbert.py and lateon.py of version 0.9.1. A model that is not here can be given such settings by the caller.
//
//   query     [CLS] [Q] tokens [SEP] [MASK] …    to at least `queryLength` rows, all kept, as the graph gives them
//   document  [CLS] [D] tokens [SEP]             punctuation left out, rows of unit length

/** In which type the weights are stored. */
export type ModelDtype = 'fp32' | 'fp16' | 'q8'

/** How a model is used. */
export interface ModelSettings {
  /** `colbert`: rows are projected for late interaction. `tokens`: a sentence encoder's contextual rows, as they are. */
  readonly kind: 'colbert' | 'tokens'
  /** Numbers in a row; left out: what the model gives. */
  readonly dim?: number
  /** The id put at index 1 of every query. */
  readonly queryMarker?: number
  /** The id put at index 1 of every document. */
  readonly documentMarker?: number
  /** Whether a marker counts towards the tokenizer's `model_max_length`. */
  readonly countsMarker: boolean
  /** Queries of fewer tokens, marker included, are filled up with mask tokens, whose rows are kept. */
  readonly queryLength?: number
  /** What queries are filled up with. */
  readonly maskToken?: string
  /** Whether the model attends to what a query was filled up with. */
  readonly attendsToMask: boolean
  /** Leaves document rows of punctuation out: of the first token of each of !"#$%&'()*+,-./:;<=>?@[\]^_`{|}~ */
  readonly skipsPunctuation: boolean
  /** Leaves document rows of a padding token out that stands in the text. */
  readonly skipsPadding: boolean
  /** Leaves rows of special tokens out. */
  readonly skipsSpecial: boolean
  /** Whose rows are brought to unit length here. */
  readonly normalizes: { readonly query: boolean; readonly document: boolean }
  /** The ONNX file of each dtype, from the model's folder; a dtype left out: `onnx/model.onnx`, `_fp16`, `_quantized`. */
  readonly files?: Readonly<Partial<Record<ModelDtype, string>>>
  /** The weights lie in a file of their own beside the ONNX file, as `model.onnx_data`. */
  readonly externalData?: boolean
}

const colbert: ModelSettings = {
  kind: 'colbert',
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

const lateon: ModelSettings = {
  kind: 'colbert',
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

const jina: ModelSettings = {
  ...colbert,
  queryMarker: 250002,
  documentMarker: 250003,
  maskToken: '<mask>',
  attendsToMask: true,
  files: { fp32: 'onnx/model.onnx' },
  externalData: true,
}

/** The models that are known by name, on the Hugging Face hub. */
export const MODELS: Readonly<Record<string, ModelSettings>> = {
  'colbert-ir/colbertv2.0': { ...colbert, files: { fp32: 'model.onnx' } },
  'answerdotai/answerai-colbert-small-v1': { ...colbert, dim: 96, files: { fp32: 'vespa_colbert.onnx' } },
  'jinaai/jina-colbert-v2': jina,
  'lightonai/LateOn': lateon,
  'lightonai/mLateOn': { ...lateon, queryMarker: 256000, documentMarker: 256001, skipsPunctuation: false },
}

/** Any other encoder: a row for each token that is not special, of unit length. */
export const TOKEN_ROWS: ModelSettings = {
  kind: 'tokens',
  countsMarker: false,
  attendsToMask: false,
  skipsPunctuation: false,
  skipsPadding: false,
  skipsSpecial: true,
  normalizes: { query: true, document: true },
}

/** What was asked of a model by name, in any case of its letters, as FastEmbed finds it. */
export function settingsOf(name: string): ModelSettings | undefined {
  const wanted = name.toLowerCase()
  return Object.entries(MODELS).find(([known]) => known.toLowerCase() === wanted)?.[1]
}

/**
 * Settings for a folder of a model without a name: by `_name_or_path` of its config.json, or by its architecture
 * (`HF_ColBERT`), with the mask token that its tokenizer has; else its token rows.
 */
export function guessSettings(
  config: Readonly<Record<string, unknown>>,
  idOf: (token: string) => number | undefined,
): ModelSettings {
  const named = typeof config._name_or_path === 'string' ? settingsOf(config._name_or_path) : undefined
  const anywhere = ({ files: _, dim: __, externalData: ___, ...rest }: ModelSettings): ModelSettings => rest
  if (named) return anywhere(named)
  const architectures = Array.isArray(config.architectures) ? config.architectures : []
  if (!architectures.some(name => /colbert/i.test(String(name)))) return TOKEN_ROWS
  return anywhere(idOf('[MASK]') === undefined && idOf('<mask>') !== undefined ? jina : colbert)
}
