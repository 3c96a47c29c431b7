// The options of `maxsimd index`.

import type { Distance } from '../../collection/collection.js'
import type { FileColumns } from '../../formats/index.js'
import type { EncoderArguments } from '../encoder-options.js'
import type { StageArguments } from '../first-stage/stage-options.js'
import type { StoreArguments } from '../store-options.js'

export interface IndexArguments extends StoreArguments, EncoderArguments, StageArguments {
  readonly lines?: boolean
  readonly vectors?: boolean
  readonly datatype?: 'float32' | 'float16' | 'i16' | 'i8' | 'binary'
  readonly distance?: Distance
  readonly using?: string
  readonly vectorColumn?: string
  readonly idColumn?: string
  readonly textColumn?: string
  readonly ext?: readonly string[]
  readonly lazy?: boolean
  readonly pages?: boolean
  readonly resolution?: number
}

/** The columns that the options name; undefined without any. */
export function columnsOf({ vectorColumn, idColumn, textColumn }: IndexArguments): FileColumns | undefined {
  const columns = {
    ...(vectorColumn !== undefined && { vector: vectorColumn }),
    ...(idColumn !== undefined && { id: idColumn }),
    ...(textColumn !== undefined && { text: textColumn }),
  }
  return Object.keys(columns).length > 0 ? columns : undefined
}

/** A message of the library with the options of the command line. */
export const withFlags = (message: string) =>
  message
    .replace('the option "columns" sets other names', 'choose others with --vector-column or --text-column')
    .replace(/the option "columns\.(vector|id|text)"/, '--$1-column')
    .replace(/"columns\.(vector|id|text)"/g, '"--$1-column"')
