// Fits and opens maps, and measures stages. It has the kernel in it and is loaded late, so that programs with other presets
// do not load one.

import { checkKnownOptions } from '../../base/check-options.js'
import type { MultiVector } from '../../core/multivector.js'
import { startPackedMemory } from '../../core/packed-documents.js'
import { measureError } from './drift.js'
import { type FitSettings, fitMap } from './fit.js'
import type { Lemur } from './lemur.js'
import { nameOfLemur, readLemur, writeLemur } from './lemur-bytes.js'
import { createMap, type LemurMap } from './lemur-map.js'
import { listDocuments } from './list-documents.js'

export { measureStages } from '../advice/measure-stages.js'

/**
 * A new fit is due from this multiple of the fitted error on. `npm run bench:retrieval -- --part drift` measures for pairs
 * of topics what a map loses, and the multiple.
 */
const DUE = 1.25

/** Fits a map to documents. The caller has checked the settings. */
export async function fitToDocuments(
  documents: readonly MultiVector[],
  settings: FitSettings,
): Promise<Lemur> {
  const { kernel } = await startPackedMemory({})
  return createLemur(await fitMap(kernel, documents, settings))
}

/** Opens the bytes of a map. */
export async function openBytes(bytes: Uint8Array): Promise<Lemur> {
  const parts = readLemur(bytes)
  const { kernel } = await startPackedMemory({})
  return createLemur(createMap(kernel, parts))
}

function createLemur(map: LemurMap): Lemur {
  const { dim, size, metric, error: fittedError } = map.parts
  return {
    dim,
    size,
    metric,
    name: nameOfLemur(writeLemur(map.parts)),
    document: rows => map.document(rows, 'document'),
    query(rows, options = {}) {
      checkKnownOptions(options, ['weights'], 'query')
      return map.query(rows, options.weights)
    },
    drift(documents) {
      const list = listDocuments(documents, 2, 'pass documents that were added since the fit')
      const error = measureError(map, list, 1)
      return { error, fittedError, isDue: error > DUE * fittedError }
    },
    toBytes: () => writeLemur(map.parts),
  }
}
