// A judged collection as contextual rows, or as static word vectors: whole documents, and questions of people with the
// documents that answer them.
// The folder has corpus.jsonl, queries.jsonl and qrels.tsv (BEIR's layout).

import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { inverseDocumentFrequency } from '../../src/encode/index.js'
import { openFile, readPoints } from '../../src/formats/index.js'
import { readCollection } from '../search/collection.js'
import { loadMiniLmRows, MINILM_DIM, MissingModelError } from '../shared/real-rows/minilm.js'
import { type Dataset, openWordEncoder, weightedBy } from './dataset.js'

/** The texts of a judged collection. */
interface JudgedTexts {
  readonly texts: readonly string[]
  /** The questions, and the positions of the documents that answer each. */
  readonly queries: readonly { readonly text: string; readonly targets: readonly number[] }[]
}

/** Reads the collection in a folder. Returns undefined without one. */
async function readTexts(
  folder: string | undefined,
  log: (line: string) => void,
): Promise<JudgedTexts | undefined> {
  if (folder === undefined || !existsSync(folder)) {
    log('cranfield is skipped: --data expected its folder')
    return undefined
  }
  const { corpus, queries, qrels } = await readCollection(folder)
  const ids: string[] = []
  const texts: string[] = []
  const file = await openFile(corpus)
  try {
    for await (const { id, text = '' } of readPoints(file)) {
      if (text.trim() === '') continue
      ids.push(String(id))
      texts.push(text)
    }
  } finally {
    await file.close()
  }
  const positions = new Map(ids.map((id, index) => [id, index]))
  return {
    texts,
    queries: queries.map(({ name, text }) => ({
      text,
      targets: [...qrels.get(name)!].flatMap(([id, grade]) => (grade > 0 ? (positions.get(id) ?? []) : [])),
    })),
  }
}

/** Loads the collection in a folder as static word vectors, with weighted queries as those of the reverse dictionary. */
export async function loadJudgedWords(
  folder: string | undefined,
  log: (line: string) => void,
): Promise<Pick<Dataset, 'documents' | 'queries'> | undefined> {
  const read = await readTexts(folder, log)
  if (!read) return undefined
  const encoder = openWordEncoder()
  const documents = encoder.documents(read.texts)
  const idf = inverseDocumentFrequency(documents)
  const queries = read.queries.flatMap(({ text, targets }) => {
    const encoded = encoder.query(text)
    return encoded.tokens.length > 0 ? [{ targets, rows: weightedBy(encoded, idf) }] : []
  })
  return { documents, queries }
}

/** Loads the collection in a folder. Returns undefined without one, or if the model cannot be installed. */
export async function loadJudged(
  folder: string | undefined,
  log: (line: string) => void,
): Promise<Dataset | undefined> {
  const read = await readTexts(folder, log)
  if (!read) return undefined
  const { texts, queries } = read
  const name = basename(resolve(folder!))
  const rowsOf = (texts: readonly string[], as: 'documents' | 'queries') =>
    loadMiniLmRows({ name: `${as} of ${name}`, texts, as, log })
  try {
    const documents = await rowsOf(texts, 'documents')
    const queryRows = await rowsOf(
      queries.map(({ text }) => text),
      'queries',
    )
    return {
      name: 'cranfield',
      title: 'Cranfield, judged questions, as contextual rows',
      dim: MINILM_DIM,
      documents,
      queries: queries.map(({ targets }, i) => ({ targets, rows: queryRows[i]! })),
      protect: 0,
      muvera: [{ kSim: 4, dimProj: 8, rReps: 20 }],
    }
  } catch (error) {
    if (!(error instanceof MissingModelError)) throw error
    log(`${name} is skipped: ${error.message}`)
    return undefined
  }
}
