// Queries as Qdrant takes them: their options checked, their vectors written by the codec wherever one may stand
// (a query, `nearest`, examples, prefetches at any depth).

import type { Document, PointId, QueryCollectionOptions, VectorInput } from '../collection.js'
import { type Body, isDocument, isSparse } from './body.js'
import { checkOptions } from './call-options.js'
import { chooseField, type Field, type Fields } from './fields.js'
import { parseId } from './point-id.js'

export interface SearchParams {
  /** Scores everything with the originals; on a field without a graph `quantization.ignore` does the same. */
  readonly exact?: boolean | undefined
  readonly hnsw_ef?: number | undefined
  readonly indexed_only?: boolean | undefined
  readonly quantization?:
    | {
        /** Scores with the originals only. */
        readonly ignore?: boolean | undefined
        /** Scores the best of the quantized ones again with the originals. */
        readonly rescore?: boolean | undefined
        /** How many times `limit` are scored again: at least 1. */
        readonly oversampling?: number | undefined
      }
    | undefined
  readonly [option: string]: unknown
}

/** A stage before the query, whose results are all that the query scores. */
export interface Prefetch {
  /** Left out: the points that `filter` lets through, by id. */
  readonly query?: Query | undefined
  readonly using?: string | undefined
  readonly limit?: number | undefined
  readonly filter?: QueryCollectionOptions['filter']
  readonly params?: SearchParams | undefined
  readonly score_threshold?: number | undefined
  readonly prefetch?: Prefetch | readonly Prefetch[] | undefined
  readonly lookup_from?: unknown
}

/** A vector, a text, a point's id, or one of Qdrant's other queries, passed on with its vectors checked. */
export type Query =
  | VectorInput
  | Document
  | PointId
  | {
      readonly nearest?: VectorInput | PointId
      readonly recommend?: object
      readonly discover?: object
      readonly context?: unknown
      readonly fusion?: 'rrf' | 'dbsf'
      readonly rrf?: object
      readonly formula?: unknown
      readonly order_by?: unknown
      readonly sample?: 'random'
      readonly [option: string]: unknown
    }

export interface QueryOptions extends QueryCollectionOptions {
  readonly offset?: number | undefined
  readonly params?: SearchParams | undefined
  /** Keeps better scores only: larger ones, or smaller ones with Euclid and Manhattan. */
  readonly score_threshold?: number | undefined
  readonly prefetch?: Prefetch | readonly Prefetch[] | undefined
  readonly lookup_from?: unknown
  readonly shard_key?: unknown
}

const PASSED = [
  'filter',
  'params',
  'score_threshold',
  'lookup_from',
  'shard_key',
  'with_payload',
  'with_vector',
] as const

const KNOWN = [...PASSED, 'signal', 'onCost', 'query', 'using', 'limit', 'offset', 'prefetch']

/** Writes a whole query object. */
export function writeSearch(
  body: Body,
  query: Query | undefined,
  options: QueryOptions,
  fields: Fields,
): void {
  checkOptions(options, KNOWN, 'a query')
  body.text('{')
  writeStage(body, query, options, fields, '')
  body.text('}')
}

function writeStage(
  body: Body,
  query: Query | undefined,
  options: QueryOptions,
  fields: Fields,
  place: string,
): void {
  const { limit = 10, offset, score_threshold, prefetch } = options
  if (!Number.isInteger(limit) || limit < 1) {
    throw new RangeError(`"${place}limit" expected a whole number of at least 1, got ${String(limit)}`)
  }
  if (offset !== undefined && (!Number.isInteger(offset) || offset < 0)) {
    throw new RangeError(`"${place}offset" expected a whole number of at least 0, got ${String(offset)}`)
  }
  if (score_threshold !== undefined && !Number.isFinite(score_threshold)) {
    throw new RangeError(`"${place}score_threshold" expected a finite number, got ${String(score_threshold)}`)
  }
  body.text(`"limit":${limit}`)
  if (offset !== undefined) body.text(`,"offset":${offset}`)
  for (const name of PASSED) {
    if (options[name] !== undefined) body.text(`,"${name}":${JSON.stringify(options[name])}`)
  }
  if (query !== undefined) writeQuery(body, query, options.using, fields, place)
  if (prefetch === undefined) return
  const stages = Array.isArray(prefetch) ? (prefetch as readonly Prefetch[]) : [prefetch as Prefetch]
  body.text(',"prefetch":[')
  for (const [index, stage] of stages.entries()) {
    const at = `${place}prefetch${Array.isArray(prefetch) ? `[${index}]` : ''}.`
    checkOptions(stage, KNOWN, 'a query', at.slice(0, -1))
    body.text(index > 0 ? ',{' : '{')
    const { query: inner, ...rest } = stage
    writeStage(body, inner, rest, fields, at)
    body.text('}')
  }
  body.text(']')
}

function writeQuery(
  body: Body,
  query: Query,
  using: string | undefined,
  fields: Fields,
  place: string,
): void {
  const sparse = isSparse(query) || (using !== undefined && fields.sparse.has(using))
  if (
    isPlainObject(query) &&
    ['fusion', 'rrf', 'formula', 'order_by', 'sample'].some(name => name in query)
  ) {
    body.text(`,"query":${JSON.stringify(query)}`)
    return
  }
  if (sparse) {
    if (using === undefined || !fields.sparse.has(using)) {
      throw new RangeError(
        `"${place}using" expected a sparse vector of the collection for a sparse query, got ${String(using)}`,
      )
    }
    body.text(`,"using":${JSON.stringify(using)},"query":`)
    if (isSparse(query)) body.sparse(query, `${place}query`)
    else body.json(query)
    return
  }
  const field = chooseField(fields, using, `${place}using`)
  if (field.name !== '') body.text(`,"using":${JSON.stringify(field.name)}`)
  body.text(',"query":')
  writeExample(body, query, field, `${place}query`)
}

const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !ArrayBuffer.isView(value) &&
  !('data' in value)

/** A vector, an id, or an object that has some of them in known places. */
function writeExample(body: Body, value: unknown, field: Field, place: string): void {
  if (typeof value === 'number' || typeof value === 'string') body.json(parseId(value, place))
  else if (!isPlainObject(value) || isDocument(value) || isSparse(value)) {
    body.vector(value as VectorInput, field, place)
  } else {
    let separator = '{'
    for (const [name, inner] of Object.entries(value)) {
      if (inner === undefined) continue
      body.text(`${separator}${JSON.stringify(name)}:`)
      separator = ','
      const at = `${place}.${name}`
      if (['nearest', 'target', 'recommend', 'discover'].includes(name)) writeExample(body, inner, field, at)
      else if (['positive', 'negative', 'context'].includes(name)) writeExamples(body, inner, field, at)
      else body.json(inner)
    }
    body.text(separator === '{' ? '{}' : '}')
  }
}

/** A list of examples; a context's pairs hold a single one under each name. */
function writeExamples(body: Body, value: unknown, field: Field, place: string): void {
  const pair = /context\[\d+\]\.(positive|negative)$/.test(place)
  if (pair || !Array.isArray(value)) {
    writeExample(body, value, field, place)
    return
  }
  body.text('[')
  for (const [index, inner] of value.entries()) {
    if (index > 0) body.text(',')
    writeExample(body, inner, field, `${place}[${index}]`)
  }
  body.text(']')
}
