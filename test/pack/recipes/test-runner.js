import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

export const loadModule = () => WebAssembly.compile(readFileSync(require.resolve('maxsimd/simd.wasm')))
export const loadWords = () => readFileSync(require.resolve('maxsimd-words/words.bin'))
