// Reads FastEmbed's rows of the 500 texts, committed or made again, and has the paths of the tiny models.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The folder of the tiny models, with a folder for each. */
export const models = fileURLToPath(new URL('./fixtures/models', import.meta.url))
/** The committed fixtures. */
export const committed = fileURLToPath(new URL('./fixtures', import.meta.url))
/** The folder in which fixtures and models are made. */
export const build = fileURLToPath(new URL('../../../build/encoders', import.meta.url))

export const shapes = ['colbert', 'answerai', 'jina', 'lateon'] as const
export type Shape = (typeof shapes)[number]

interface ShapeRows {
  /** The name of the model of this shape in FastEmbed. */
  readonly model: string
  readonly dim: number
  /** Number of rows of each text as a document. */
  readonly documents: readonly number[]
  /** Number of rows of each text as a query. */
  readonly queries: readonly number[]
  /** Ids and their positions in UTF-16 units, of every tenth text or of all. */
  readonly tokens: readonly (readonly [readonly number[], readonly (readonly [number, number])[]])[]
}

/** The contents of rows.json. */
export interface Rows {
  readonly texts: readonly string[]
  /** `tokens` are of every n-th text. */
  readonly every: number
  readonly models: Readonly<Record<Shape, ShapeRows>>
}

export const readRows = (folder = committed): Rows => JSON.parse(readFileSync(`${folder}/rows.json`, 'utf8'))

/** All rows of a shape: for each text those of the document, then those of the query. */
export function readData(shape: Shape, folder = committed): Float32Array {
  const bytes = readFileSync(`${folder}/${shape}.bin`)
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
}

/** The ids and positions of a text, if the fixtures have them. */
export const tokensOf = ({ every, models }: Rows, shape: Shape, index: number) =>
  index % every === 0 ? models[shape].tokens[index / every] : undefined
