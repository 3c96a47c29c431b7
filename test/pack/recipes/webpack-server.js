import { readFile } from 'node:fs/promises'

const wasmUrl = new URL('maxsimd/simd.wasm', import.meta.url)
const wordsUrl = new URL('maxsimd-words/words.bin', import.meta.url)

export const loadModule = async () => WebAssembly.compile(await readFile(wasmUrl))
export const loadWords = () => readFile(wordsUrl)
