// Queries of a file, one per line: JSON such as {"id": "q1", "text": "…"} or {"id": "q1", "vector": [[0.1, 0.2]]}, or
// an id, a tab and a text. Or vectors in arrays or Parquet. Query ids may be any text, as in TREC's runs and qrels.

import type { PackedRows } from '../../collection/packed-rows.js'
import { type ByteSource, formatError } from '../bytes/byte-source.js'
import { linesOf } from '../bytes/lines.js'
import { textPiecesOf } from '../bytes/text-pieces.js'
import { binaryFormatOf, type PointFormat, readPoints } from '../read-points.js'
import { parseObject, recordPoint } from './jsonl.js'

/** A query of a file: a text or rows. */
export interface FileQuery {
  /**
   * The query's id. Default: the number of its line, from 1 on; in files of arrays the name of its array, or else its
   * position, from 0 on.
   */
  readonly name: string
  /** Undefined if the query has a vector. */
  readonly text: string | undefined
  /** Undefined if the query has a text. */
  readonly vector: PackedRows | undefined
}

/**
 * Yields the queries of a file: lines with texts or vectors, or .npy, .npz, safetensors and Parquet as `readPoints` reads
 * them. Blank lines are skipped.
 *
 * @throws FormatError if a line is not a query, or the file is invalid
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
  const format = await binaryFormatOf(source)
  if (format !== undefined) return yield* pointQueries(source, format)
  for await (const { text, line } of linesOf(textPiecesOf(source), source.name)) {
    if (text.trim() !== '') yield parseQuery(text, line, `${source.name}, line ${line}`)
  }
}

async function* pointQueries(source: ByteSource, format: PointFormat): AsyncGenerator<FileQuery> {
  let position = 0
  for await (const { id, vector, text, payload } of readPoints(source, { format })) {
    yield { name: String(id ?? payload.name ?? position), text, vector }
    position++
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
