// all-MiniLM-L6-v2 in int8, assembled from packages by test/encode/models/install.mjs: one row of 384 numbers, of unit
// length, for each token of a text. The model was trained for whole sentences, not for late interaction.
//
// The rows of texts are kept in build/rows (encoded-rows.ts). Remove the folder after a change of the encoder.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createEncoder, type ModelEncoder, type Transformers } from '../../../src/encode/index.js'
import type { FlatMultiVector } from '../../../src/index.js'
import { type EncodedRowsOptions, loadEncodedRows } from './encoded-rows.js'

/** Elements in a row. */
export const MINILM_DIM = 384

/** On a CPU, small batches are the fastest (measured), because little is padded. */
const BATCH_TOKENS = 512

/** The model cannot be installed. */
export class MissingModelError extends Error {
  override readonly name = 'MissingModelError'
}

/** Texts to encode. */
export interface MiniLmTexts extends Pick<EncodedRowsOptions, 'name' | 'texts' | 'log'> {
  readonly as: 'documents' | 'queries'
}

// relative to build/, where the bundled program is
const pathTo = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url))
const model = pathTo('build/encoders/minilm')

/** The folder of the rows that are kept. */
export const ROWS_FOLDER = pathTo('build/rows')

/** What the rows depend on besides the texts. */
export const recipeOf = (as: MiniLmTexts['as']) => `all-MiniLM-L6-v2 q8 ${as} ${BATCH_TOKENS}`

/**
 * Returns the rows of each text. Installs and runs the model if they are not in build/rows.
 *
 * @throws MissingModelError if the model is needed and cannot be installed
 */
export async function loadMiniLmRows({ name, texts, as, log }: MiniLmTexts): Promise<FlatMultiVector[]> {
  let encoder: ModelEncoder | undefined
  const open = async () => {
    const opened = await openMiniLm()
    encoder = opened
    if (as === 'documents') return opened.documents
    // one after the other, because the rows of a quantized model depend on the other texts of a batch
    return async (queries: readonly string[]) => {
      const encoded: FlatMultiVector[] = []
      for (const query of queries) encoded.push(await opened.query(query))
      return encoded
    }
  }
  try {
    return await loadEncodedRows({
      ...{ name, texts, open, log },
      recipe: recipeOf(as),
      dim: MINILM_DIM,
      folder: ROWS_FOLDER,
    })
  } finally {
    await encoder?.dispose()
  }
}

async function openMiniLm(): Promise<ModelEncoder> {
  const installer = pathTo('test/encode/models/install.mjs')
  const isInstalled = () => existsSync(join(model, 'tokenizer.json')) && findTransformers() !== undefined
  if (!isInstalled()) spawnSync(process.execPath, [installer, 'minilm'], { stdio: ['ignore', 2, 2] })
  const path = findTransformers()
  if (!isInstalled() || path === undefined) {
    throw new MissingModelError(
      'all-MiniLM-L6-v2 could not be installed; it needs the npm registry, PyPI and Python (PYTHON names another one)',
    )
  }
  const transformers: Transformers = await import(pathToFileURL(path).href)
  return createEncoder({ model, dtype: 'q8', transformers, batchTokens: BATCH_TOKENS })
}

function findTransformers(): string | undefined {
  try {
    const require = createRequire(pathTo('test/encode/models/package.json'))
    return require.resolve('@huggingface/transformers').replace(/\.cjs$/, '.mjs')
  } catch {
    return undefined
  }
}
