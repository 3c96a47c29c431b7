// Installs the packed packages into projects and uses it there: `npm run test:pack`, after a build. Each concern has a file.
//
//   --all          also the compilers of rarely used versions, and Next.js
//   --only NAME    one concern
//   --tool NAME    one bundler
//   --write        writes the table of docs/bundlers.md from this run, in the rows of the concerns that ran
//
// Needs the npm registry, bash and Chromium. The last line is "N passed, M failed". Exit codes: 0 success, 1 a failure.

import { rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { installEngines } from '../runtimes/engines.mjs'
import { checkBundlers } from './bundles.mjs'
import { checkCommandLine } from './command-line.mjs'
import { writeDocs } from './docs.mjs'
import { checkInstallers } from './installers.mjs'
import { checkNext } from './next.mjs'
import { openPages } from './pages.mjs'
import { checkPolicies } from './policies.mjs'
import { Report } from './results.mjs'
import { checkRuntimes } from './runtimes.mjs'
import { checkServiceWorkers } from './service-workers.mjs'
import { checkTestRunners } from './test-runners.mjs'
import { checkTypes } from './types.mjs'
import { here, installInto, pack, project, Tools, work } from './work.mjs'

const { values } = parseArgs({
  options: {
    all: { type: 'boolean' },
    only: { type: 'string' },
    tool: { type: 'string' },
    write: { type: 'boolean' },
  },
})

const concerns = {
  types: checkTypes,
  runtimes: checkRuntimes,
  'package managers': checkInstallers,
  'test runners': checkTestRunners,
  bundlers: checkBundlers,
  policies: checkPolicies,
  'service workers': checkServiceWorkers,
  'Next.js': checkNext,
  'command line': checkCommandLine,
}

const report = new Report()
const tools = new Tools('tools', here)
try {
  await tools.install()
  installEngines()
  const archives = await pack()
  await installInto(project, Object.values(archives), {
    '@parcel/resolver-default': { packageExports: true },
  })
  const pages = await openPages()
  try {
    for (const [name, check] of Object.entries(concerns)) {
      if (values.only ? values.only !== name : name === 'Next.js' && !values.all) continue
      const started = performance.now()
      await check(report, { tools, pages, archives, ...values })
      console.log(`${name}: ${((performance.now() - started) / 1000).toFixed(1)} s`)
    }
  } finally {
    await pages.close()
  }
} finally {
  rmSync(work, { recursive: true, force: true })
}
if (values.write && !values.tool) writeDocs(report.checks)
console.log(`${report.passed} passed, ${report.failed} failed`)
process.exitCode = report.failed > 0 ? 1 : 0
