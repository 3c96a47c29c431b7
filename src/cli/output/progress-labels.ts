// Progress lines for the phases of `verify`, `compare` and `advise`.

import type { CallProgress } from '../../qdrant/index.js'
import { formatCount } from './format-figures.js'
import type { Progress } from './progress.js'

/** An `onProgress` callback that shows the phases on `progress`. `documents`: what the phase of this name does. */
export function showPhases(
  progress: Progress,
  documents = 'comparing documents with their source',
): (report: CallProgress) => void {
  const labels: Readonly<Record<CallProgress['phase'], (total: number) => string>> = {
    queries: total => `running ${formatCount(total, 'query', 'queries')}`,
    points: () => 'reading points',
    documents: () => documents,
  }
  let current: CallProgress['phase'] | undefined
  return ({ phase, done, total }) => {
    if (phase !== current) progress.phase(labels[phase](total))
    current = phase
    progress.update(Math.min(1, done / Math.max(1, total)))
  }
}
