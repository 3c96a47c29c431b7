// Multi-vectors from a file, a JSON object a line: {"id": 7, "vector": [[0.1, 0.2], [0.3, 0.4]]}. And the options that
// say where a command's queries come from. What a vector must be, the library knows: this reads lines.

import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import type { MultiVector } from '../index.js'
import type { PointId, QdrantCollection } from '../qdrant/index.js'
import { sampleQueries } from '../qdrant/index.js'
import { wholeFrom } from './connection.js'
import { UsageError } from './terminal.js'

export interface QueryFileOptions {
  readonly queries?: string
  readonly sample?: number
  readonly using?: string
}

/** One line of a file. */
export interface FileVector {
  readonly id: PointId | undefined
  readonly vector: MultiVector
}

/** Adds the options that say where queries come from. */
export function withQueryOptions(command: Command): Command {
  return command
    .option('-q, --queries <file>', 'queries, a JSON object {"id", "vector"} a line')
    .option(
      '-s, --sample <n>',
      "in place of a file: the first n documents' own rows, 32 of each",
      wholeFrom(1),
    )
}

/** Refuses a command line that names no queries, or names them twice; before anything is asked of a server. */
export function readQueries({ queries, sample }: QueryFileOptions): readonly FileVector[] | undefined {
  if (queries !== undefined && sample !== undefined) {
    throw new UsageError('"--queries" and "--sample" exclude each other')
  }
  if (queries === undefined) {
    if (sample !== undefined) return undefined
    throw new UsageError(
      'queries are needed: --queries <file>, or --sample 5 for stored documents in their place',
    )
  }
  const found = readVectorFile(queries, '--queries')
  if (found.length === 0) throw new UsageError(`"--queries" expected at least one line, ${queries} has none`)
  return found
}

/** The queries of the file, or documents of the collection in their place. */
export async function takeQueries(
  fromFile: readonly FileVector[] | undefined,
  collection: QdrantCollection,
  { sample = 1, using }: QueryFileOptions,
  signal: AbortSignal,
): Promise<readonly FileVector[]> {
  const queries = fromFile ?? (await sampleQueries(collection, sample, { using, signal }))
  if (queries.length > 0) return queries
  throw new UsageError(`"--sample" found no document in "${collection.name}": it is empty`)
}

/** Reads a file of vectors; `place` is the option that named it. */
export function readVectorFile(file: string, place: string): FileVector[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new UsageError(`"${place}" cannot be read: ${(cause as Error).message}`, { cause })
  }
  return parseVectorLines(text, file)
}

/** Parses lines of `{ id, vector }`; empty lines are none. */
export function parseVectorLines(text: string, file: string): FileVector[] {
  const vectors: FileVector[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const place = `${file}, line ${index + 1}`
    let parsed: unknown
    try {
      parsed = JSON.parse(line)
    } catch (cause) {
      throw new UsageError(`${place} is no JSON: ${(cause as Error).message}`, { cause })
    }
    vectors.push(vectorOf(parsed, place))
  }
  return vectors
}

function vectorOf(parsed: unknown, place: string): FileVector {
  if (typeof parsed !== 'object' || parsed === null || !('vector' in parsed)) {
    throw new UsageError(`${place} expected {"id": 1, "vector": [[0.1, 0.2], …]}`)
  }
  const { id, vector } = parsed as { readonly id?: unknown; readonly vector: unknown }
  if (id !== undefined && typeof id !== 'string' && typeof id !== 'number') {
    throw new UsageError(`${place}: "id" expected a number or a string`)
  }
  const isRows =
    Array.isArray(vector) &&
    vector.length > 0 &&
    vector.every(row => Array.isArray(row) && row.every(value => typeof value === 'number'))
  if (!isRows) throw new UsageError(`${place}: "vector" expected an array of rows, each an array of numbers`)
  return { id, vector: vector as number[][] }
}
