// Installs packages that only one suite or tool needs, and that are too large for the dev dependencies of the checkout.
// Each such folder has a package.json and a lock file.

import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Returns the npm that runs this program, if one does. Windows cannot start npm.cmd without a shell. */
function npmCommand() {
  const running = process.env.npm_execpath
  if (/npm-cli\.js$/.test(running ?? '')) return { file: process.execPath, first: [running], shell: false }
  const isWindows = process.platform === 'win32'
  return { file: isWindows ? 'npm.cmd' : 'npm', first: [], shell: isWindows }
}

export function installPackages(folder, what, options = []) {
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8')
  // compared by content, because a checkout changes the times of files
  const stamp = join(folder, 'node_modules', '.installed.json')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  process.stderr.write(`installing ${what}\n`)
  const { file, first, shell } = npmCommand()
  const args = [...first, 'ci', '--ignore-scripts', '--no-audit', '--loglevel=error', ...options]
  const { status, error } = spawnSync(file, args, { cwd: folder, stdio: ['ignore', 2, 2], shell })
  if (status !== 0) throw new Error(`npm ci failed in ${folder}`, { cause: error })
  writeFileSync(stamp, lock)
}
