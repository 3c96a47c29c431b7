// Writes queries as Qdrant takes them: checks their options, and writes vectors through the codec wherever a query may
// contain one (as the query, as `nearest`, as an example, in a prefetch at any depth).

import { exactJson } from '../../base/exact-json.js'
import type { SparseVector, VectorInput } from '../../collection/collection.js'
import { parseQueryId } from '../../collection/point-id.js'
import {
  checkQueryStage,
  FORWARDED_OPTIONS,
  isPlainObject,
  isSparseQuery,
  prefetchesOf,
  type Query,
  type QueryOptions,
} from '../../collection/search-options.js'
import { chooseField, type Field, type Fields } from '../../collection/vector-fields.js'
import { isImageInput, isSparse, isTextInput } from '../../collection/vector-input.js'
import type { RequestWriter } from './request-writer.js'

/** Queries without vectors, which are sent unchanged. */
const VECTORLESS_QUERIES = ['fusion', 'rrf', 'formula', 'order_by', 'sample']
/** Members of a query that contain one vector, id, or another object with vectors. */
const EXAMPLE_MEMBERS = ['nearest', 'target', 'recommend', 'discover']
/** Members of a query that contain a list of them. */
const EXAMPLE_LIST_MEMBERS = ['positive', 'negative', 'context']

/**
 * Writes a query with its options as a JSON object.
 *
 * @param pathPrefix names the query in errors: '' for a single one, `queries[0].` in a batch
 * @throws TypeError or RangeError that names the wrong option or vector
 */
export function writeSearch(
  body: RequestWriter,
  query: Query | undefined,
  options: QueryOptions,
  fields: Fields,
  pathPrefix = '',
): void {
  body.text('{')
  writeStage(body, query, options, fields, pathPrefix)
  body.text('}')
}

/** `pathPrefix` names the stage in errors, for example `prefetch[0].` for a prefetch. */
function writeStage(
  body: RequestWriter,
  query: Query | undefined,
  options: QueryOptions,
  fields: Fields,
  pathPrefix: string,
): void {
  const { limit, offset } = checkQueryStage(options, pathPrefix)
  body.text(`"limit":${limit}`)
  if (offset !== undefined) body.text(`,"offset":${offset}`)
  for (const name of FORWARDED_OPTIONS) {
    if (options[name] !== undefined) body.text(`,"${name}":${exactJson(options[name])}`)
  }
  if (query !== undefined) writeQuery(body, query, options.using, fields, pathPrefix)
  if (options.prefetch === undefined) return
  body.text(',"prefetch":[')
  for (const [index, [stage, stagePrefix]] of prefetchesOf(options, pathPrefix).entries()) {
    body.text(index > 0 ? ',{' : '{')
    const { query: stageQuery, ...stageOptions } = stage
    writeStage(body, stageQuery, stageOptions, fields, stagePrefix)
    body.text('}')
  }
  body.text(']')
}

function writeQuery(
  body: RequestWriter,
  query: Query,
  using: string | undefined,
  fields: Fields,
  pathPrefix: string,
): void {
  if (isPlainObject(query) && VECTORLESS_QUERIES.some(name => name in query)) {
    body.text(`,"query":${exactJson(query)}`)
    return
  }
  if (isSparseQuery(query, using, fields, pathPrefix)) {
    body.text(`,"using":${JSON.stringify(using)},"query":`)
    writeSparseExample(body, query, `${pathPrefix}query`)
    return
  }
  const field = chooseField(fields, using, `${pathPrefix}using`)
  if (field.name !== '') body.text(`,"using":${JSON.stringify(field.name)}`)
  body.text(',"query":')
  writeExample(body, query, field, `${pathPrefix}query`)
}

/** Writes a sparse vector, an id, a text, or an object that contains them. */
function writeSparseExample(body: RequestWriter, value: unknown, path: string): void {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string') {
    body.json(parseQueryId(value, path))
  } else if (isPlainObject(value) && value.nearest !== undefined && Object.keys(value).length === 1) {
    body.text('{"nearest":')
    writeSparseExample(body, value.nearest, `${path}.nearest`)
    body.text('}')
  } else if (isPlainObject(value) && !isSparse(value)) body.json(value)
  else body.sparse(value as SparseVector, path)
}

/** Writes a vector, an id, or an object that contains examples. */
function writeExample(body: RequestWriter, value: unknown, field: Field, path: string): void {
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'string') {
    body.json(parseQueryId(value, path))
  } else if (!isPlainObject(value) || isTextInput(value) || isImageInput(value) || isSparse(value)) {
    body.vector(value as VectorInput, field, path)
  } else {
    writeExampleObject(body, value, field, path)
  }
}

function writeExampleObject(
  body: RequestWriter,
  value: Record<string, unknown>,
  field: Field,
  path: string,
): void {
  let separator = '{'
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue
    body.text(`${separator}${JSON.stringify(name)}:`)
    separator = ','
    const memberPath = `${path}.${name}`
    if (EXAMPLE_MEMBERS.includes(name)) writeExample(body, member, field, memberPath)
    else if (EXAMPLE_LIST_MEMBERS.includes(name)) writeExamples(body, member, field, memberPath)
    else body.json(member)
  }
  body.text(separator === '{' ? '{}' : '}')
}

/** Writes a list of examples. A pair of a context has a single example under each name. */
function writeExamples(body: RequestWriter, value: unknown, field: Field, path: string): void {
  const isPair = /context\[\d+\]\.(positive|negative)$/.test(path)
  if (isPair || !Array.isArray(value)) {
    writeExample(body, value, field, path)
    return
  }
  body.text('[')
  for (const [index, example] of value.entries()) {
    if (index > 0) body.text(',')
    writeExample(body, example, field, `${path}[${index}]`)
  }
  body.text(']')
}
