// The public names of `maxsimd`.

export { DisposedError, WasmForbiddenError } from './base/errors.js'
export type * from './core/scorer-api.js'
export type { ScorerOptions, ThreadedScorerOptions, WorkerLike } from './core/scorer-options.js'
export type { KernelModule } from './kernel/kernel.js'
export { availableKernels } from './kernel/load-kernel.js'
export { createScorer } from './threads/create-scorer.js'
export type { ThreadedCorpus } from './threads/threaded-corpus.js'
export type { CallOptions, ThreadedBatchOptions, ThreadedRankOptions } from './threads/threaded-options.js'
export type { ThreadedScorer } from './threads/threaded-scorer.js'
