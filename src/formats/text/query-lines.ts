// Queries of a file, one per line: JSON such as {"id": "q1", "text": "…"} or {"id": "q1", "vector": [[0.1, 0.2]]}, or
// an id, a tab and a text. Query ids may be any text, as in TREC's runs and qrels.

import type { PackedRows } from '../../collection/packed-rows.js'
import { type ByteSource, formatError } from '../bytes/byte-source.js'
import { linesOf } from '../bytes/lines.js'
import { textPiecesOf } from '../bytes/text-pieces.js'
import { parseObject, recordPoint } from './jsonl.js'

/** A query of a file: a text or rows. */
export interface FileQuery {
  /** The query's id. Default: the number of its line, from 1 on. */
  readonly name: string
  /** Undefined if the query has a vector. */
  readonly text: string | undefined
  /** Undefined if the query has a text. */
  readonly vector: PackedRows | undefined
}

/**
 * Yields the queries of a file. Blank lines are skipped.
 *
 * @throws FormatError if a line is not a query
 *
 * @example
 * import { bytesSource, readQueries } from 'maxsimd/formats'
 *
 * const file = bytesSource(new TextEncoder().encode('q1\twhere are spiders?\n'), 'queries.tsv')
 * const queries = []
 * for await (const { name, text } of readQueries(file)) queries.push([name, text])
 * queries // [['q1', 'where are spiders?']]
 */
export async function* readQueries(source: ByteSource): AsyncGenerator<FileQuery> {
  for await (const { text, line } of linesOf(textPiecesOf(source), source.name)) {
    if (text.trim() !== '') yield parseQuery(text, line, `${source.name}, line ${line}`)
  }
}

function parseQuery(text: string, line: number, path: string): FileQuery {
  if (!text.startsWith('{')) {
    const [name = '', ...rest] = text.split('\t')
    if (rest.length > 0) return { name: name.trim(), text: rest.join(' ').trim(), vector: undefined }
    throw formatError(path, 'expected {"id": "q1", "text": "…"}, or an id, a tab and a text')
  }
  const { id, _id, query, ...rest } = parseObject(text, path)
  const point = recordPoint({ text: query, ...rest }, path)
  return { name: String(id ?? _id ?? line), text: point.text, vector: point.vector }
}
