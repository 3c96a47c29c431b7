// Multi-vectors from a file with one JSON object per line, {"id": 7, "vector": [[0.1, 0.2], [0.3, 0.4]]}, and the options
// that choose a command's queries.

import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import type { MultiVector } from '../index.js'
import type { PointId, QdrantCollection } from '../qdrant/index.js'
import { sampleQueries } from '../qdrant/index.js'
import { countOption } from './options.js'
import { UsageError } from './terminal.js'

export interface QueryFileOptions {
  readonly queries?: string
  readonly sample?: number
  readonly using?: string
  readonly shardKey?: string | number
}

/** One line of a file. */
export interface FileVector {
  readonly id: PointId | undefined
  readonly vector: MultiVector
}

/** Adds the options that choose the queries. */
export function withQueryOptions(command: Command): Command {
  return command
    .option('-q, --queries <file>', 'query vectors: one JSON object {"id", "vector"} per line')
    .addOption(
      countOption(
        '-s, --sample <n>',
        'use stored documents as queries: the first n of the collection, 32 rows of each',
      ),
    )
}

/**
 * The queries of the file; undefined with --sample.
 *
 * @throws UsageError if the options name no queries or name them twice, or if the file is not valid
 */
export function readVectorQueries({ queries, sample }: QueryFileOptions): readonly FileVector[] | undefined {
  if (queries !== undefined && sample !== undefined) {
    throw new UsageError('"--queries" and "--sample" cannot be combined')
  }
  if (queries === undefined) {
    if (sample !== undefined) return undefined
    throw new UsageError('queries are required: --queries <file>, or --sample 5 to use stored documents')
  }
  const vectors = readVectorFile(queries, '--queries')
  if (vectors.length === 0)
    throw new UsageError(`"--queries" expected at least one line, ${queries} is empty`)
  return vectors
}

/**
 * Returns the queries of the file, or documents of the collection if no file was given.
 *
 * @throws UsageError if the collection is empty
 */
export async function chooseQueries(
  fromFile: readonly FileVector[] | undefined,
  collection: QdrantCollection,
  { sample = 1, using, shardKey: shard_key }: QueryFileOptions,
  signal: AbortSignal,
): Promise<readonly FileVector[]> {
  const queries = fromFile ?? (await sampleQueries(collection, sample, { using, shard_key, signal }))
  if (queries.length > 0) return queries
  throw new UsageError(`"--sample" found no document: the collection "${collection.name}" is empty`)
}

/** Reads a file of vectors; `option` is the option that named it. */
export function readVectorFile(file: string, option: string): FileVector[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new UsageError(`"${option}" cannot be read: ${(cause as Error).message}`, { cause })
  }
  return parseVectorLines(text, file)
}

/** Parses lines of `{ id, vector }`. Empty lines are skipped. */
export function parseVectorLines(text: string, file: string): FileVector[] {
  const vectors: FileVector[] = []
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    const location = `${file}, line ${index + 1}`
    let parsed: unknown
    try {
      parsed = JSON.parse(line)
    } catch (cause) {
      throw new UsageError(`${location} is not valid JSON: ${(cause as Error).message}`, { cause })
    }
    vectors.push(vectorOf(parsed, location))
  }
  return vectors
}

function vectorOf(parsed: unknown, location: string): FileVector {
  if (typeof parsed !== 'object' || parsed === null || !('vector' in parsed)) {
    throw new UsageError(`${location} expected {"id": 1, "vector": [[0.1, 0.2], …]}`)
  }
  const { id, vector } = parsed as { readonly id?: unknown; readonly vector: unknown }
  if (id !== undefined && typeof id !== 'string' && typeof id !== 'number') {
    throw new UsageError(`${location}: "id" expected a number or a string`)
  }
  const isRows =
    Array.isArray(vector) &&
    vector.length > 0 &&
    vector.every(row => Array.isArray(row) && row.every(value => typeof value === 'number'))
  if (!isRows)
    throw new UsageError(`${location}: "vector" expected an array of rows, each an array of numbers`)
  return { id, vector: vector as number[][] }
}
