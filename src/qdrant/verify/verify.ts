// Does the server's score equal the kernel's? Fetches hits with their vectors, in one request and so of one version,
// scores them here the way the server says it does, and judges each difference by its bound. Reads every point, where
// that is affordable, to find what was missed; compares with a source of truth, where there is one.

import type { CallProgress, PointId, ReadableCollection } from '../../collection/collection.js'
import { documentOf, type PackedRows, packRows } from '../../collection/packed-rows.js'
import {
  chooseField,
  type Field,
  isPlain,
  selectionOf,
  vectorFieldsOf,
} from '../../collection/vector-fields.js'
import { METRICS } from '../../core/metric.js'
import type { MultiVector } from '../../core/multivector.js'
import { createLocalScorer, type Scorer } from '../../core/scorer.js'
import { compareDocuments, type DocumentSource } from './compare-documents.js'
import { type Arithmetic, type BoundedQuery, boundInWords, boundsFor } from './rounding-bound.js'
import { isServed, serverNotes } from './server-context.js'
import { asSent, asStored, metricOfStored } from './server-rounding.js'
import type { DocumentFault, HitCheck, MissedPoint, OrderFault, VerifyReport } from './verify-report.js'

export interface VerifyOptions {
  readonly using?: string | undefined
  /** Hits of each query. Left out: 10. */
  readonly limit?: number | undefined
  /** How the server searches. Left out: quantized copies ignored. With quantized scores errors are only measured. */
  readonly params?: Readonly<Record<string, unknown>> | undefined
  /** Reads every point to find what the server missed. Left out: if there are at most 10,000. */
  readonly scan?: boolean | undefined
  /** What the documents should be: a collection of the same ids, or multi-vectors by id, as they were upserted. */
  readonly source?: DocumentSource | undefined
  readonly scorer?: Scorer | undefined
  readonly signal?: AbortSignal | undefined
  /** Called after each query, and now and then while points are read. */
  readonly onProgress?: ((progress: CallProgress) => void) | undefined
}

const MOST_SCANNED = 10_000
/** Points between two calls of `onProgress`. */
const PAGE = 32

interface PreparedQuery {
  readonly asked: MultiVector
  readonly stored: PackedRows
  readonly bounds: BoundedQuery
}

/**
 * Holds a collection's scores against the kernel's.
 *
 * @throws RangeError if the queries are not right; what the server got wrong is in the report, not thrown
 */
export async function verify(
  collection: ReadableCollection,
  queries: readonly MultiVector[],
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  const { limit = 10, params = { quantization: { ignore: true } }, source, signal, onProgress } = options
  const field = chooseField(vectorFieldsOf(collection.config.vectors), options.using)
  const scorer = options.scorer ?? (await createLocalScorer())
  const notes: string[] = []
  const { arithmetic, spread } = await serverNotes(collection, notes, signal)
  const metric = metricOfStored(field.distance, field.datatype)
  const judged = isPlain(field.datatype) && isExact(params)
  const prepared = queries.map((asked, index) => prepare(scorer, field, asked, index, arithmetic))
  const checks: HitCheck[] = []
  const order: OrderFault[] = []
  const documents = new Map<PointId, PackedRows>()

  for (const [query, { asked, stored, bounds }] of prepared.entries()) {
    const hits = await collection.query(asked, {
      using: field.name,
      limit,
      params,
      with_vector: selectionOf(field),
      signal,
    })
    const found: HitCheck[] = []
    for (const [rank, hit] of hits.entries()) {
      const document = documentOf(hit, field)
      if (!document) continue
      documents.set(hit.id, document)
      const ours = scorer.score(stored, document, { metric })
      const bound = judged ? bounds.of(document, Math.max(ours, 0)) : Number.POSITIVE_INFINITY
      const difference = Math.abs(Math.fround(hit.score) - ours)
      const ok = difference <= bound
      const check = {
        query,
        id: hit.id,
        version: hit.version,
        rank,
        server: hit.score,
        local: ours,
        difference,
        bound,
        ok,
      }
      found.push(ok ? check : { ...check, row: await firstRow(check, asked, document) })
    }
    checks.push(...found)
    order.push(...(judged ? orderFaults(found) : []))
    onProgress?.({ phase: 'queries', done: query + 1, total: prepared.length })
  }

  const points = await collection.count(undefined, { signal })
  const wantsScan = options.scan ?? points <= MOST_SCANNED
  const missed: MissedPoint[] = []
  let scanned = 0
  if (wantsScan) scanned = await scan()
  else notes.push('points that the server missed were not looked for: pass scan: true to read all of them')
  const faults: DocumentFault[] = source
    ? await compareDocuments(collection, field, source, documents, wantsScan, { signal, onProgress })
    : []

  const disagreements = checks.filter(({ ok }) => !ok).length
  return {
    ok: disagreements + order.length + faults.length + (judged ? missed.length : 0) === 0,
    collection: collection.name,
    version: isServed(collection) ? collection.server.version.text : undefined,
    kernel: scorer.kernel,
    using: field.name,
    distance: field.distance,
    datatype: field.datatype,
    queries: queries.length,
    hits: checks.length,
    disagreements,
    maxDifference: checks.reduce((most, { difference }) => Math.max(most, difference), 0),
    maxRatio: checks.reduce((most, check) => Math.max(most, ratioOf(check)), 0),
    bound: boundInWords(
      field,
      Math.max(0, ...prepared.map(({ stored }) => stored.data.length / field.size)),
      arithmetic,
    ),
    judged,
    checks,
    order,
    missed,
    documents: faults,
    scanned,
    placement: spread,
    notes,
  }

  /** The first query row whose score, asked for alone, is beyond its bound too. */
  async function firstRow(
    { id }: HitCheck,
    asked: MultiVector,
    document: PackedRows,
  ): Promise<number | undefined> {
    const { data } = packRows(asked, field.size, 'query')
    for (let row = 0; row * field.size < data.length; row++) {
      const single = { data: data.slice(row * field.size, (row + 1) * field.size), dim: field.size }
      const { stored, bounds } = prepare(scorer, field, single, row, arithmetic)
      const filter = { must: [{ has_id: [id] }] }
      const [hit] = await collection.query(single, { using: field.name, limit: 1, params, filter, signal })
      const ours = scorer.score(stored, document, { metric })
      if (!hit || Math.abs(hit.score - ours) > bounds.of(document, Math.max(ours, 0))) return row
    }
    return undefined
  }

  /** Scores every point for every query, and keeps what beats the last hit by more than both bounds. */
  async function scan(): Promise<number> {
    const { ascending } = METRICS[metric]
    const hitsOf = prepared.map((_, query) => checks.filter(check => check.query === query))
    const known = hitsOf.map(hits => new Set(hits.map(({ id }) => id)))
    let count = 0
    for await (const { id, vector } of collection.scroll({
      with_payload: false,
      with_vector: selectionOf(field),
      signal,
    })) {
      count++
      if (count % PAGE === 0 || count === points)
        onProgress?.({ phase: 'points', done: count, total: points })
      const document = documentOf({ vector }, field)
      if (!document) continue
      for (const [query, { stored, bounds }] of prepared.entries()) {
        if (known[query]!.has(id)) continue
        const ours = scorer.score(stored, document, { metric })
        const last = hitsOf[query]!.at(-1)
        if (last && hitsOf[query]!.length >= limit) {
          const gap = ascending ? last.local - ours : ours - last.local
          if (gap <= 0 || gap <= last.bound + bounds.of(document, Math.max(ours, 0))) continue
        }
        missed.push({ query, id, local: ours, lastScore: last?.local ?? Number.NaN })
      }
    }
    return count
  }

  function orderFaults(hits: readonly HitCheck[]): OrderFault[] {
    const sign = METRICS[metric].ascending ? -1 : 1
    const faults: OrderFault[] = []
    for (const [index, first] of hits.entries()) {
      const better = hits
        .slice(index + 1)
        .find(hit => sign * (hit.local - first.local) > hit.bound + first.bound)
      if (better) {
        const gap = Math.abs(better.local - first.local)
        faults.push({ query: first.query, worse: first.id, better: better.id, gap })
      }
    }
    return faults
  }
}

const ratioOf = ({ difference, bound }: HitCheck) => (difference === 0 ? 0 : difference / bound)

/** Whether a search with these parameters ends in scores of the originals. */
function isExact(params: Readonly<Record<string, unknown>>): boolean {
  const { exact, quantization } = params as {
    exact?: boolean
    quantization?: { ignore?: boolean; rescore?: boolean }
  }
  return exact === true || quantization?.ignore === true || quantization?.rescore === true
}

function prepare(
  scorer: Scorer,
  field: Field,
  asked: MultiVector,
  index: number,
  arithmetic: Arithmetic,
): PreparedQuery {
  const rows = packRows(asked, field.size, `queries[${index}]`)
  const plain = asSent(rows, field.distance, field.datatype)
  const stored = asStored(rows, field.distance, field.datatype)
  return { asked, stored, bounds: boundsFor(scorer, field, plain, stored, arithmetic) }
}
