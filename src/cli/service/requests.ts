// Requests of `maxsimd serve` and `maxsimd mcp`: their fields, checked one by one, because programs and agents write them.

import { checkBoolean, checkKnownOptions, oneOf, wholeNumber } from '../../base/check-options.js'
import { typeName } from '../../base/type-name.js'

/** A search of the index. */
export interface SearchRequest {
  readonly query: string
  readonly limit: number
  readonly filter: object | undefined
  /** What passages are found by. Default: both. */
  readonly only: 'words' | 'meaning' | undefined
  /** Whether hits have the rows that the rows of the query matched. */
  readonly explain: boolean
}

/** A text to rank, and the `id` that the answer repeats. */
export interface RerankDocument {
  readonly text: string
  readonly id?: string | number
}

/** A request to rank documents. */
export interface RerankRequest {
  readonly query: string
  readonly documents: readonly RerankDocument[]
  /** Default: all documents. */
  readonly limit: number
}

/** A request that cannot be answered because it is wrong. */
export class RequestError extends Error {
  override readonly name = 'RequestError'
}

export const DEFAULT_LIMIT = 10
export const MAX_LIMIT = 1000
/** Characters of a query. */
const MAX_QUERY = 4000
/** Conditions of a filter. Each is tested for every passage. */
const MAX_CONDITIONS = 100
const MAX_DOCUMENTS = 10_000

/** @throws RequestError if a field is missing, unknown or wrong */
export const parseSearchRequest = (body: unknown): SearchRequest =>
  asRequest(() => {
    checkKnownOptions(body, ['query', 'limit', 'filter', 'only', 'explain'], 'a search', 'request')
    const { query, limit, filter, only, explain } = body as Record<string, unknown>
    if (filter != null && (typeof filter !== 'object' || Array.isArray(filter))) {
      throw new TypeError(`"filter" expected an object, got ${typeName(filter)}`)
    }
    const conditions = countConditions(filter)
    if (conditions > MAX_CONDITIONS) {
      throw new RangeError(
        `"filter" expected at most ${MAX_CONDITIONS} conditions, got ${conditions}; a match with "any" takes a list of values`,
      )
    }
    return {
      query: queryText(query),
      limit: wholeNumber(limit ?? DEFAULT_LIMIT, 'limit', 1, MAX_LIMIT),
      filter: filter ?? undefined,
      only: only == null ? undefined : oneOf(only, ['words', 'meaning'] as const, 'only'),
      explain: checkBoolean(explain ?? false, 'explain'),
    }
  })

/** The objects in all lists of a filter, at any depth: conditions, and filters in place of conditions. */
function countConditions(filter: unknown): number {
  let count = 0
  // not recursive: JSON can be deeper than the stack
  for (const open = [filter]; open.length > 0; ) {
    const value = open.pop()
    if (typeof value !== 'object' || value === null) continue
    for (const each of Object.values(value)) {
      if (Array.isArray(value) && typeof each === 'object') count++
      open.push(each)
    }
  }
  return count
}

/** @throws RequestError if a field is missing, unknown or wrong */
export const parseRerankRequest = (body: unknown): RerankRequest =>
  asRequest(() => {
    checkKnownOptions(body, ['query', 'documents', 'limit'], 'a request to rerank', 'request')
    const { query, documents, limit } = body as Record<string, unknown>
    if (!Array.isArray(documents)) {
      throw new TypeError(
        `"documents" expected an array of texts or objects with a "text", got ${typeName(documents)}`,
      )
    }
    if (documents.length > MAX_DOCUMENTS) {
      throw new RangeError(`"documents" expected at most ${MAX_DOCUMENTS} texts, got ${documents.length}`)
    }
    return {
      query: queryText(query),
      documents: documents.map(documentOf),
      limit: limit == null ? documents.length : wholeNumber(limit, 'limit', 1),
    }
  })

/** @throws RequestError with the message of the TypeError or RangeError that `parse` throws */
function asRequest<T>(parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    if (cause instanceof TypeError || cause instanceof RangeError)
      throw new RequestError(cause.message, { cause })
    throw cause
  }
}

function queryText(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`"query" expected a text, got ${typeName(value)}`)
  if (value.trim() === '') throw new RangeError('"query" expected a text, got an empty one')
  if (value.length > MAX_QUERY) {
    throw new RangeError(`"query" expected at most ${MAX_QUERY} characters, got ${value.length}`)
  }
  return value
}

function documentOf(value: unknown, index: number): RerankDocument {
  if (typeof value === 'string') return { text: value }
  const { text, id } = (value ?? {}) as Record<string, unknown>
  if (typeof text !== 'string') {
    throw new TypeError(
      `"documents[${index}]" expected a text or an object with a "text", got ${typeName(value)}`,
    )
  }
  if (id == null) return { text }
  if (typeof id === 'string' || typeof id === 'number') return { text, id }
  throw new TypeError(`"documents[${index}].id" expected a text or a number, got ${typeName(id)}`)
}
