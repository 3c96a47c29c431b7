import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

const wasmPath = join(process.cwd(), 'node_modules/maxsimd/dist/simd.wasm')
const wordsPath = join(process.cwd(), 'node_modules/maxsimd-words/words.bin')

export const loadModule = async () => WebAssembly.compile(await readFile(wasmPath))
export const loadWords = () => readFile(wordsPath)
