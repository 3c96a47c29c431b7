// `createScorer`: a scorer on the caller's thread, or on several threads. Their code is loaded only if they are requested.

import { rethrowImportError } from '../base/import-error.js'
import { chooseScorerKernel } from '../core/choose-kernel.js'
import { createLocalScorer, type Scorer } from '../core/scorer.js'
import type { ScorerOptions, ThreadedScorerOptions } from '../core/scorer-options.js'
import type { ThreadedScorer } from './threaded-scorer.js'

/**
 * Creates a scorer on the fastest kernel that this engine can run, or on the kernel in `kernel`.
 *
 * @throws RangeError if an option is unknown or out of range, or if the engine cannot run the requested kernel
 * @throws TypeError if an option has the wrong type
 * @throws WasmForbiddenError if the engine forbids compiling WebAssembly and neither `module` nor `kernel: 'reference'`
 *   is given
 * @example
 * import { createScorer } from 'maxsimd'
 *
 * const scorer = await createScorer()
 * scorer.score([[1, 0], [0, 1]], [[1, 1], [0, 2]]) // 3
 * scorer.dispose()
 */
export function createScorer(options?: ScorerOptions): Promise<Scorer>
/**
 * Creates a scorer that runs on several threads. Each thread has its own kernel and memory, and the methods return
 * promises. If the engine has no threads, the scorer runs on the caller's thread and its `threads` is 1.
 *
 * @throws RangeError if an option is unknown or out of range, or if the engine cannot run the requested kernel
 * @throws TypeError if an option has the wrong type, or if workers cannot start
 * @throws WasmForbiddenError if the engine forbids compiling WebAssembly and neither `module` nor `kernel: 'reference'`
 *   is given
 * @example
 * import { createScorer } from 'maxsimd'
 *
 * const scorer = await createScorer({ threads: 4 })
 * await scorer.score([[1, 0], [0, 1]], [[1, 1], [0, 2]]) // 3
 * await scorer.dispose()
 */
export function createScorer(options: ThreadedScorerOptions): Promise<ThreadedScorer>
export async function createScorer(
  options: ScorerOptions | ThreadedScorerOptions = {},
): Promise<Scorer | ThreadedScorer> {
  if (options?.threads === undefined) return createLocalScorer(options as ScorerOptions)
  const kernel = await chooseScorerKernel(options)
  const { createThreadedScorer } = await import('./threaded-scorer.js').catch(rethrowImportError)
  return createThreadedScorer(kernel, options)
}
