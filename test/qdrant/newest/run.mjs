// Runs the main part of the Qdrant suite on Node 26 with the newest client: `npm run test:qdrant:newest`. Arguments are
// passed on to vitest. The checkout has an older client, because the newest one needs Node 22.

import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { installPackages } from '../../../scripts/install-packages.mjs'

const here = import.meta.dirname
const root = join(here, '../../..')

/** The tests that use the client, without those of speed, kills and the command line. */
const FILES = ['collection', 'points', 'rerank', 'transfer', 'upsert', 'verify']

installPackages(
  here,
  'Node 26 and the newest client of Qdrant into test/qdrant/newest/node_modules (210 MB, once)',
)
const platform = process.platform === 'win32' ? 'win' : process.platform
const installed = join(here, 'node_modules', `node-${platform}-${process.arch}`, 'bin')
const binary = join(installed, process.platform === 'win32' ? 'node.exe' : 'node')
const node = existsSync(binary) ? binary : process.execPath
const files = FILES.map(name => `test/qdrant/engine/${name}.test.ts`)
const { status } = spawnSync(
  node,
  ['node_modules/vitest/vitest.mjs', 'run', '--project', 'qdrant*', ...files, ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      QDRANT_ENGINES: 'edge',
      ...process.env,
      QDRANT_CLIENT: join(here, 'node_modules/@qdrant/js-client-rest'),
    },
  },
)
process.exitCode = status ?? 1
