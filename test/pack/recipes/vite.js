import wasmUrl from 'maxsimd/simd.wasm?url'
import wordsUrl from 'maxsimd-words/words.bin?url'

export const loadModule = () => WebAssembly.compileStreaming(fetch(wasmUrl))
export const loadWords = async () => (await fetch(wordsUrl)).arrayBuffer()
