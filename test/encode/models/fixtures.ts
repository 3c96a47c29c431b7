// FastEmbed's rows of the 500 texts, as they are committed or as they were made anew, and the tiny models.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The tiny models, one folder each. */
export const models = fileURLToPath(new URL('./fixtures/models', import.meta.url))
/** What is committed. */
export const committed = fileURLToPath(new URL('./fixtures', import.meta.url))
/** Where everything is made again. */
export const build = fileURLToPath(new URL('../../../build/encoders', import.meta.url))

export const shapes = ['colbert', 'answerai', 'jina', 'lateon'] as const
export type Shape = (typeof shapes)[number]

interface ShapeRows {
  /** The name under which FastEmbed knows the shape. */
  readonly model: string
  readonly dim: number
  /** Rows of each text, as a document and as a query. */
  readonly documents: readonly number[]
  readonly queries: readonly number[]
  /** Of every tenth text, or of all: ids, and their places in UTF-16 units. */
  readonly tokens: readonly (readonly [readonly number[], readonly (readonly [number, number])[]])[]
}

export interface Rows {
  readonly texts: readonly string[]
  readonly every: number
  readonly models: Readonly<Record<Shape, ShapeRows>>
}

export const readRows = (folder = committed): Rows => JSON.parse(readFileSync(`${folder}/rows.json`, 'utf8'))

/** All rows of a shape: of each text the document's, then the query's. */
export function readData(shape: Shape, folder = committed): Float32Array {
  const bytes = readFileSync(`${folder}/${shape}.bin`)
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
}

/** The ids of a text, whichever of them were kept. */
export const tokensOf = ({ every, models }: Rows, shape: Shape, index: number) =>
  index % every === 0 ? models[shape].tokens[index / every] : undefined
