// TREC's text formats for evaluations. A line of a run, the results of a system, is `query Q0 document rank score tag`.
// A line of qrels, the relevance judgements, is `query 0 document grade`. Blanks or tabs separate the fields. BEIR's
// qrels, with a header line and three fields, are read too. A line that begins with # is a comment, and all after the tag
// is ignored. Source: trec_eval 10, get_qrels.c and get_trec_results.c.

import { checkKnownOptions } from '../../base/check-options.js'
import { exactJson } from '../../base/exact-json.js'
import type { Qrels, Run } from '../../evaluation/judgements.js'
import { type ByteSource, formatError } from '../bytes/byte-source.js'
import { linesOf } from '../bytes/lines.js'
import { textPiecesOf } from '../bytes/text-pieces.js'

/** The results of a query, best first. */
export interface RunEntry {
  readonly query: string | number
  readonly hits: readonly { readonly id: string | number | bigint; readonly score: number }[]
}

/** The options of `runLines`. */
export interface RunLineOptions {
  /** The name of the system, in the last field of each line. Default: "maxsimd". */
  readonly tag?: string | undefined
  /**
   * Whether a smaller score is better, as with Euclid and Manhattan. Scores are then negated, because a larger score is
   * better in a run. Default: false.
   */
  readonly ascending?: boolean | undefined
}

/** A whole number. trec_eval cuts off a fraction, so only .0 is read. */
const GRADE = /^[+-]?\d{1,9}(?:\.0*)?$/
/** A decimal number. Number() would also read hexadecimal, octal and binary numbers. */
const SCORE = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/

type MutableGrades = Map<string, Map<string, number>>

/**
 * Reads relevance judgements into memory.
 *
 * @throws FormatError if a line has other fields, or judges a document a second time
 *
 * @example
 * import { bytesSource, readQrels } from 'maxsimd/formats'
 *
 * const qrels = await readQrels(bytesSource(new TextEncoder().encode('q1 0 d1 2\n'), 'qrels.txt'))
 * qrels.get('q1').get('d1') // 2
 */
export async function readQrels(source: ByteSource): Promise<Qrels> {
  const qrels: MutableGrades = new Map()
  let isFirst = true
  for await (const { fields, path } of fieldLinesOf(source, true)) {
    const isBeir = fields.length === 3
    const isHeader = isFirst && isBeir && fields[2] === 'score'
    isFirst = false
    if (isHeader) continue
    const [query, document, grade] = isBeir ? fields : [fields[0], fields[2], fields[3]]
    if (fields.length < 3 || fields.length > 4 || !GRADE.test(grade!)) {
      throw formatError(
        path,
        `expected "query 0 document grade", or "query document grade" as in BEIR, got ${quoted(fields)}`,
      )
    }
    addValue(qrels, { query: query!, document: document!, value: Number(grade), path })
  }
  return qrels
}

/**
 * Reads a run into memory. Like trec_eval, it takes the order from the scores and ignores the ranks.
 *
 * @throws FormatError if a line has other fields, or contains a document of a query a second time
 *
 * @example
 * import { bytesSource, readRun } from 'maxsimd/formats'
 *
 * const run = await readRun(bytesSource(new TextEncoder().encode('q1 Q0 d1 1 2.5 maxsimd\n'), 'run.txt'))
 * run.get('q1').get('d1') // 2.5
 */
export async function readRun(source: ByteSource): Promise<Run> {
  const run: MutableGrades = new Map()
  for await (const { fields, path } of fieldLinesOf(source)) {
    const [query, , document, , score] = fields
    if (fields.length < 6 || !SCORE.test(score!) || !Number.isFinite(Number(score))) {
      throw formatError(path, `expected "query Q0 document rank score tag", got ${quoted(fields)}`)
    }
    addValue(run, { query: query!, document: document!, value: Number(score), path })
  }
  return run
}

/** The fields of each line. `mayBeBeir`: three fields with tabs between them are BEIR's, whose ids may have blanks. */
async function* fieldLinesOf(source: ByteSource, mayBeBeir = false) {
  for await (const { text, line } of linesOf(textPiecesOf(source), source.name)) {
    const trimmed = text.trim()
    if (trimmed === '' || trimmed.startsWith('#')) continue
    const columns = trimmed.split('\t').map(column => column.trim())
    const isBeir = mayBeBeir && columns.length === 3 && columns.every(column => column !== '')
    yield { fields: isBeir ? columns : trimmed.split(/[ \t]+/), path: `${source.name}, line ${line}` }
  }
}

const quoted = (fields: readonly string[]) => JSON.stringify(fields.join(' ').slice(0, 100))

function addValue(
  values: MutableGrades,
  {
    query,
    document,
    value,
    path,
  }: { readonly query: string; readonly document: string; readonly value: number; readonly path: string },
): void {
  const byDocument = values.get(query) ?? new Map<string, number>()
  if (byDocument.has(document)) {
    throw formatError(path, `has document ${document} of query ${query} a second time`)
  }
  byDocument.set(document, value)
  values.set(query, byDocument)
}

/**
 * Yields the lines of a TREC run, each with its line end.
 *
 * @throws RangeError if an option is unknown, a name is empty or contains a blank, or a score is NaN or infinite
 *
 * @example
 * import { runLines } from 'maxsimd/formats'
 *
 * const hits = [{ id: 7, score: 2.5 }, { id: 3, score: 1 }]
 * const lines = [...runLines([{ query: 'q1', hits }], { tag: 'colbert' })]
 * lines // ['q1 Q0 7 1 2.5 colbert\n', 'q1 Q0 3 2 1 colbert\n']
 */
export function* runLines(rankings: Iterable<RunEntry>, options: RunLineOptions = {}): Generator<string> {
  checkKnownOptions(options, ['tag', 'ascending'], 'runLines')
  const { tag = 'maxsimd', ascending = false } = options
  checkField(tag, 'tag')
  for (const { query, hits } of rankings) {
    checkField(query, 'query')
    for (const [index, { id, score }] of hits.entries()) {
      checkField(id, 'id')
      if (!Number.isFinite(score)) throw new RangeError(`"score" expected a finite number, got ${score}`)
      yield `${query} Q0 ${id} ${index + 1} ${ascending ? -score : score} ${tag}\n`
    }
  }
}

function checkField(value: string | number | bigint, name: string): void {
  if (/^\S+$/.test(String(value))) return
  throw new RangeError(`"${name}" expected a name without blanks, got ${exactJson(value)}`)
}
