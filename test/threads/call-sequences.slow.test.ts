import { it } from 'vitest'
import { checkSequences, MEMORIES } from './call-commands.js'

it.each(MEMORIES)('returns the results of one thread for 1,000 sequences of calls, $name', ({ maxBytes }) =>
  checkSequences({ seed: 20261129, numRuns: 1_000, maxBytes }),
)
