// Decodes the WebAssembly binaries. They are embedded in the source as text, one character per byte, so that the
// library has no files to locate at run time. `scripts/build.mjs` encodes them.

import { BYTE_SHIFT } from './constants.generated.js'

/** The bytes of an embedded binary: each character's code minus `BYTE_SHIFT`, modulo 256. */
export const embeddedBytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(text, char => char.charCodeAt(0) - BYTE_SHIFT)
