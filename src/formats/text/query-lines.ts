// Questions from a file: JSON lines of {"id", "text"} or {"id", "vector"}, or lines of `id <tab> text`. Their names are
// free, as those of runs and qrels are; a question without one has the number of its line.

import { type ByteSource, formatError, piecesOf } from '../bytes/byte-source.js'
import { linesOf } from '../bytes/lines.js'
import type { Rows } from '../file-point.js'
import { parseObject, recordPoint } from './jsonl.js'

/** A question of a file: a text, or rows. */
export interface FileQuery {
  readonly name: string
  readonly text: string | undefined
  readonly vector: Rows | undefined
}

/** The questions of a file; empty lines are none. */
export async function* readQueries(source: ByteSource): AsyncGenerator<FileQuery> {
  for await (const { text, line } of linesOf(piecesOf(source), source.name)) {
    if (text.trim() !== '') yield parseQuery(text, line, `${source.name}, line ${line}`)
  }
}

function parseQuery(text: string, line: number, place: string): FileQuery {
  if (!text.startsWith('{')) {
    const [name = '', ...rest] = text.split('\t')
    if (rest.length > 0) return { name: name.trim(), text: rest.join(' ').trim(), vector: undefined }
    throw formatError(place, 'expected {"id": "q1", "text": "…"}, or an id, a tab and a text')
  }
  const { id, _id, query, ...rest } = parseObject(text, place)
  const point = recordPoint({ text: query, ...rest }, place)
  return { name: String(id ?? _id ?? line), text: point.text, vector: point.vector }
}
