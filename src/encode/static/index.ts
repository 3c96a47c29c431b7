// The public names of `maxsimd/encode/static`: the encoder with word vectors, without the model encoder.

export type { EncodeCallOptions, Encoder } from '../../collection/embed-texts.js'
export type { RowToken } from '../../collection/row-match.js'
export type { FlatMultiVector, MultiVector, NumberArray } from '../../core/multivector.js'
export type { Encoded, Token, TokenEncoder } from '../encoder-types.js'
export { TextError } from '../model/check-texts.js'
export { idfWeight, inverseDocumentFrequency, type TokenWeight } from './idf.js'
export { createStaticEncoder, type StaticEncoder } from './static-encoder.js'
export { tokenize } from './words.js'
