// `with_matches`: which row of each hit every query row matched. The query also returns the vectors of its hits, and the
// local kernel compares their rows. So only the winners' vectors are sent.
//
// A point can change after it was scored and before its vectors are read. So the local score must be the server's, up to
// rounding. If it is not (also if the server's score is of quantized vectors or of codes), the point is scored once more: if
// it has the same version, or the same score, it did not change. Otherwise its hit has no matches.

import { checkSelections } from '../collection/call-options.js'
import type { Hit, Payload, PayloadSelection, PointId, Selection } from '../collection/collection.js'
import {
  labelDocuments,
  labelFieldsOf,
  labelMatches,
  type MatchSource,
  matchSourceOf,
  queryTokensOf,
} from '../collection/match-labels.js'
import { namingPoints } from '../collection/name-points.js'
import { documentOf, type PackedRows, packRows } from '../collection/packed-rows.js'
import type { RowMatch } from '../collection/row-match.js'
import type { Query, QueryOptions } from '../collection/search-options.js'
import { chooseField, type Field, isPlain, selectionOf, selects } from '../collection/vector-fields.js'
import { rowsFor } from '../collection/vector-input.js'
import type { Explanation } from '../core/explanation.js'
import type { Scorer } from '../core/scorer.js'
import { queryByIds, type RunQuery } from './points-by-id.js'
import type { ServerQueryContext } from './query-context.js'
import { retrieveServerPoints, type ShardKey } from './read-points.js'
import { createScoreCheck } from './score-check.js'
import { asStored, metricOfStored } from './verify/server-rounding.js'

/** What matches are computed with. */
export interface MatchContext extends ServerQueryContext {
  readonly query: RunQuery
}

/** A query whose hits get matches. */
export interface MatchPlan {
  readonly field: Field
  /** The vector of the query, or the id of the point that has it. */
  readonly source: MatchSource
  /** The rows of the query; undefined if it is an id. */
  readonly rows: PackedRows | undefined
  /** The options of the caller. */
  readonly options: QueryOptions
  /** The options that are sent: hits also have their vector, and the payload fields that name its rows. */
  readonly sent: QueryOptions
  /** Payload fields that are sent only for the matches. */
  readonly added: readonly string[]
}

/**
 * Plans the matches of a query, if its options ask for them.
 *
 * @param path names the query in errors: '' for a single one, `queries[0].` in a batch
 * @throws RangeError if the query has not the rows of one vector
 */
export function planMatches(
  query: Query | undefined,
  options: QueryOptions,
  { fields, encoder }: Pick<ServerQueryContext, 'fields' | 'encoder'>,
  path = '',
): MatchPlan | undefined {
  if (options.with_matches !== true) return undefined
  const source = matchSourceOf(query, options, fields, path)
  const field = chooseField(fields, options.using, `${path}using`)
  const queryPath = `${path}query`
  const rows =
    typeof source === 'object'
      ? packRows(rowsFor(source, field, queryPath), field.size, queryPath)
      : undefined
  checkSelections(options, path)
  const { payload, added } = withFields(options.with_payload, labelFieldsOf(field, encoder))
  const sent = {
    ...options,
    with_vector: withVector(options.with_vector, field),
    with_payload: payload,
  }
  return { field, source, rows, options, sent, added }
}

/** Adds matches to the hits of a query, and removes what was sent for them only. */
export async function addMatches(
  context: MatchContext,
  plan: MatchPlan,
  hits: readonly Hit[],
): Promise<Hit[]> {
  const { field, source } = plan
  const rows = plan.rows ?? (await rowsOfPoint(context, plan))
  if (!rows || hits.length === 0) return hits.map(hit => withoutAdded(hit, plan))
  const query = { field, rows, source }
  const explained = explainDocuments(
    await context.scorer(),
    query,
    hits.map(hit => ({ id: hit.id, document: documentOf(hit, field), payload: hit.payload })),
  )
  const unchanged = await onlyUnchanged(context, query, plan.options, { hits, explained })
  const matches = await labelDocumentsOf(context, query, unchanged)
  return hits.map((hit, i) => ({
    ...withoutAdded(hit, plan),
    ...(matches[i] && { matches: matches[i] }),
  }))
}

/** A document and the payload that may name its rows. */
export interface MatchedDocument {
  readonly id: PointId
  /** undefined: it has no matches. */
  readonly document: PackedRows | undefined
  readonly payload: Payload | undefined
}

/** The query that documents are compared with. */
export interface MatchQuery {
  readonly field: Field
  readonly rows: PackedRows
  readonly source: MatchSource
}

/** Returns the matches of documents. */
export async function matchDocuments(
  context: Pick<MatchContext, 'scorer' | 'encoder'>,
  query: MatchQuery,
  documents: readonly MatchedDocument[],
): Promise<readonly (RowMatch[] | undefined)[]> {
  return labelDocumentsOf(context, query, explainDocuments(await context.scorer(), query, documents))
}

/** A document with the explanation of its score; undefined if it has no document. */
type Explained =
  | (MatchedDocument & { readonly document: PackedRows; readonly explanation: Explanation })
  | undefined

function explainDocuments(
  scorer: Scorer,
  { field: { size, distance, datatype }, rows }: MatchQuery,
  documents: readonly MatchedDocument[],
): readonly Explained[] {
  const query = asStored(rows, distance, datatype)
  const corpus = scorer.corpus({ dim: size, metric: metricOfStored(distance, datatype), screen: 'off' })
  try {
    return documents.map(({ id, document, payload }) => {
      if (!document) return undefined
      const explain = () => corpus.explain(query, corpus.add(document))
      return { id, document, payload, explanation: namingPoints(() => id, explain) }
    })
  } finally {
    corpus.dispose()
  }
}

/** Adds the tokens and patches of rows to their matches. */
async function labelDocumentsOf(
  { encoder }: Pick<MatchContext, 'encoder'>,
  { field, rows, source }: MatchQuery,
  explained: readonly Explained[],
): Promise<readonly (RowMatch[] | undefined)[]> {
  const labelled = explained.map(found => ({
    payload: found?.payload,
    rows: found ? found.document.data.length / field.size : 0,
  }))
  const labels = await labelDocuments(labelled, field, encoder)
  const tokens = queryTokensOf(source, rows.data.length / field.size)
  return explained.map((found, i) => found && labelMatches(found.explanation.matches, tokens, labels[i]!))
}

/** The rows of the point whose id is the query. undefined if it was deleted in the meantime. */
async function rowsOfPoint(context: MatchContext, { source, field, options }: MatchPlan) {
  const { shard_key, signal } = options
  const ids = [source as PointId]
  const [point] = await retrieveServerPoints(context, ids, {
    with_payload: false,
    with_vector: selectionOf(field),
    ...(shard_key !== undefined && { shard_key: shard_key as ShardKey }),
    signal,
  })
  return point && documentOf(point, field)
}

/** Hits, each with the explanation of its document. */
interface ExplainedHits {
  readonly hits: readonly Hit[]
  readonly explained: readonly Explained[]
}

/** Returns the explanations; undefined for a document that may not be what was scored. */
async function onlyUnchanged(
  context: MatchContext,
  { field, rows, source }: MatchQuery,
  { params = {}, shard_key, signal }: QueryOptions,
  { hits, explained }: ExplainedHits,
): Promise<readonly Explained[]> {
  const { arithmetic } = context
  const isRight = createScoreCheck({ vector: rows, field, scorer: await context.scorer(), arithmetic })
  const isDoubtful = explained.map((found, i) => {
    if (!found) return false
    return !(isPlain(field.datatype) && isRight(found.document, hits[i]!.score, found.explanation.score))
  })
  const doubtful = hits.filter((_, i) => isDoubtful[i]).map(({ id }) => id)
  const again = await queryByIds({ ...context, vector: source, field, params, shard_key, signal }, doubtful)
  const isUnchanged = ({ id, version, score }: Hit) =>
    again.some(now => now.id === id && (now.version === version || now.score === score))
  return explained.map((found, i) => (isDoubtful[i] && !isUnchanged(hits[i]!) ? undefined : found))
}

/** A selection that also selects a field. */
function withVector(selection: Selection | undefined, field: Field): Selection {
  const added = selectionOf(field)
  if (added === true || !selects(selection)) return added
  return Array.isArray(selection) ? [...new Set([...selection, ...added])] : selection!
}

/** A selection that also selects the given fields of the payload, and the fields that it did not select before. */
function withFields(
  selection: PayloadSelection | undefined,
  fields: readonly string[],
): { readonly payload: PayloadSelection | undefined; readonly added: readonly string[] } {
  if (fields.length === 0 || selection === true) return { payload: selection, added: [] }
  if (!selects(selection)) return { payload: fields, added: fields }
  if (typeof selection === 'object' && 'exclude' in selection) {
    const exclude = selection.exclude.filter(path => !fields.includes(path))
    return { payload: { exclude }, added: fields.filter(name => selection.exclude.includes(name)) }
  }
  const paths = (
    typeof selection === 'object' && 'include' in selection ? selection.include : selection
  ) as string[]
  // a part of a field stays the part
  const added = fields.filter(
    name =>
      !paths.some(path => path === name || (/^[.[]/.test(path.slice(name.length)) && path.startsWith(name))),
  )
  return { payload: [...paths, ...added], added }
}

/** The hit without what the caller did not ask for. */
function withoutAdded({ vector, payload, ...hit }: Hit, { field, options, added }: MatchPlan): Hit {
  const { with_vector, with_payload } = options
  const isVectorAdded = Array.isArray(with_vector) && !with_vector.includes(field.name)
  return {
    ...hit,
    ...(payload && selects(with_payload) && { payload: without(payload, added) }),
    ...(vector && selects(with_vector) && { vector: isVectorAdded ? without(vector, [field.name]) : vector }),
  }
}

const without = <T extends object>(values: T, names: readonly string[]): T =>
  Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name))) as T
