// The stages of a long call in words, on a line of progress.

import type { CallProgress } from '../../qdrant/index.js'
import type { Progress } from './progress.js'

const WORDS: Readonly<Record<CallProgress['stage'], (total: number) => string>> = {
  queries: total => `asking ${total} ${total === 1 ? 'query' : 'queries'}`,
  points: () => 'reading points',
  documents: () => 'comparing documents with their source',
}

/** Takes what a call tells of itself, and shows it. */
export function stagesOn(progress: Progress): (told: CallProgress) => void {
  let current: CallProgress['stage'] | undefined
  return ({ stage, done, total }) => {
    if (stage !== current) progress.stage(WORDS[stage](total))
    current = stage
    progress.at(Math.min(1, done / Math.max(1, total)))
  }
}
