// Decodes the WebAssembly binaries. They are embedded in the source as text, one character per byte, so that the
// library has no files to locate at run time. `scripts/wasm.mjs` encodes them.

import { BYTE_MASK, ENCODING_MARK } from './constants.generated.js'

/**
 * The bytes of an embedded binary: after the mark, each character's code XOR `BYTE_MASK`.
 *
 * @throws Error if the script was not read as UTF-8, in which the mark is two bytes
 */
export function embeddedBytes(text: string): Uint8Array<ArrayBuffer> {
  if (text.charCodeAt(0) !== ENCODING_MARK) {
    throw new Error('this script is UTF-8, but was read in another encoding; add <meta charset="utf-8">')
  }
  const bytes = new Uint8Array(text.length - 1)
  // Uint8Array.from makes a string of each character, which takes four times as long
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i + 1) ^ BYTE_MASK
  return bytes
}
