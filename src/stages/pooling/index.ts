// The public names of `maxsimd/pooling`: documents with fewer rows.

export type { FlatMultiVector, MultiVector, NumberArray } from '../../core/multivector.js'
export { type PageGrid, type PooledPage, poolPage } from './pool-page.js'
export {
  type MeanRowOptions,
  meanRow,
  type PooledDocument,
  type PoolMethod,
  type PoolOptions,
  poolRows,
} from './pool-rows.js'
