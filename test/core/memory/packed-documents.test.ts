// Packed documents take no memory of the kernel beyond a call, whether it succeeds or fails.

import { expect, it } from 'vitest'
import { createPackedFormat, ENTRY_WORDS, startPackedMemory } from '../../../src/core/packed-documents.js'
import { DTYPE_NAMES } from '../../support/names.js'

const document = [
  [1, 2],
  [3, 4],
]
const refused = [
  [1, 2],
  [3, Number.NaN],
]

it.each(DTYPE_NAMES)(
  'calls with documents of %s leave the memory as it was, also if they are refused',
  async dtype => {
    const { kernel } = await startPackedMemory({})
    const { memory } = kernel
    const format = createPackedFormat(kernel, 2, 'dot', dtype)
    const entry = new Uint32Array(ENTRY_WORDS)
    const address = memory.allocate(2 * format.rowBytes)
    const before = memory.used
    const request = { rows: 2, path: 'document', address }
    const fail = () => {
      throw new Error('refused')
    }
    expect(() => format.pack({ ...request, document: refused }, entry)).toThrow(
      '"document[1][1]" expected a finite',
    )
    if (dtype !== 'f32') {
      const tooLarge = { data: Float32Array.of(1, 2, 3, 3e38), dim: 2 }
      expect(() => format.pack({ ...request, document: tooLarge }, entry)).toThrow(
        `numbers that ${dtype} holds`,
      )
    }
    const largest = format.pack({ ...request, document }, entry)
    const documents = { directory: entry, length: 1, largest, nameOf: () => 'document' }
    expect(memory.used).toBe(before)
    format.unpack(entry)
    format.rank(document, documents, 1)
    format.explain(document, entry, largest, 'document')
    format.leadingScores([[1, 2]], documents, 2, () => undefined)
    expect(() => format.rank(refused, documents, 1)).toThrow('"query[1][1]" expected a finite')
    expect(() => format.explain(refused, entry, largest, 'document')).toThrow(
      '"query[1][1]" expected a finite',
    )
    expect(() => format.leadingScores([[1, 2]], documents, 2, fail)).toThrow('refused')
    // queries of f16 and u8 have no such numbers
    if (dtype !== 'f16' && dtype !== 'u8') {
      expect(() => format.rank([[3e38, 3e38]], documents, 1)).toThrow('is beyond f32')
    }
    expect(memory.used).toBe(before)
  },
)
