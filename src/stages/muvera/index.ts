// Public names of `maxsimd/muvera`: multi-vectors as single vectors, for a first stage.
export { createMuvera, type Muvera, type MuveraConfig } from './muvera.js'
