import { readFile } from 'node:fs/promises'

const read = name => readFile(new URL(import.meta.resolve(name)))

export const loadModule = async () => WebAssembly.compile(await read('maxsimd/simd.wasm'))
export const loadWords = () => read('maxsimd/words.bin')
