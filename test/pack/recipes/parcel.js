import wasmUrl from 'url:maxsimd/simd.wasm'
import wordsUrl from 'url:maxsimd-words/words.bin'

export const loadModule = () => WebAssembly.compileStreaming(fetch(wasmUrl))
export const loadWords = async () => (await fetch(wordsUrl)).arrayBuffer()
