// Any sequence of calls on two threads has the results of one thread.

import { it } from 'vitest'
import { checkSequences, MEMORIES } from './call-commands.js'

it.each(MEMORIES)('returns the results of one thread for any sequence of calls, $name', ({ maxBytes }) =>
  checkSequences({ seed: 20261128, numRuns: 40, maxBytes }),
)
