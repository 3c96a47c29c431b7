// The names of the columns, fields or arrays of a file that have the vectors, ids and texts.

import { checkKnownOptions } from '../base/check-options.js'
import { typeName } from '../base/type-name.js'

/** Names columns of Parquet, fields of JSON lines, or arrays of .npz and safetensors. */
export interface FileColumns {
  /**
   * The vectors. Default: the first of "vector", "vectors", "embedding" and "embeddings" that is not null; for arrays,
   * see docs/formats.md.
   */
  readonly vector?: string | undefined
  /** The ids. Default: "id" or "_id"; for arrays, "ids". */
  readonly id?: string | undefined
  /** The texts, in Parquet and JSON lines. Default: "text". */
  readonly text?: string | undefined
  /** The columns that become payload, in Parquet and JSON lines. Others are not read. Default: all other columns. */
  readonly payload?: readonly string[] | undefined
}

const NAMES = ['vector', 'id', 'text', 'payload'] as const satisfies readonly (keyof FileColumns)[]

const [VECTORS, IDS, TEXTS] = [['vector', 'vectors', 'embedding', 'embeddings'], ['id', '_id'], ['text']]

/** @throws TypeError or RangeError if an option is unknown or invalid */
export function checkColumns(columns: FileColumns): void {
  checkKnownOptions(columns, NAMES, 'columns', 'columns')
  const { payload, ...single } = columns
  for (const [option, name] of Object.entries(single)) {
    if (name === undefined || (typeof name === 'string' && name !== '')) continue
    throw new TypeError(`"columns.${option}" expected the name of a column, got ${nameText(name)}`)
  }
  if (payload === undefined) return
  if (!Array.isArray(payload) || !payload.every(name => typeof name === 'string')) {
    throw new TypeError(`"columns.payload" expected an array of names, got ${typeName(payload)}`)
  }
}

const nameText = (name: unknown) => (name === '' ? '""' : typeName(name))

/** The names that the vectors, ids and texts of a record may have. */
export const fieldNames = ({ vector, id, text }: FileColumns) => ({
  vectors: vector === undefined ? VECTORS : [vector],
  ids: id === undefined ? IDS : [id],
  texts: text === undefined ? TEXTS : [text],
})

/** The names that must exist, because the caller chose them. */
export const requiredNames = ({ vector, id, text, payload = [] }: FileColumns): readonly string[] =>
  [vector, id, text, ...payload].filter(name => name !== undefined)
