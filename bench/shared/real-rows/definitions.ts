// Workloads of MiniLM's rows: definitions of WordNet, and queries that a program could get.
//
//   definitions  10,000 definitions in random order; a query is 32 rows, from definitions that are not among them
//   short        the same documents; a query is the other words of a synset, 4 or 5 rows, as most real queries
//
// The choice is seeded, so every machine has the same texts.

import { type Definition, readDefinitions, wordnetFolder } from '../../../demo/wordnet.js'
import type { FlatMultiVector } from '../../../src/index.js'
import { between, type Random, random } from '../../../test/support/random.js'
import type { WorkloadRows } from '../workload-rows.js'
import { loadMiniLmRows } from './minilm.js'

/** The texts of the workloads. */
export interface DefinitionTexts {
  readonly documents: readonly string[]
  /** Definitions that are not among the documents, joined until they have at least 32 tokens. */
  readonly long: readonly string[]
  /** The words of a synset but the first, for some of the documents. Those with 4 or 5 rows become queries. */
  readonly short: readonly string[]
}

const DOCUMENTS = 10_000
/** Queries of a workload. */
const QUERIES = 8
const LONG_ROWS = 32
const SHORT_ROWS = [4, 5] as const
/** Definitions in a long text. With the shortest ones it still has more than 32 tokens. */
const JOINED = 8
/** Texts from which the short queries are chosen. About one in five has 4 or 5 rows. */
const SHORT_TEXTS = 200

/** Chooses the texts from all definitions. */
export function chooseTexts(
  all: readonly Pick<Definition, 'words' | 'text'>[],
  documents: number,
): DefinitionTexts {
  const shuffled = shuffle(random(1), all)
  const chosen = shuffled.slice(0, documents)
  const others = shuffled.slice(documents, documents + QUERIES * JOINED)
  return {
    documents: chosen.map(({ text }) => text),
    long: Array.from({ length: QUERIES }, (_, i) =>
      others
        .slice(JOINED * i, JOINED * (i + 1))
        .map(({ text }) => text)
        .join('. '),
    ),
    short: chosen
      .filter(({ words }) => words.length > 1)
      .slice(0, SHORT_TEXTS)
      .map(({ words }) => words.slice(1).join(' ')),
  }
}

/** The items in random order. */
function shuffle<T>(next: Random, items: readonly T[]): T[] {
  const shuffled = [...items]
  for (let i = shuffled.length - 1; i > 0; i--) {
    const other = between(next, 0, i)
    const item = shuffled[i]!
    shuffled[i] = shuffled[other]!
    shuffled[other] = item
  }
  return shuffled
}

/** The first `rows` rows. */
export const firstRows = ({ data, dim }: FlatMultiVector, rows: number): FlatMultiVector => ({
  data: data.slice(0, rows * dim),
  dim,
})

/** Chooses queries of each of the wanted numbers of rows, in turns, as many of each. */
export function queriesOfRows(
  encoded: readonly FlatMultiVector[],
  wanted: readonly number[],
  count: number,
): FlatMultiVector[] {
  const byRows = wanted.map(rows => encoded.filter(({ data, dim }) => data.length === rows * dim))
  return Array.from({ length: count }, (_, i) => {
    const query = byRows[i % wanted.length]![Math.floor(i / wanted.length)]
    if (!query) throw new Error(`there are fewer than ${count} queries of ${wanted.join(' or ')} rows`)
    return query
  })
}

type Log = (line: string) => void

/** The texts of all workloads. */
export const chooseDefinitions = (): DefinitionTexts =>
  chooseTexts(readDefinitions(wordnetFolder()), DOCUMENTS)

/** Loads the rows of the documents. */
export const loadDocumentRows = (texts: DefinitionTexts, log: Log): Promise<FlatMultiVector[]> =>
  loadMiniLmRows({ name: 'definitions', texts: texts.documents, as: 'documents', log })

/** Loads the rows of the texts for long queries. */
export const loadLongQueries = (texts: DefinitionTexts, log: Log): Promise<FlatMultiVector[]> =>
  loadMiniLmRows({ name: 'long queries', texts: texts.long, as: 'queries', log })

/** Loads the workload `definitions`. */
export async function loadDefinitions(log: Log): Promise<WorkloadRows> {
  const texts = chooseDefinitions()
  const documents = await loadDocumentRows(texts, log)
  const long = await loadLongQueries(texts, log)
  return withQueries(
    documents,
    long.map(query => firstRows(query, LONG_ROWS)),
  )
}

/** Loads the workload `short`. */
export async function loadShortQueries(log: Log): Promise<WorkloadRows> {
  const texts = chooseDefinitions()
  const documents = await loadDocumentRows(texts, log)
  const encoded = await loadMiniLmRows({ name: 'short queries', texts: texts.short, as: 'queries', log })
  return withQueries(documents, queriesOfRows(encoded, SHORT_ROWS, QUERIES))
}

/** A workload of several queries. */
export function withQueries(
  documents: readonly FlatMultiVector[],
  queries: readonly FlatMultiVector[],
): WorkloadRows {
  const [query, ...others] = queries
  return { query: query!, others, documents }
}
