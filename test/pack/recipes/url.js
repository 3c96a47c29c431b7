import wasmUrl from 'maxsimd/simd.wasm'
import wordsUrl from 'maxsimd-words/words.bin'

export const loadModule = () => WebAssembly.compileStreaming(fetch(wasmUrl))
export const loadWords = async () => (await fetch(wordsUrl)).arrayBuffer()
