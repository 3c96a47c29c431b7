// Concern "service workers": the program in a service worker, as one file and split. There are no threads, and engines
// forbid import(), which loads the plain kernel and the store on disk.

import { join } from 'node:path'
import { differences, working } from './results.mjs'
import { makeProgram, project } from './work.mjs'

const expected = { ...working, threads: /^1 of (relaxed-)?simd: 2,0$/ }

const KINDS = [
  {
    ...{ name: 'one file', format: 'iife', splitting: false, type: 'classic' },
    steps: ['core', 'threads', 'reference', 'memoryStore', 'diskStore', 'formats'],
  },
  {
    ...{ name: 'split', format: 'esm', splitting: true, type: 'module' },
    steps: ['core', 'threads', 'memoryStore'],
    expected: {
      ...expected,
      threads: /^TypeError: a part did not load; bundle a service worker into one file/,
    },
  },
]

export async function checkServiceWorkers(report, { tools, pages }) {
  for (const { name, steps, type, expected: results = expected, ...options } of KINDS) {
    await report.run('service workers', `esbuild ${tools.version('esbuild')}, ${name}`, async () => {
      const folder = makeProgram(`service-worker-${type}`)
      const out = join(folder, 'out')
      await tools.require('esbuild').build({
        ...options,
        entryPoints: [join(folder, 'service-worker.js')],
        outdir: out,
        bundle: true,
        minify: true,
        platform: 'browser',
        logLevel: 'error',
      })
      const script = `${out.slice(project.length)}/service-worker.js`
      return differences(await pages.serviceWorker(script, type), steps, results)
    })
  }
}
