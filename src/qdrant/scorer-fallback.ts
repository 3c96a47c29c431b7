// The default scorer of calls without the option `scorer`: the fastest kernel, or the reference kernel in an engine that
// forbids compiling WebAssembly.

import { createLocalScorer, type Scorer } from '../core/scorer.js'

/** Creates a scorer on the fastest kernel that this engine allows. */
export async function createFallbackScorer(): Promise<Scorer> {
  try {
    return await createLocalScorer()
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== 'ERR_WASM_FORBIDDEN') throw error
    return createLocalScorer({ kernel: 'reference' })
  }
}

/** Calls `use` with the given scorer, or with a new one that is disposed when the call is over. */
export async function withScorer<T>(
  given: Scorer | undefined,
  use: (scorer: Scorer) => Promise<T>,
): Promise<T> {
  if (given) return use(given)
  const scorer = await createFallbackScorer()
  try {
    return await use(scorer)
  } finally {
    scorer.dispose()
  }
}
