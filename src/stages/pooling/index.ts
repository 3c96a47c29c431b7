// Public names of `maxsimd/pooling`: documents with fewer rows.
export { type PageGrid, type PooledPage, poolPage } from './pool-page.js'
export { meanRow, type Pooled, type PoolMethod, type PoolOptions, poolRows } from './pool-rows.js'
