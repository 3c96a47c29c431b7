// Hits of a query with the matches of their rows. Documents and payloads are read while the store is locked; the encoder,
// which may take time, finds the tokens afterwards.

import type { Hit, Payload, PointId } from '../collection/collection.js'
import {
  labelDocuments,
  labelFieldsOf,
  labelMatches,
  matchSourceOf,
  queryTokensOf,
} from '../collection/match-labels.js'
import { nearestOf } from '../collection/search-options.js'
import { chooseField, type Field } from '../collection/vector-fields.js'
import type { Explanation, Match } from '../core/explanation.js'
import { type MultiVector, shapeOf } from '../core/multivector.js'
import type { PointLocation } from './columns/point-directory.js'
import type { FoundPoint } from './search/fusion.js'
import { parsePointParts, readPoint } from './search/point-reader.js'
import { fieldIndexOf, largestValue } from './search/query-context.js'
import type { QueryPlan } from './search/query-plan.js'
import { queryRows } from './search/query-rows.js'
import type { StoreContext } from './store-context.js'

/** The rows that documents are compared with. */
export interface ExplainRequest {
  readonly rows: MultiVector
  readonly field: Field
}

/** Explains the score of a document that a point has. Returns undefined if the document is damaged. */
export function explainSlot(
  context: StoreContext,
  { rows, field }: ExplainRequest,
  { segment, slot }: PointLocation,
  id: PointId,
): Promise<(Explanation & { readonly documentRows: number }) | undefined> {
  const fieldIndex = fieldIndexOf(context, field)
  const largest = largestValue(context, fieldIndex)
  return context.vectors.withDocument(segment, fieldIndex, slot, entry => ({
    ...context.formats[fieldIndex]!.explain(rows, entry, largest, `point ${id}`),
    documentRows: entry[1]!,
  }))
}

/** A hit, and the matches that have no tokens yet. */
export interface ReadHit {
  readonly hit: Hit
  readonly matches?: readonly Match[] | undefined
  /** Rows of the document. */
  readonly rows: number
  /** The payload that may name the rows. */
  readonly payload: Payload | undefined
}

/** Hits whose matches have no tokens yet. */
export interface ReadHits {
  readonly hits: readonly ReadHit[]
  /** The rows of the query, if matches are wanted. */
  readonly request: ExplainRequest | undefined
  /** The vector of the query, which may have tokens. */
  readonly source: unknown
}

/** Reads the hits of a query: the parts of points that its options select. The store is locked meanwhile. */
export async function readFoundPoints(
  context: StoreContext,
  plan: QueryPlan,
  found: readonly FoundPoint[],
): Promise<ReadHits> {
  const { query, options } = plan
  const { with_payload = false, with_vector = false } = options
  const parts = parsePointParts(context, { with_payload, with_vector })
  const request = options.with_matches ? await explainRequest(context, plan) : undefined
  const hits: ReadHit[] = []
  for (const each of found) {
    const { id, score, segment, slot } = each
    const point = await readPoint(context, each, id, parts)
    const explained = point && request && (await explainSlot(context, request, each, id))
    const payload = explained && (await labelPayload(context, request!, each))
    if (!point) continue
    const hit = { ...point, score, version: segment.versions[slot]! }
    hits.push({ hit, matches: explained?.matches, rows: explained?.documentRows ?? 0, payload })
  }
  return { hits, request, source: nearestOf(query) }
}

async function explainRequest(
  context: StoreContext,
  { query, options, path }: QueryPlan,
): Promise<ExplainRequest> {
  const field = chooseField(context.fields, options.using)
  const { rows } = await queryRows(context, query!, field, `${path}query`)
  return { rows, field }
}

async function labelPayload(
  context: StoreContext,
  { field }: ExplainRequest,
  { segment, slot }: PointLocation,
): Promise<Payload | undefined> {
  return labelFieldsOf(field, context.encoder).length > 0 ? context.payloads.read(segment, slot) : undefined
}

/** Checks that hits can have the parts that the options of a query select. */
export function checkHitParts(context: StoreContext, { query, options, path }: QueryPlan): void {
  parsePointParts(context, options)
  if (options.with_matches) matchSourceOf(query, options, context.fields, path)
}

/** Returns hits with the tokens of their matches. */
export async function labelHits(context: StoreContext, { hits, request, source }: ReadHits): Promise<Hit[]> {
  if (!request) return hits.map(({ hit }) => hit)
  const { rows, field } = request
  const labels = await labelDocuments(hits, field, context.encoder)
  const tokens = queryTokensOf(source, shapeOf(rows, 'query', field.size).rows)
  return hits.map(({ hit, matches }, i) => {
    return matches ? { ...hit, matches: labelMatches(matches, tokens, labels[i]!) } : hit
  })
}
