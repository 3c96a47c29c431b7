// Loads a codec: it writes rows of f32 as the JSON that a Qdrant server takes, and reads the server's responses. It
// replaces JSON.stringify and JSON.parse for text that is nearly all numbers. The WebAssembly module is separate from
// the kernel's, because only the adapter for Qdrant needs it.

import { WasmForbiddenError } from '../../base/errors.js'
import { isA } from '../../base/is-a.js'
import { typeName } from '../../base/type-name.js'
import { embeddedBytes } from '../embedded-binary.js'
import { CODEC } from './codec-bytes.generated.js'
import type { Codec, CodecKernel, CodecModule } from './codec-types.js'
import { createReferenceCodec } from './reference-codec.js'
import { createSimdCodec } from './simd-codec.js'

export type { WireDatatype } from '../../base/float16.js'

/** Options of `loadCodec`. */
export interface CodecOptions {
  /** The implementation. Default: `simd` if this engine can compile it or `module` is given, else `reference`. */
  readonly kernel?: CodecKernel | undefined
  /** A compiled `maxsimd/codec.wasm`, for engines that forbid compiling WebAssembly at run time. */
  readonly module?: CodecModule | undefined
}

let compiled: Promise<CodecModule> | undefined

/**
 * Creates a codec with its own memory. Without options it is the fastest that works here. The embedded module is
 * compiled once per process.
 *
 * @throws RangeError if `kernel` is unknown, does not run on this engine or contradicts `module`
 * @throws TypeError if `module` is not a compiled `maxsimd/codec.wasm`
 * @throws WasmForbiddenError if `kernel` is `simd` and the engine forbids compiling WebAssembly
 */
export async function loadCodec({ kernel, module }: CodecOptions = {}): Promise<Codec> {
  if (kernel !== undefined && kernel !== 'simd' && kernel !== 'reference') {
    throw new RangeError(`"kernel" expected simd or reference, got ${JSON.stringify(kernel)}`)
  }
  if (module !== undefined) {
    checkCodecModule(module)
    if (kernel === 'reference') {
      throw new RangeError('"kernel" expected simd, which "module" is, got reference; omit one of them')
    }
    return createSimdCodec(module)
  }
  const canCompile = kernel !== 'reference' && (compiled !== undefined || hasSimd())
  if (kernel === 'simd' && !canCompile) {
    throw new RangeError('"kernel" expected one that this engine runs (reference), got simd')
  }
  const embedded = canCompile ? await compileEmbedded(kernel) : undefined
  return embedded ? createSimdCodec(embedded) : createReferenceCodec()
}

function hasSimd(): boolean {
  return typeof WebAssembly === 'object' && WebAssembly.validate(embeddedBytes(CODEC))
}

/** The embedded module; undefined if the engine forbids compiling it, unless the caller requires `simd`. */
async function compileEmbedded(kernel: CodecKernel | undefined): Promise<CodecModule | undefined> {
  compiled ??= WebAssembly.compile(embeddedBytes(CODEC))
  try {
    return await compiled
  } catch (cause) {
    compiled = undefined
    if (kernel === 'simd') throw new WasmForbiddenError('codec.wasm', cause)
    return undefined
  }
}

/** @throws TypeError if `module` is not a compiled `maxsimd/codec.wasm` */
export function checkCodecModule(module: unknown): void {
  if (!isA(module, 'WebAssembly.Module')) {
    throw new TypeError(`"module" expected a WebAssembly.Module, got ${typeName(module)}`)
  }
  const names = WebAssembly.Module.exports(module).map(({ name }) => name)
  if (!names.includes('writeFloat32Rows')) {
    throw new TypeError(
      `"module" expected a module made from maxsimd/codec.wasm; this one exports ${names.join(', ') || 'nothing'}`,
    )
  }
}
