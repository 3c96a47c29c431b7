// Verifies a server's scores. Fetches hits together with their vectors in one request, so that both have the same version,
// rescores them in the kernel with the server's arithmetic, and compares each difference with its rounding bound. If that
// is affordable, reads every point to find missed ones; compares documents with a source of truth, if there is one.

import { checkKnownOptions, wholeNumber } from '../../base/check-options.js'
import type { CallProgress, ReadableCollection } from '../../collection/collection.js'
import { chooseField, isPlain, vectorFieldsOf } from '../../collection/vector-fields.js'
import type { MultiVector } from '../../core/multivector.js'
import type { Scorer } from '../../core/scorer.js'
import { withScorer } from '../scorer-fallback.js'
import { type CheckedHits, checkHits, findOrderFaults } from './check-hits.js'
import { compareDocuments, type DocumentSource } from './compare-documents.js'
import { findMissedPoints } from './find-missed.js'
import { boundInWords } from './rounding-bound.js'
import { readServerContext, type ServerContext } from './server-context.js'
import { metricOfStored } from './server-rounding.js'
import { type PreparedQuery, prepareQuery, type VerifyContext } from './verify-context.js'
import type { DocumentFault, HitCheck, MissedPoint, VerifyReport } from './verify-report.js'

/** Options of `verify`. */
export interface VerifyOptions {
  /** Name of the vector. Default: the collection's only multi-vector, or its only vector. */
  readonly using?: string | undefined
  /** Hits of each query. Default: 10. */
  readonly limit?: number | undefined
  /**
   * Search parameters of Qdrant. Default: `{ quantization: { ignore: true } }`. If the scores come from quantized vectors,
   * differences are only measured.
   */
  readonly params?: Readonly<Record<string, unknown>> | undefined
  /** Whether to read every point to find missed ones. Default: true if the collection has at most 10,000 points. */
  readonly scan?: boolean | undefined
  /** The documents that the collection should contain, as they were upserted. */
  readonly source?: DocumentSource | undefined
  /** Computes the local scores. Default: a new one, which is disposed at the end. */
  readonly scorer?: Scorer | undefined
  /** Cancels the call, which rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Called after each query, and every 32 points and documents. */
  readonly onProgress?: ((progress: CallProgress) => void) | undefined
}

const KNOWN_OPTIONS = [
  'using',
  'limit',
  'params',
  'scan',
  'source',
  'scorer',
  'signal',
  'onProgress',
] as const satisfies readonly (keyof VerifyOptions)[]

/** Up to this number of points, all are read unless `scan` is given. */
const MAX_SCANNED = 10_000

/** Results of the phases. */
interface Findings extends CheckedHits {
  readonly missed: readonly MissedPoint[]
  readonly scanned: number
  readonly faults: readonly DocumentFault[]
  readonly notes: readonly string[]
}

/**
 * Checks that a collection's scores equal the local kernel's, up to rounding.
 *
 * Works with a collection on a server, and with any other `ReadableCollection`.
 *
 * @param queries multi-vectors of the collection's size, at least one unless `source` is given; `sampleQueries` takes some
 *   from the collection
 * @returns what differs; a difference is not thrown
 * @throws TypeError or RangeError if an option or a query is wrong
 * @throws QdrantError if the server refuses a request
 * @example
 * import { QdrantClient } from '@qdrant/js-client-rest'
 * import { createCollection, deleteCollection, verify } from 'maxsimd/qdrant'
 *
 * const client = new QdrantClient({ url: 'http://127.0.0.1:6333', checkCompatibility: false })
 * const collection = await createCollection(client, 'verify-example', {
 *   vectors: { colbert: { size: 2, distance: 'Dot' } },
 * })
 * await collection.upsert([{ id: 1, vector: { colbert: [[1, 0], [0, 1]] } }])
 * const report = await verify(collection, [[[0.5, 0.5]]])
 * report.ok // true
 * report.checks[0].server // 0.5
 * report.checks[0].local // 0.5
 * await deleteCollection(client, 'verify-example')
 */
export async function verify(
  collection: ReadableCollection,
  queries: readonly MultiVector[],
  options: VerifyOptions = {},
): Promise<VerifyReport> {
  checkKnownOptions(options, KNOWN_OPTIONS, 'verify')
  const { params = { quantization: { ignore: true } }, source, signal, onProgress } = options
  const field = chooseField(vectorFieldsOf(collection.config.vectors), options.using)
  const limit = wholeNumber(options.limit ?? 10, 'limit', 1)
  if (queries.length === 0 && !source) throw new RangeError('"queries" expected at least one query, got none')
  return withScorer(options.scorer, async scorer => {
    const server = await readServerContext(collection, signal)
    const { arithmetic } = server
    const metric = metricOfStored(field.distance, field.datatype)
    const judged = isPlain(field.datatype) && isExact(params)
    const context: VerifyContext = {
      collection,
      field,
      scorer,
      metric,
      arithmetic,
      params,
      limit,
      judged,
      signal,
      onProgress,
    }
    const prepared = queries.map((query, index) => prepareQuery(context, query, `queries[${index}]`))
    const { checks, documents } = await checkHits(context, prepared)
    const points = await collection.count(undefined, { signal })
    const all = options.scan ?? points <= MAX_SCANNED
    const { missed, scanned } = all
      ? await findMissedPoints(context, prepared, checks, points)
      : { missed: [], scanned: 0 }
    const faults = source ? await compareDocuments(context, source, documents, all) : []
    const notes = all ? [] : ['missed points were not searched for: pass scan: true to read all points']
    const findings = { checks, documents, missed, scanned, faults, notes }
    return createReport(context, server, prepared, findings)
  })
}

/** Whether a search with these parameters ends with scores of the original vectors. */
function isExact(params: Readonly<Record<string, unknown>>): boolean {
  const { exact, quantization } = params as {
    exact?: boolean
    quantization?: { ignore?: boolean; rescore?: boolean }
  }
  return exact === true || quantization?.ignore === true || quantization?.rescore === true
}

function createReport(
  context: VerifyContext,
  server: ServerContext,
  queries: readonly PreparedQuery[],
  { checks: checksByQuery, missed, scanned, faults, notes }: Findings,
): VerifyReport {
  const { collection, field, scorer, judged, arithmetic } = context
  const checks = checksByQuery.flat()
  const order = checksByQuery.flatMap(hits => findOrderFaults(context, hits))
  const disagreements = checks.filter(({ ok }) => !ok).length
  const maxRows = Math.max(0, ...queries.map(({ stored }) => stored.data.length / field.size))
  return {
    ok: disagreements + order.length + faults.length + (judged ? missed.length : 0) === 0,
    collection: collection.name,
    version: server.version,
    kernel: scorer.kernel,
    using: field.name,
    distance: field.distance,
    datatype: field.datatype,
    queries: queries.length,
    hits: checks.length,
    disagreements,
    maxDifference: checks.reduce((max, { difference }) => Math.max(max, difference), 0),
    maxRatio: checks.reduce((max, check) => Math.max(max, ratioOf(check)), 0),
    bound: boundInWords(field, maxRows, arithmetic),
    judged,
    checks,
    order,
    missed,
    documents: faults,
    scanned,
    placement: server.placement,
    notes: [...server.notes, ...notes],
  }
}

const ratioOf = ({ difference, bound }: HitCheck) => (difference === 0 ? 0 : difference / bound)
