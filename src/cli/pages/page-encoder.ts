// The encoder of pages that a command names, or that made the index.

import { realpath } from 'node:fs/promises'
import { MissingPackageError } from '../../base/errors.js'
import { createEncoder, type ModelEncoder } from '../../encode/index.js'
import { missingPackage } from '../encoder-options.js'
import { progressOn, type Terminal, UsageError } from '../terminal.js'

/** A loaded encoder, and the name that a page index records. */
export interface LoadedPageEncoder {
  readonly encoder: ModelEncoder
  readonly encoderName: string
}

/**
 * Loads a model.
 *
 * @throws UsageError if it takes no images
 */
export async function loadPageEncoder(model: string, terminal: Terminal): Promise<LoadedPageEncoder> {
  const progress = progressOn(terminal)
  progress.phase('loading', model)
  const encoder = await createEncoder({ model, signal: terminal.signal }).catch((error: unknown) => {
    throw error instanceof MissingPackageError ? missingPackage(error.packageName, '--model', error) : error
  })
  progress.clear()
  if (!encoder.takesImages) {
    await encoder.dispose()
    throw new UsageError(
      `"--model" ${model} takes no images; choose Qdrant/colmodernvbert, or a folder with it`,
    )
  }
  // a relative path and an absolute one name the same model
  const encoderName = await realpath(model).catch(() => model)
  return { encoder, encoderName }
}
