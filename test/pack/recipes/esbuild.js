import wasmFile from 'maxsimd/simd.wasm'
import wordsFile from 'maxsimd-words/words.bin'

const fetchFile = file => fetch(new URL(file, import.meta.url))

export const loadModule = () => WebAssembly.compileStreaming(fetchFile(wasmFile))
export const loadWords = async () => (await fetchFile(wordsFile)).arrayBuffer()
