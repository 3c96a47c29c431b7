// Data sets of contextual rows, from all-MiniLM-L6-v2 (bench/shared/real-rows/minilm.ts). The model was trained for whole
// sentences, not for late interaction: the loss of a technique is more meaningful here than the number of documents that
// are found.
//
//   definitions   short documents: the definitions of all chosen queries, and others at equal steps through WordNet
//   passages      long documents: ten consecutive definitions of WordNet, which often have related meanings

import { readFileSync } from 'node:fs'
import { readDefinitions, wordnetFolder } from '../../demo/wordnet.js'
import { createStaticEncoder } from '../../src/encode/index.js'
import { loadMiniLmRows, MINILM_DIM, MissingModelError } from '../shared/real-rows/minilm.js'
import { chooseQueries, type Dataset, QUERIES } from './dataset.js'

const DEFINITIONS = 10_000
const PASSAGES = 1_000
/** Definitions in a passage. */
const PASSAGE_DEFINITIONS = 10

/** Texts, and queries that should each find one of them. */
interface Texts {
  readonly texts: readonly string[]
  readonly queries: readonly { readonly text: string; readonly target: number }[]
}

/** Reports progress. */
type Log = (line: string) => void

/** Loads the definitions. Returns undefined if the model cannot be installed. */
export const loadDefinitions = (log: Log): Promise<Dataset | undefined> =>
  load('definitions', 'Definitions as contextual rows', chooseDefinitions(), log)

/** Loads the passages. Returns undefined if the model cannot be installed. */
export const loadPassages = (log: Log): Promise<Dataset | undefined> =>
  load('passages', 'Passages as contextual rows', choosePassages(), log)

async function load(
  name: string,
  title: string,
  { texts, queries }: Texts,
  log: Log,
): Promise<Dataset | undefined> {
  const rowsOf = (texts: readonly string[], as: 'documents' | 'queries') =>
    loadMiniLmRows({ name: `${as} of ${name}`, texts, as, log })
  try {
    const documents = await rowsOf(texts, 'documents')
    const queryTexts = queries.map(({ text }) => text)
    const queryRows = await rowsOf(queryTexts, 'queries')
    return {
      name,
      title,
      dim: MINILM_DIM,
      documents,
      queries: queries.map(({ target }, i) => ({ targets: [target], rows: queryRows[i]! })),
      protect: 0,
      muvera: [
        { kSim: 4, dimProj: 8, rReps: 20 },
        { kSim: 5, dimProj: 16, rReps: 20 },
      ],
    }
  } catch (error) {
    if (!(error instanceof MissingModelError)) throw error
    log(`${name} is skipped: ${error.message}`)
    return undefined
  }
}

/** Creates a function that counts the words of a text that the static encoder knows. */
function createKnownWords(): (text: string) => number {
  // relative to build/, where the bundled program is
  const encoder = createStaticEncoder(readFileSync(new URL('../data/words.bin', import.meta.url)))
  return text => encoder.query(text).tokens.length
}

/** Chooses definitions, and queries for them by the rule of the dictionary. */
function chooseDefinitions(): Texts {
  const all = readDefinitions(wordnetFolder())
  const queries = chooseQueries(all, createKnownWords(), QUERIES)
  const chosen = new Set(queries.map(({ target }) => target))
  const others = [...all.keys()].filter(index => !chosen.has(index))
  for (let i = 0; chosen.size < DEFINITIONS; i++) {
    chosen.add(others[Math.floor((i * others.length) / (DEFINITIONS - queries.length))]!)
  }
  const indices = [...chosen].sort((a, b) => a - b)
  return {
    texts: indices.map(index => all[index]!.text),
    queries: queries.map(({ text, target }) => ({ text, target: indices.indexOf(target) })),
  }
}

/** Chooses passages. A query for a definition should find its passage. */
function choosePassages(): Texts {
  const all = readDefinitions(wordnetFolder())
  const runs = Math.floor(all.length / PASSAGE_DEFINITIONS)
  const passages = Array.from({ length: PASSAGES }, (_, i) => {
    const first = PASSAGE_DEFINITIONS * Math.floor((i * runs) / PASSAGES)
    return all.slice(first, first + PASSAGE_DEFINITIONS)
  })
  const queries = chooseQueries(passages.flat(), createKnownWords(), QUERIES)
  return {
    texts: passages.map(definitions => definitions.map(({ text }) => text).join('. ')),
    queries: queries.map(({ text, target }) => ({ text, target: Math.floor(target / PASSAGE_DEFINITIONS) })),
  }
}
