// What a ranking needs to know about a corpus.

import type { Kernel } from '../../kernel/kernel.js'
import type { ScorableDocuments } from '../memory/document-table.js'
import type { Metric } from '../metric.js'
import type { Screen } from './rank-options.js'

/** A corpus as `rankQueries` sees it. */
export interface CorpusView {
  readonly kernel: Kernel
  readonly metric: Metric
  readonly documents: ScorableDocuments
  readonly copy: ScorableDocuments | undefined
  readonly screen: Screen
}
