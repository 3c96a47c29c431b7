// A judged collection in the layout of BEIR: corpus.jsonl, queries.jsonl, and judgements in qrels.tsv or qrels/test.tsv.

import { existsSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import type { Qrels } from '../../src/evaluation/index.js'
import { openFile, readQrels, readQueries } from '../../src/formats/index.js'

export interface JudgedCollection {
  /** The name of the folder. */
  readonly name: string
  /** The path of the documents, as JSON lines. */
  readonly corpus: string
  /** The judged queries. */
  readonly queries: readonly { readonly name: string; readonly text: string }[]
  readonly qrels: Qrels
}

/** @throws Error if the folder lacks a file */
export async function readCollection(folder: string): Promise<JudgedCollection> {
  const [corpus, queriesFile] = [join(folder, 'corpus.jsonl'), join(folder, 'queries.jsonl')]
  const qrelsFile = [join(folder, 'qrels.tsv'), join(folder, 'qrels', 'test.tsv')].find(existsSync)
  for (const path of [corpus, queriesFile])
    if (!existsSync(path)) throw new Error(`--data expected a file ${path}`)
  if (qrelsFile === undefined) throw new Error(`--data expected qrels.tsv or qrels/test.tsv in ${folder}`)
  const judgements = await openFile(qrelsFile)
  const qrels = await readQrels(judgements).finally(() => judgements.close())
  const queries: { name: string; text: string }[] = []
  const file = await openFile(queriesFile)
  try {
    for await (const { name, text = '' } of readQueries(file))
      if (qrels.has(name)) queries.push({ name, text })
  } finally {
    await file.close()
  }
  return { name: basename(resolve(folder)), corpus, queries, qrels }
}
