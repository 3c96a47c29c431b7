// What LEMUR costs when documents are added: the fit to a sample, and the vector of a document of 128 rows of 128.

import { fitLemur } from '../../src/stages/index.js'
import { random } from '../../test/support/random.js'
import { processor } from '../shared/machine.js'
import { summarize } from '../shared/timing.js'
import { unitRows } from '../shared/unit-rows.js'
import type { Dataset } from './dataset.js'
import { fitToDataset } from './techniques.js'

/** The costs of LEMUR. The field names are those of bench/results/retrieval.json. */
export interface LemurCosts {
  /** The processor it was measured on. */
  readonly processor: string
  readonly size: number
  /** Documents that the map was fitted to. */
  readonly documents: number
  readonly fitSeconds: number
  /** The vector of a document of 128 rows of 128, median. */
  readonly documentMilliseconds: number
}

const SIZES = [512, 1024]
const ROWS = 128
const DIM = 128
const REPETITIONS = 60

/** Measures the fit to at most ten thousand documents of a data set, and the vectors of documents. */
export async function measureCosts(
  data: Dataset,
  onSize: (size: string) => void,
): Promise<readonly LemurCosts[]> {
  const next = random(7)
  const documents = Array.from({ length: 100 }, () => unitRows(next, ROWS, DIM))
  const results: LemurCosts[] = []
  for (const size of SIZES) {
    onSize(`costs of LEMUR of ${size}`)
    const started = performance.now()
    await fitToDataset(data, size)
    const fitSeconds = (performance.now() - started) / 1000
    const lemur = await fitLemur(documents, { size })
    // the first call computes what all documents share
    for (const document of documents.slice(0, 5)) lemur.document(document)
    const times = Array.from({ length: REPETITIONS }, (_, i) => {
      const from = performance.now()
      lemur.document(documents[i % documents.length]!)
      return performance.now() - from
    })
    results.push({
      processor: processor(),
      size,
      documents: Math.min(10_000, data.documents.length),
      fitSeconds,
      documentMilliseconds: summarize(times).median,
    })
  }
  return results
}
