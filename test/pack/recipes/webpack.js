const wasmUrl = new URL('maxsimd/simd.wasm', import.meta.url)
const wordsUrl = new URL('maxsimd-words/words.bin', import.meta.url)

export const loadModule = () => WebAssembly.compileStreaming(fetch(wasmUrl))
export const loadWords = async () => (await fetch(wordsUrl)).arrayBuffer()
