// The parts of a data set: the families of techniques, and what is measured in collections.

import process from 'node:process'
import { findEngine, NoEngineError } from '../../demo/engine.js'
import { createServerBackend, type ServerBackend } from './backends.js'
import type { Dataset } from './dataset.js'
import type { DatasetResult, PreparedDataset } from './measure.js'
import { measurePresets } from './presets.js'
import { measureQuantized } from './quantized.js'
import { FAMILIES, type Family } from './techniques.js'

/** The parts. */
export const PARTS = [...FAMILIES, 'presets', 'quantized'] as const
export type Part = (typeof PARTS)[number]

/** Larger data sets are not quantized on a server, which would need an hour. Counts the numbers in all rows. */
const MAX_QUANTIZED_NUMBERS = 60e6

/** The numbers in all rows of a data set. */
const numbersOf = ({ documents }: Dataset) => documents.reduce((sum, { data }) => sum + data.length, 0)

/** Whether earlier results are of the same documents and queries. */
export function isSameData({ documents, rows, queries }: DatasetResult, data: Dataset): boolean {
  return (
    documents === data.documents.length &&
    rows === numbersOf(data) / data.dim &&
    queries === data.queries.length
  )
}

/** Whether a part has a result, or is not measured with these documents. */
export function hasPart(result: DatasetResult | undefined, part: Part, data: Dataset): boolean {
  if (part === 'quantized' && numbersOf(data) > MAX_QUANTIZED_NUMBERS) return true
  if (part === 'presets' || part === 'quantized') return result?.[part] !== undefined
  return result?.techniques.some(({ family }) => family === part) ?? false
}

/** Measures a part. Returns the results with the new ones in place of those of the same part. */
export async function measurePart(
  prepared: PreparedDataset,
  result: DatasetResult,
  part: Part,
  onStep: (step: string) => void,
): Promise<DatasetResult> {
  const { data } = prepared
  if (part === 'presets') {
    return withServer(onStep, async server => ({
      ...result,
      presets: await measurePresets(data, server, onStep),
    }))
  }
  if (part === 'quantized') {
    if (numbersOf(data) > MAX_QUANTIZED_NUMBERS) return result
    return withServer(onStep, async server =>
      server ? { ...result, quantized: await measureQuantized(data, server, onStep) } : result,
    )
  }
  const measured = await prepared.measure(part, onStep)
  const others = result.techniques.filter(({ family }) => family !== part)
  const order = (family: Family) => FAMILIES.indexOf(family)
  const techniques = [...others, ...measured].sort((a, b) => order(a.family) - order(b.family))
  return { ...result, techniques }
}

/** Calls `run` with a server, or without one if none is named. */
async function withServer<T>(
  log: (line: string) => void,
  run: (server: ServerBackend | undefined) => Promise<T>,
): Promise<T> {
  const found = await findEngine(undefined, process.env).catch((error: Error) => {
    if (!(error instanceof NoEngineError)) throw error
    log(
      'neither QDRANT_URL nor QDRANT_BIN names a server: presets are measured in the store only, quantizations not at all',
    )
    return undefined
  })
  try {
    return await run(found && (await createServerBackend(found)))
  } finally {
    await found?.stop()
  }
}
