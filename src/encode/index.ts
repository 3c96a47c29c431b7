// Public names of `maxsimd/encode`: from text to multi-vectors. Runs anywhere; files are read where a model is asked for.
export type { Encoder } from '../collection/embed-texts.js'
export type { Encoded, RowToken, TokenEncoder } from './encoder-types.js'
export { TextError } from './model/check-texts.js'
export { MODELS, type ModelDtype, type ModelSettings, TOKEN_ROWS } from './model/known-models.js'
export {
  createEncoder,
  type EncodeDocumentsOptions,
  type EncodeOptions,
  type ModelEncoder,
} from './model/model-encoder.js'
export type { DownloadProgress } from './model/model-location.js'
export type { EncoderOptions, Truncation } from './model/model-options.js'
export type { ModelDevice } from './model/model-session.js'
export type { TextWindow } from './model/text-windows.js'
export type { Transformers } from './model/transformers.js'
export { idfWeight, inverseDocumentFrequency, type TokenWeight } from './static/idf.js'
export { createStaticEncoder, type StaticEncoder } from './static/static-encoder.js'
export { type Token, tokenize } from './static/words.js'
