// Verifies a server's scores. Fetches hits together with their vectors in one request, so that both have the same version,
// rescores them in the kernel with the server's arithmetic, and compares each difference with its rounding bound. If that
// is affordable, reads every point to find missed ones; compares documents with a source of truth, if there is one.

import { checkKnownOptions, wholeNumber } from '../../base/check-options.js'
import { plural } from '../../base/plural.js'
import type { CallProgress, ReadableCollection } from '../../collection/collection.js'
import { fieldIn, isPlain } from '../../collection/vector-fields.js'
import type { MultiVector } from '../../core/multivector.js'
import type { Scorer } from '../../core/scorer.js'
import type { ShardOptions } from '../read-points.js'
import { withScorer } from '../scorer-fallback.js'
import { type CheckedHits, checkHits, findOrderFaults } from './check-hits.js'
import { compareDocuments, type DocumentComparison, type DocumentSource } from './compare-documents.js'
import { createDocumentFaults } from './document-faults.js'
import { findMissedPoints, type Scan } from './find-missed.js'
import { boundInWords } from './rounding-bound.js'
import { readServerContext, type ServerContext } from './server-context.js'
import { metricOfStored } from './server-rounding.js'
import { inShards } from './shard-view.js'
import { type PreparedQuery, prepareQuery, type VerifyContext } from './verify-context.js'
import type { DocumentFault, HitCheck, VerifyReport } from './verify-report.js'

/** Options of `verify`. */
export interface VerifyOptions extends ShardOptions {
  /** Name of the vector. Default: the collection's only multi-vector, or its only vector. */
  readonly using?: string | undefined
  /** Hits of each query. Default: 10. */
  readonly limit?: number | undefined
  /**
   * Search parameters of Qdrant. Default: `{ quantization: { ignore: true } }`. If the scores may come from quantized
   * vectors, differences are only measured.
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
  'shard_key',
  'scorer',
  'signal',
  'onProgress',
] as const satisfies readonly (keyof VerifyOptions)[]

/** Up to this number of points, all are read unless `scan` is given. */
const MAX_SCANNED = 10_000

/** Results of the phases. */
interface Findings extends CheckedHits, Scan {
  readonly faults: readonly DocumentFault[]
  readonly problems: readonly string[]
  /** Number of documents that were compared with the source. */
  readonly compared: number
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
  const field = fieldIn(collection, options.using)
  const limit = wholeNumber(options.limit ?? 10, 'limit', 1)
  if (queries.length === 0 && !source) throw new RangeError('"queries" expected at least one query, got none')
  const shards = inShards(collection, options.shard_key)
  return withScorer(options.scorer, async scorer => {
    const server = await readServerContext(collection, field, signal)
    const { arithmetic } = server
    const metric = metricOfStored(field.distance, field.datatype)
    const judged = isPlain(field.datatype) && (!server.isQuantized || isExact(params))
    const context: VerifyContext = {
      collection: shards,
      field,
      scorer,
      metric,
      arithmetic,
      params,
      limit,
      prefetched: server.needsPrefetch ? Math.max(1, await shards.count(undefined, { signal })) : undefined,
      isExhaustive: isExhaustive(params, server),
      hasReplicas: server.placement !== undefined && server.placement.replicas > server.placement.shards,
      judged,
      faults: createDocumentFaults(),
      signal,
      onProgress,
    }
    const prepared = queries.map((query, index) => prepareQuery(context, query, `queries[${index}]`))
    const hits = await checkHits(context, prepared)
    const points = await shards.count(undefined, { signal })
    const all = options.scan ?? points <= MAX_SCANNED
    const scan = all
      ? await findMissedPoints(context, prepared, hits, points)
      : { missed: [], scanned: 0, recall: undefined, notes: [] }
    const counted = all ? await compareCounts(context, points, scan.scanned) : NOTHING_FOUND
    const documents = source && (await compareDocuments(context, source, hits.documents, all))
    const zeros = zeroFaults(context, documents)
    return createReport(context, server, prepared, {
      ...hits,
      ...scan,
      faults: [...context.faults.list(), ...(documents?.faults ?? []), ...zeros.faults],
      problems: [...counted.problems, ...(documents?.problems ?? [])],
      compared: documents?.compared ?? 0,
      notes: [
        ...(all || options.scan === false ? [] : [NOT_SCANNED]),
        ...scan.notes,
        ...counted.notes,
        ...(documents?.notes ?? []),
        ...zeros.notes,
      ],
    })
  })
}

const NOT_SCANNED = 'missed points were not searched for: pass scan: true to read all points'

const NOTHING_FOUND = { problems: [], notes: [] }

/** Compares the number of points that the server counts with the number of points that were read. */
async function compareCounts(
  { collection, signal }: VerifyContext,
  before: number,
  scanned: number,
): Promise<{ readonly problems: readonly string[]; readonly notes: readonly string[] }> {
  if (before === scanned) return NOTHING_FOUND
  const after = await collection.count(undefined, { signal })
  if (after !== before) {
    return {
      problems: [],
      notes: [`the collection changed meanwhile: it had ${before} points, then ${after}`],
    }
  }
  const problem =
    `the server counts ${plural(before, 'point')}, and ${scanned} can be read: ` +
    'shards may have the same ids, or a replica may be behind'
  return { problems: [problem], notes: [] }
}

/** Documents that are stored as zeros: a fault if the source has other numbers, or in uint8, which truncates fractions. */
function zeroFaults(
  { faults, field }: VerifyContext,
  documents: DocumentComparison | undefined,
): { readonly faults: readonly DocumentFault[]; readonly notes: readonly string[] } {
  const zeros = faults.zeros()
  const wrong = documents
    ? zeros.filter(id => documents.zeroed.has(id))
    : field.datatype === 'uint8'
      ? zeros
      : []
  const notes =
    !documents && wrong.length < zeros.length
      ? [`${plural(zeros.length, 'document')} ${zeros.length === 1 ? 'consists' : 'consist'} of zeros only`]
      : []
  return { faults: wrong.map(id => ({ id, fault: 'zeros' as const })), notes }
}

/** Whether a search with these parameters ends with scores of the original vectors. */
function isExact(params: Readonly<Record<string, unknown>>): boolean {
  const { exact, quantization } = params as {
    exact?: boolean
    quantization?: { ignore?: boolean; rescore?: boolean }
  }
  return exact === true || quantization?.ignore === true || quantization?.rescore === true
}

/** Whether a search with these parameters scores every point with its original vectors. */
function isExhaustive(
  params: Readonly<Record<string, unknown>>,
  { hasGraph, isQuantized }: Pick<ServerContext, 'hasGraph' | 'isQuantized'>,
): boolean {
  const { exact, indexed_only, quantization } = params as {
    exact?: boolean
    indexed_only?: boolean
    quantization?: { ignore?: boolean }
  }
  if (exact === true) return true
  return !hasGraph && indexed_only !== true && (!isQuantized || quantization?.ignore === true)
}

function createReport(
  context: VerifyContext,
  server: ServerContext,
  queries: readonly PreparedQuery[],
  findings: Findings,
): VerifyReport {
  const { checks: checksByQuery, missed, scanned, recall, faults, problems } = findings
  const { collection, field, scorer, judged, arithmetic } = context
  const checks = checksByQuery.flat()
  const largest = checks.reduce<HitCheck | undefined>(
    (max, check) => (max && max.difference >= check.difference ? max : check),
    undefined,
  )
  const order = checksByQuery.flatMap(hits => findOrderFaults(context, hits))
  const disagreements = checks.filter(({ ok }) => ok === false).length
  const maxRows = Math.max(0, ...queries.map(({ stored }) => stored.data.length / field.size))
  const faulty = disagreements + order.length + faults.length + problems.length + (judged ? missed.length : 0)
  const unjudged = unjudgedReason(context, checks.length, findings.compared, queries.length)
  return {
    ok: faulty > 0 ? false : unjudged === undefined ? true : undefined,
    collection: collection.name,
    version: server.version,
    kernel: scorer.kernel,
    using: field.name,
    distance: field.distance,
    datatype: field.datatype,
    queries: queries.length,
    hits: checks.length,
    disagreements,
    maxDifference: largest?.difference ?? 0,
    allowedDifference: largest?.bound ?? 0,
    maxRatio: checks.reduce((max, check) => Math.max(max, ratioOf(check)), 0),
    bound: boundInWords(field, maxRows, arithmetic),
    judged,
    checks,
    order,
    missed,
    documents: faults,
    problems,
    recall,
    scanned,
    placement: server.placement,
    notes: [
      ...server.notes,
      ...findings.notes,
      ...(unjudged === undefined ? [] : [`not judged: ${unjudged}`]),
    ],
  }
}

/** Why a report without faults does not mean that all is well. undefined if it does. */
function unjudgedReason(
  { field, judged }: VerifyContext,
  hits: number,
  compared: number,
  queries: number,
): string | undefined {
  if (hits + compared === 0) return 'nothing was compared, because there are no hits'
  if (judged || queries === 0) return undefined
  return isPlain(field.datatype)
    ? 'the scores come from quantized vectors'
    : `${field.datatype} codes cannot be read back as they are scored`
}

const ratioOf = ({ difference, bound }: HitCheck) => (difference === 0 ? 0 : difference / bound)
