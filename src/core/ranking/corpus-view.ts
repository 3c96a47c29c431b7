// The documents that a ranking works on.

import type { ScorableDocuments } from '../memory/document-table.js'
import type { Screen } from './rank-options.js'

/** A corpus as `rankQueries` sees it. */
export interface CorpusView {
  readonly documents: ScorableDocuments
  /** The int16 copy of the documents, with the screen `copy`. */
  readonly copy: ScorableDocuments | undefined
  readonly screen: Screen
}
