// Finds the tokens and patches that the rows of queries and documents are of, where they are known:
//
//   query row       the `tokens` of the query, which the result of an encoder's `query` has
//   document row    the payload's `tokens` or `patches`, one per row; or the patches of its `layout`; or the tokens of its
//                   `text`, if the encoder returns them
//
// Labels whose number differs from the number of rows do not belong to the rows, and are not used.

import type { Match } from '../core/explanation.js'
import type { Payload, PointId, VectorInput } from './collection.js'
import type { Encoder } from './embed-texts.js'
import { isPageLayout, patchAt } from './page-layout.js'
import type { RowMatch, RowPatch, RowToken } from './row-match.js'
import { isPlainObject, nearestOf, type Query, type QueryOptions } from './search-options.js'
import type { Field, Fields } from './vector-fields.js'
import { isImageInput, isSparse, isTextInput } from './vector-input.js'

/** The tokens and patches of a document's rows. */
export interface RowLabels {
  readonly tokens?: readonly (RowToken | undefined)[] | undefined
  readonly patches?: readonly (RowPatch | undefined)[] | undefined
}

/** A document whose rows get labels. */
export interface LabelledDocument {
  readonly payload: Payload | undefined
  /** Number of rows. */
  readonly rows: number
}

/** The payload fields that have labels. The text is of use only with an encoder that returns its tokens. */
export const labelFieldsOf = ({ multi }: Field, encoder: Encoder | undefined): readonly string[] => {
  if (!multi) return []
  const fields = ['tokens', 'patches', 'layout']
  return encoder?.documentTokens ? [...fields, 'text'] : fields
}

/** What `with_matches` explains: the rows of a query, or the id of the point that has them. */
export type MatchSource = VectorInput | PointId

/**
 * Returns the vector of a query, whose matches are wanted.
 *
 * @throws RangeError if the query has no rows, or not those of a single vector; the message has the remedy
 */
export function matchSourceOf(
  query: Query | undefined,
  { using, lookup_from }: Pick<QueryOptions, 'using' | 'lookup_from'>,
  { sparse }: Fields,
  path = '',
): MatchSource {
  const vector = nearestOf(query)
  const refuse = (found: string, remedy: string) =>
    new RangeError(
      `"${path}with_matches" expected a query with the rows of one vector, got ${found}; ${remedy}`,
    )
  if (vector === undefined) throw refuse('no query', 'pass a multi-vector, or omit "with_matches"')
  if (isSparse(vector) || (using !== undefined && sparse.has(using))) {
    throw refuse('a sparse vector', 'rerank its hits by a multi-vector, or omit "with_matches"')
  }
  if (isTextInput(vector)) {
    throw refuse('a text', 'pass "encoder" when you open the collection, or omit "with_matches"')
  }
  if (isImageInput(vector)) {
    throw refuse('an image', 'pass "encoder" when you open the collection, or omit "with_matches"')
  }
  if (isPlainObject(vector)) {
    const [name = 'an empty object'] = Object.keys(vector)
    throw refuse(name, 'query by the multi-vector with the other stages in "prefetch", or use rerank()')
  }
  const isId = typeof vector === 'number' || typeof vector === 'bigint' || typeof vector === 'string'
  if (isId && lookup_from !== undefined) {
    throw refuse('an id of another collection', 'pass the vector in its place, or omit "with_matches"')
  }
  return vector as MatchSource
}

/** The tokens of a query's rows, if it has one for each. */
export const queryTokensOf = (query: unknown, rows: number): readonly (RowToken | undefined)[] | undefined =>
  listOf((Object(query) as { readonly tokens?: unknown }).tokens, rows, toToken)

/** Finds the tokens and patches of the rows of documents. */
export async function labelDocuments(
  documents: readonly LabelledDocument[],
  { multi }: Field,
  encoder: Encoder | undefined,
): Promise<readonly RowLabels[]> {
  if (!multi) return documents.map(() => ({}))
  const labels = documents.map(({ payload = {}, rows }) => ({
    tokens: listOf(payload.tokens, rows, toToken),
    patches: listOf(payload.patches, rows, toPatch) ?? patchesOf(payload.layout, rows),
  }))
  const texts = documents.map(({ payload }, i) => {
    const text = payload?.text
    return labels[i]!.tokens === undefined && typeof text === 'string' ? text : ''
  })
  const wanted = texts.filter(text => text !== '')
  if (!encoder?.documentTokens || wanted.length === 0) return labels
  const encoded = await encoder.documentTokens(wanted)
  let next = 0
  return labels.map((found, i) => {
    const tokens = texts[i] === '' ? undefined : encoded[next++]
    return tokens?.length === documents[i]!.rows ? { ...found, tokens: tokens.map(toToken) } : found
  })
}

/** The patches of a page, if its payload has the layout that the encoder returned. */
const patchesOf = (layout: unknown, rows: number): RowLabels['patches'] =>
  isPageLayout(layout, rows) ? Array.from({ length: rows }, (_, row) => patchAt(layout, row)) : undefined

/** Adds tokens and patches to matches. */
export function labelMatches(
  matches: readonly Match[],
  queryTokens: RowLabels['tokens'],
  { tokens, patches }: RowLabels,
): RowMatch[] {
  return matches.map((match, queryRow) => {
    const token = tokens?.[match.row]
    const patch = patches?.[match.row]
    const queryToken = queryTokens?.[queryRow]
    return { ...match, ...(token && { token }), ...(patch && { patch }), ...(queryToken && { queryToken }) }
  })
}

/** One label per row, or undefined if a value is not such a list. A row without a label has null. */
function listOf<T>(
  value: unknown,
  rows: number,
  parse: (value: unknown) => T | undefined,
): readonly (T | undefined)[] | undefined {
  if (!Array.isArray(value) || value.length !== rows) return undefined
  return value.map(parse)
}

function toToken(value: unknown): RowToken | undefined {
  if (typeof value === 'string') return { text: value }
  return typeof (value as Partial<RowToken> | null)?.text === 'string' ? (value as RowToken) : undefined
}

const toPatch = (value: unknown): RowPatch | undefined =>
  isPlainObject(value) ? (value as RowPatch) : undefined
