// Loads the word vectors once for all commands of a test file: loading takes longer than most commands.
//
//   vi.mock('../../src/encode/index.js', async importOriginal =>
//     (await import('./cached-words.js')).withCachedWords(await importOriginal()),
//   )

import type * as encode from '../../src/encode/index.js'

/** Returns the module with a `createStaticEncoder` that returns the same encoder for the same bytes. */
export function withCachedWords(original: typeof encode): typeof encode {
  const known: { readonly bytes: Uint8Array; readonly encoder: encode.StaticEncoder }[] = []
  return {
    ...original,
    createStaticEncoder(bytes) {
      const file = Buffer.from(bytes as Uint8Array)
      const found = known.find(entry => file.equals(entry.bytes))
      if (found) return found.encoder
      const encoder = original.createStaticEncoder(bytes)
      known.push({ bytes: file, encoder })
      return encoder
    },
  }
}
