// Queries as Qdrant takes them: their options checked, their vectors written by the codec wherever one may stand
// (a query, `nearest`, examples, prefetches at any depth).

import type { VectorInput } from '../collection/collection.js'
import { parseId } from '../collection/point-id.js'
import {
  checkQueryStage,
  FORWARDED_OPTIONS,
  isPlainObject,
  prefetchesOf,
  type Query,
  type QueryOptions,
} from '../collection/search-options.js'
import { chooseField, type Field, type Fields } from '../collection/vector-fields.js'
import { isSparse, isTextInput } from '../collection/vector-input.js'
import type { RequestWriter } from './wire/request-writer.js'

/** Writes a whole query object. */
export function writeSearch(
  body: RequestWriter,
  query: Query | undefined,
  options: QueryOptions,
  fields: Fields,
): void {
  body.text('{')
  writeStage(body, query, options, fields, '')
  body.text('}')
}

function writeStage(
  body: RequestWriter,
  query: Query | undefined,
  options: QueryOptions,
  fields: Fields,
  path: string,
): void {
  const { limit, offset } = checkQueryStage(options, path)
  body.text(`"limit":${limit}`)
  if (offset !== undefined) body.text(`,"offset":${offset}`)
  for (const name of FORWARDED_OPTIONS) {
    if (options[name] !== undefined) body.text(`,"${name}":${JSON.stringify(options[name])}`)
  }
  if (query !== undefined) writeQuery(body, query, options.using, fields, path)
  if (options.prefetch === undefined) return
  body.text(',"prefetch":[')
  for (const [index, [stage, at]] of prefetchesOf(options, path).entries()) {
    body.text(index > 0 ? ',{' : '{')
    const { query: inner, ...rest } = stage
    writeStage(body, inner, rest, fields, at)
    body.text('}')
  }
  body.text(']')
}

function writeQuery(
  body: RequestWriter,
  query: Query,
  using: string | undefined,
  fields: Fields,
  path: string,
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
        `"${path}using" expected a sparse vector of the collection for a sparse query, got ${String(using)}`,
      )
    }
    body.text(`,"using":${JSON.stringify(using)},"query":`)
    if (isSparse(query)) body.sparse(query, `${path}query`)
    else body.json(query)
    return
  }
  const field = chooseField(fields, using, `${path}using`)
  if (field.name !== '') body.text(`,"using":${JSON.stringify(field.name)}`)
  body.text(',"query":')
  writeExample(body, query, field, `${path}query`)
}

/** A vector, an id, or an object that has some of them in known places. */
function writeExample(body: RequestWriter, value: unknown, field: Field, path: string): void {
  if (typeof value === 'number' || typeof value === 'string') body.json(parseId(value, path))
  else if (!isPlainObject(value) || isTextInput(value) || isSparse(value)) {
    body.vector(value as VectorInput, field, path)
  } else {
    let separator = '{'
    for (const [name, inner] of Object.entries(value)) {
      if (inner === undefined) continue
      body.text(`${separator}${JSON.stringify(name)}:`)
      separator = ','
      const at = `${path}.${name}`
      if (['nearest', 'target', 'recommend', 'discover'].includes(name)) writeExample(body, inner, field, at)
      else if (['positive', 'negative', 'context'].includes(name)) writeExamples(body, inner, field, at)
      else body.json(inner)
    }
    body.text(separator === '{' ? '{}' : '}')
  }
}

/** A list of examples; a context's pairs hold a single one under each name. */
function writeExamples(body: RequestWriter, value: unknown, field: Field, path: string): void {
  const pair = /context\[\d+\]\.(positive|negative)$/.test(path)
  if (pair || !Array.isArray(value)) {
    writeExample(body, value, field, path)
    return
  }
  body.text('[')
  for (const [index, inner] of value.entries()) {
    if (index > 0) body.text(',')
    writeExample(body, inner, field, `${path}[${index}]`)
  }
  body.text(']')
}
