import { readFile } from 'node:fs/promises'
import wordFile from 'maxsimd-words'

const wasmFile = new URL(import.meta.resolve('maxsimd/simd.wasm'))

export const loadModule = async () => WebAssembly.compile(await readFile(wasmFile))
export const loadWords = () => readFile(wordFile)
