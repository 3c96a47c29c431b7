// node test/core/soak.mjs [--cases 1000000] [--seed 1] [--scene N], after `npm run build`: compares certified
// rankings with those in f32, bit for bit, in scenes that attack the bounds of every screen: near ties, copies, zero rows,
// denormals, huge and tiny rows, clusters, and values at the steps of the rounding, with 1 to 1,024 dims.
//
// An interrupted run continues. At the first difference it prints the scene, and how to repeat it alone. Exit codes: 0 all
// rankings are equal, 1 a ranking differs.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const here = fileURLToPath(new URL('.', import.meta.url))
const folder = join(here, '../../build')
const bundle = join(folder, 'soak.mjs')

await build({
  entryPoints: [join(here, 'soak.ts')],
  outfile: bundle,
  bundle: true,
  format: 'esm',
  target: 'node20',
  platform: 'node',
})
const hash = createHash('sha256').update(readFileSync(bundle)).digest('hex').slice(0, 16)
process.argv.push('--build', hash, '--state', join(folder, 'soak.json'))
await import(pathToFileURL(bundle))
