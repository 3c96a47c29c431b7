// Progress lines for the phases of `verify` and `compare`.

import type { CallProgress } from '../../qdrant/index.js'
import { formatCount } from './format-figures.js'
import type { Progress } from './progress.js'

const LABELS: Readonly<Record<CallProgress['phase'], (total: number) => string>> = {
  queries: total => `running ${formatCount(total, 'query', 'queries')}`,
  points: () => 'reading points',
  documents: () => 'comparing documents with their source',
}

/** An `onProgress` callback that shows the phases on `progress`. */
export function showPhases(progress: Progress): (report: CallProgress) => void {
  let current: CallProgress['phase'] | undefined
  return ({ phase, done, total }) => {
    if (phase !== current) progress.phase(LABELS[phase](total))
    current = phase
    progress.update(Math.min(1, done / Math.max(1, total)))
  }
}
