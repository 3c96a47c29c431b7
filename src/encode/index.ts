// Public names of `maxsimd/encode`: from text to multi-vectors. Runs anywhere; nothing here reads a file.
export type { Encoded, Encoder } from './encoder.js'
export { inverseDocumentFrequency, type TokenWeight } from './rarity.js'
export { createStaticEncoder, type StaticEncoder } from './static.js'
export { type Token, tokenize } from './words.js'
