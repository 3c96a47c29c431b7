// TREC's two kinds of text: runs (what a system found) and qrels (what was judged). A line of a run is
// `query Q0 document rank score tag`, one of qrels is `query 0 document judgement`; blanks separate. BEIR's qrels, with a
// head line and tabs, are read too. Source: trec_eval's README and its form_trec_results.c.

import type { Qrels, Run } from '../../evaluation/judgements.js'
import { type ByteSource, formatError, piecesOf } from '../bytes/byte-source.js'
import { linesOf } from '../bytes/lines.js'

/** Reads qrels whole. */
export async function readQrels(source: ByteSource): Promise<Qrels> {
  const all = new Map<string, Map<string, number>>()
  for await (const { fields, place, line } of rows(source)) {
    const isBeir = fields.length === 3
    if (line === 1 && isBeir && fields[2] === 'score') continue
    const [query, document, judged] = isBeir ? fields : [fields[0], fields[2], fields[3]]
    if (fields.length < 3 || fields.length > 4 || !isWhole(judged!)) {
      throw formatError(
        place,
        `expected "query 0 document judgement", got ${JSON.stringify(fields.join(' ').slice(0, 100))}`,
      )
    }
    put(all, query!, document!, Number(judged), place)
  }
  return all
}

/** Reads a run whole. Ranks in it are not looked at: scores say the order, as trec_eval has it. */
export async function readRun(source: ByteSource): Promise<Run> {
  const all = new Map<string, Map<string, number>>()
  for await (const { fields, place } of rows(source)) {
    const [query, , document, , score] = fields
    if (fields.length !== 6 || !Number.isFinite(Number(score))) {
      throw formatError(
        place,
        `expected "query Q0 document rank score tag", got ${JSON.stringify(fields.join(' ').slice(0, 100))}`,
      )
    }
    put(all, query!, document!, Number(score), place)
  }
  return all
}

async function* rows(source: ByteSource) {
  for await (const { text, line } of linesOf(piecesOf(source), source.name)) {
    const fields = text.trim().split(/[ \t]+/)
    if (text.trim() !== '') yield { fields, line, place: `${source.name}, line ${line}` }
  }
}

const isWhole = (text: string) => /^-?\d{1,9}$/.test(text)

function put(
  all: Map<string, Map<string, number>>,
  query: string,
  document: string,
  value: number,
  place: string,
) {
  const of = all.get(query) ?? new Map<string, number>()
  if (of.has(document)) throw formatError(place, `has document ${document} a second time for query ${query}`)
  of.set(document, value)
  all.set(query, of)
}

/** A query's hits, best first. */
export interface RunEntry {
  readonly query: string | number
  readonly hits: readonly { readonly id: string | number; readonly score: number }[]
}

/**
 * Lines of a TREC run. Scores rise with rank in collections by distance: `ascending` negates them, so that larger is
 * better, as a run has it.
 *
 * @throws RangeError if a name has a blank, which would be another field
 */
export function* runLines(
  rankings: Iterable<RunEntry>,
  { tag = 'maxsimd', ascending = false }: { readonly tag?: string; readonly ascending?: boolean } = {},
): Generator<string> {
  const named = (name: string | number, what: string) => {
    if (/^\S+$/.test(String(name))) return name
    throw new RangeError(`"${what}" expected a name without blanks, got ${JSON.stringify(name)}`)
  }
  named(tag, 'tag')
  for (const { query, hits } of rankings) {
    for (const [rank, { id, score }] of hits.entries()) {
      yield `${named(query, 'query')} Q0 ${named(id, 'id')} ${rank + 1} ${ascending ? -score : score} ${tag}\n`
    }
  }
}
