import wasm from 'maxsimd/simd.wasm'
import words from 'maxsimd-words/words.bin'

export const loadModule = () => WebAssembly.compile(wasm)
export const loadWords = () => words
