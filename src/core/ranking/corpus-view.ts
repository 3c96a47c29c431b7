// The documents that a ranking works on.

import type { ScorableDocuments } from '../memory/document-table.js'
import type { Screen } from '../screen.js'

/** A corpus as `rankQueries` sees it. */
export interface CorpusView {
  readonly documents: ScorableDocuments
  /** The copy of the documents, with the screens `i8` and `i16`. */
  readonly copy: ScorableDocuments | undefined
  readonly screen: Screen
}
