// Multi-vectors of files, and the options that choose a command's queries.

import type { Command } from 'commander'
import { messageOf } from '../base/is-a.js'
import type { ReadableCollection } from '../collection/collection.js'
import { FormatError, readPoints } from '../formats/index.js'
import type { MultiVector } from '../index.js'
import { type PointId, sampleQueries } from '../qdrant/index.js'
import { openNamedFile } from './named-file.js'
import { countOption } from './options.js'
import { UsageError } from './terminal.js'

export interface QueryFileOptions {
  readonly queries?: string
  readonly sample?: number
  readonly using?: string
  readonly shardKey?: string | number
}

/** What a file of vectors is, for help and errors. */
export const VECTOR_FILE = 'JSON lines {"id", "vector"}, .npz, .npy, safetensors or Parquet'
const EXAMPLE = '{"id": 1, "vector": [[0.1, 0.2], [0.3, 0.4]]} in each line'

/** One document of a file. */
export interface FileVector {
  readonly id: PointId | undefined
  readonly vector: MultiVector
}

/** Adds the options that choose the queries. */
export function withQueryOptions(command: Command): Command {
  return command
    .option('-q, --queries <file>', `file with query vectors: ${VECTOR_FILE}`)
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
export async function readVectorQueries({
  queries,
  sample,
}: QueryFileOptions): Promise<readonly FileVector[] | undefined> {
  if (queries !== undefined && sample !== undefined) {
    throw new UsageError('"--queries" and "--sample" cannot be combined')
  }
  if (queries === undefined) {
    if (sample !== undefined) return undefined
    throw new UsageError('queries are required: --queries <file>, or --sample 5 to use stored documents')
  }
  const vectors = await readVectorFile(queries, '--queries')
  if (vectors.length === 0)
    throw new UsageError(`"--queries" expected at least one query, ${queries} is empty`)
  return vectors
}

/**
 * Returns the queries of the file, or documents of the collection if no file was given.
 *
 * @throws UsageError if the collection is empty
 */
export async function chooseQueries(
  fromFile: readonly FileVector[] | undefined,
  collection: ReadableCollection,
  { sample = 1, using, shardKey: shard_key }: QueryFileOptions,
  signal: AbortSignal,
): Promise<readonly FileVector[]> {
  const queries = fromFile ?? (await sampleQueries(collection, sample, { using, shard_key, signal }))
  if (queries.length > 0) return queries
  throw new UsageError(`"--sample" found no document: the collection "${collection.name}" is empty`)
}

/**
 * Reads a file of vectors, in any format of maxsimd/formats; `option` is the option that named it.
 *
 * @throws UsageError if the file is not valid, or has texts in place of vectors
 */
export async function readVectorFile(file: string, option: string): Promise<FileVector[]> {
  const vectors: FileVector[] = []
  const source = await openNamedFile(file).catch((cause: unknown) => {
    throw new UsageError(`"${option}": ${messageOf(cause)}`, { cause })
  })
  try {
    for await (const { id, vector } of readPoints(source)) {
      if (!vector) {
        throw new UsageError(`"${option}": ${file} has texts; vectors are required, such as ${EXAMPLE}`)
      }
      vectors.push({ id, vector })
    }
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause
    // no option of these commands names columns
    const message = cause.message.replace('; the option "columns" sets other names', '')
    throw new UsageError(`"${option}": ${message}`, { cause })
  } finally {
    await source.close()
  }
  return vectors
}
