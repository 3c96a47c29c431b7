// Public names of `maxsimd/encode`: from text to multi-vectors. Runs anywhere; files are read where a model is asked for.
export type { Encoded, Encoder, RowToken } from './encoder.js'
export {
  createEncoder,
  type EncodeDocumentsOptions,
  type EncodeOptions,
  type ModelEncoder,
} from './model-encoder.js'
export type { EncoderOptions, Truncation } from './model-options.js'
export type { DownloadProgress } from './model-place.js'
export type { ModelDevice } from './model-session.js'
export { MODELS, type ModelDtype, type ModelSettings, TOKEN_ROWS } from './models.js'
export { inverseDocumentFrequency, rarityOf, type TokenWeight } from './rarity.js'
export { createStaticEncoder, type StaticEncoder } from './static.js'
export { TextError } from './texts.js'
export type { Transformers } from './transformers.js'
export type { TextWindow } from './windows.js'
export { type Token, tokenize } from './words.js'
