// Chooses the kernel of a scorer or a store from its options.

import { checkKnownOptions, oneOf } from '../base/check-options.js'
import type { Kernel } from '../kernel/kernel.js'
import { chooseKernel, KERNEL_NAMES, type KernelChoice, startKernel } from '../kernel/load-kernel.js'
import { SCORER_OPTIONS, type ScorerOptions, type ThreadedScorerOptions } from './scorer-options.js'

/** A kernel that was chosen, and a function that starts an instance of it with its own memory. */
export interface ScorerKernel {
  readonly choice: KernelChoice
  readonly start: () => Promise<Kernel>
}

/**
 * Chooses the kernel for `createScorer`.
 *
 * @throws TypeError or RangeError if an option is wrong, or if the engine cannot run the kernel
 */
export async function chooseScorerKernel(
  options: ScorerOptions | ThreadedScorerOptions,
): Promise<ScorerKernel> {
  checkKnownOptions(
    options,
    options?.threads === undefined ? SCORER_OPTIONS : [...SCORER_OPTIONS, 'worker'],
    'createScorer',
  )
  const { kernel, module, maxBytes } = options
  const name = kernel === undefined ? undefined : oneOf(kernel, KERNEL_NAMES, 'kernel')
  if (maxBytes !== undefined && !(typeof maxBytes === 'number' && maxBytes >= 65536)) {
    throw new RangeError(`"maxBytes" expected a number of at least 65536, got ${maxBytes}`)
  }
  const choice = await chooseKernel(name, module)
  return { choice, start: () => startKernel(choice.module, maxBytes) }
}
