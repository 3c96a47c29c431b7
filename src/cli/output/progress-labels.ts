// The stages of a long call in words, on a line of progress.

import type { CallProgress } from '../../qdrant/index.js'
import type { Progress } from './progress.js'

const WORDS: Readonly<Record<CallProgress['phase'], (total: number) => string>> = {
  queries: total => `asking ${total} ${total === 1 ? 'query' : 'queries'}`,
  points: () => 'reading points',
  documents: () => 'comparing documents with their source',
}

/** Takes what a call tells of itself, and shows it. */
export function showPhases(progress: Progress): (told: CallProgress) => void {
  let current: CallProgress['phase'] | undefined
  return ({ phase, done, total }) => {
    if (phase !== current) progress.stage(WORDS[phase](total))
    current = phase
    progress.at(Math.min(1, done / Math.max(1, total)))
  }
}
