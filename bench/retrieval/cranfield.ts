// A judged collection as contextual rows: whole documents, and questions of people with the documents that answer them.
// The folder has corpus.jsonl, queries.jsonl and qrels.tsv (BEIR's layout).

import { existsSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { openFile, readPoints } from '../../src/formats/index.js'
import { readCollection } from '../search/collection.js'
import { loadMiniLmRows, MINILM_DIM, MissingModelError } from '../shared/real-rows/minilm.js'
import type { Dataset } from './dataset.js'

/** Loads the collection in a folder. Returns undefined without one, or if the model cannot be installed. */
export async function loadJudged(
  folder: string | undefined,
  log: (line: string) => void,
): Promise<Dataset | undefined> {
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
  const name = basename(resolve(folder))
  const rowsOf = (texts: readonly string[], as: 'documents' | 'queries') =>
    loadMiniLmRows({ name: `${as} of ${name}`, texts, as, log })
  try {
    const documents = await rowsOf(texts, 'documents')
    const queryRows = await rowsOf(
      queries.map(({ text }) => text),
      'queries',
    )
    const positions = new Map(ids.map((id, index) => [id, index]))
    return {
      name: 'cranfield',
      title: 'Cranfield, judged questions, as contextual rows',
      dim: MINILM_DIM,
      documents,
      queries: queries.map(({ name }, i) => ({
        rows: queryRows[i]!,
        targets: [...qrels.get(name)!].flatMap(([id, grade]) => (grade > 0 ? (positions.get(id) ?? []) : [])),
      })),
      protect: 0,
      muvera: [{ kSim: 4, dimProj: 8, rReps: 20 }],
    }
  } catch (error) {
    if (!(error instanceof MissingModelError)) throw error
    log(`${name} is skipped: ${error.message}`)
    return undefined
  }
}
