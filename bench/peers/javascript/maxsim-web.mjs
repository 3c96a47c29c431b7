// maxsim-web from a checkout, with preloaded documents. bench/kernel/maxsim-web.ts starts it.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createMaxsimWeb } from '../../../build/bench-maxsim-web.mjs'

export function create(inputs) {
  const checkout = process.env.MAXSIM_WEB
  if (!checkout) throw new Error('MAXSIM_WEB does not name a checkout of it')
  const { version } = JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'))
  return { version, scores: createMaxsimWeb(checkout, inputs) }
}
