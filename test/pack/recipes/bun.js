import wasmPath from 'maxsimd/simd.wasm' with { type: 'file' }
import wordsPath from 'maxsimd-words/words.bin' with { type: 'file' }

export const loadModule = async () => WebAssembly.compile(await Bun.file(wasmPath).arrayBuffer())
export const loadWords = () => Bun.file(wordsPath).arrayBuffer()
