// The public names of `maxsimd/muvera`: multi-vectors as single vectors, for a first stage.

export type { FlatMultiVector, MultiVector, NumberArray } from '../../core/multivector.js'
export { createMuvera, type Muvera, type MuveraConfig } from './muvera.js'
