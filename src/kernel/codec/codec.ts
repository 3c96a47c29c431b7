// Rows of f32 to the JSON that a Qdrant server takes, and its responses back: JSON.stringify and JSON.parse for text that
// is nearly all numbers. A WebAssembly module of its own, loaded only by those who talk to a server.
// Knows how a response is built and what a number is; nothing of HTTP, collections or scores.

import { embeddedBytes } from '../embedded-binary.js'
import { CODEC } from './codec-bytes.generated.js'
import type { Codec, CodecKernel } from './codec-types.js'
import { createReferenceCodec } from './reference-codec.js'
import { createSimdCodec } from './simd-codec.js'

export type { WireDatatype } from '../../base/float16.js'

let compiled: Promise<WebAssembly.Module> | undefined

/**
 * A codec with a memory of its own: the best that this engine runs, or the one asked for. The module is compiled once a
 * process.
 *
 * @throws RangeError if the engine does not run the one asked for
 * @throws TypeError if the engine forbids WebAssembly
 */
export async function loadCodec(kernel?: CodecKernel): Promise<Codec> {
  if (kernel !== undefined && kernel !== 'simd' && kernel !== 'reference') {
    throw new RangeError(`"kernel" expected simd or reference, got ${JSON.stringify(kernel)}`)
  }
  if (kernel === 'reference') return createReferenceCodec()
  const bytes = embeddedBytes(CODEC)
  if (typeof WebAssembly !== 'object' || !WebAssembly.validate(bytes)) {
    if (kernel === 'simd') {
      throw new RangeError('"kernel" expected one that this engine runs (reference), got simd')
    }
    return createReferenceCodec()
  }
  compiled ??= WebAssembly.compile(bytes).catch(cause => {
    compiled = undefined
    throw new TypeError(
      `this engine does not allow compiling WebAssembly at run time; ask for the codec 'reference'`,
      { cause },
    )
  })
  return createSimdCodec(await compiled)
}
