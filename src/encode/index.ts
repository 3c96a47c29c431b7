// The public names of `maxsimd/encode`: encoders, which turn texts into multi-vectors. Nothing is read or downloaded
// before an encoder is created.

export { DisposedError, MissingPackageError } from '../base/errors.js'
export type { SparseVector } from '../collection/collection.js'
export type { EncodeCallOptions, Encoder } from '../collection/embed-texts.js'
export { type PageLayout, type PagePatch, patchAt } from '../collection/page-layout.js'
export type { RowPatch, RowToken } from '../collection/row-match.js'
export type { FlatMultiVector, MultiVector, NumberArray } from '../core/multivector.js'
export { type Bm25Encoder, type Bm25Token, createBm25Encoder } from './bm25/bm25-encoder.js'
export type { Bm25Language, Bm25Options, Bm25Stemmer, Bm25StopWords } from './bm25/bm25-options.js'
export type { StemmerLanguage, StopWordLanguage } from './bm25/languages.js'
export type { Encoded, Token, TokenEncoder } from './encoder-types.js'
export {
  type DecodeOptions,
  ImageError,
  type ImagePlace,
  type ImageSource,
  type RawImage,
} from './images/image-types.js'
export { TextError } from './model/check-texts.js'
export type { DownloadProgress } from './model/files/model-location.js'
export { MODELS, type ModelDtype, type ModelSettings, TOKEN_ROWS } from './model/known-models.js'
export {
  createEncoder,
  type EncodeDocumentsOptions,
  type EncodeImagesOptions,
  type ModelEncoder,
  type SplitOptions,
} from './model/model-encoder.js'
export type { EncoderOptions, LongText, Truncation } from './model/model-options.js'
export type { ModelDevice } from './model/model-session.js'
export type { TextWindow } from './model/text-windows.js'
export type { Transformers } from './model/transformers.js'
export { PAGE_MODELS } from './pages/known-page-models.js'
export type { EncodedImage, PageRow } from './pages/page-types.js'
export { idfWeight, inverseDocumentFrequency, type TokenWeight } from './static/idf.js'
export { createStaticEncoder, type StaticEncoder } from './static/static-encoder.js'
export { tokenize } from './static/words.js'
