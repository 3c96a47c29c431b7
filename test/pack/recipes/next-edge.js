import wasm from 'maxsimd/simd.wasm?module'

export const loadModule = () => wasm
