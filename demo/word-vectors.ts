// The encoder of the word vectors in data/words.bin.

import { readFileSync } from 'node:fs'
import { createStaticEncoder, type StaticEncoder } from '../src/encode/index.js'

/** Reads data/words.bin, which is one folder up from the bundled programs in build/. */
export const loadWordVectors = (): StaticEncoder =>
  createStaticEncoder(readFileSync(new URL('../data/words.bin', import.meta.url)))
