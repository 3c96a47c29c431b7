import wasm from 'maxsimd/simd.wasm'

export const loadModule = () => wasm
