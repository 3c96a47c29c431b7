// Concern "package managers": the program in Node, installed by pnpm and by Yarn with Plug'n'Play.

import { copyFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ALL_STEPS, differences } from './results.mjs'
import { here, mustRun, work } from './work.mjs'

/** Runs the program of a server in a folder. `command` starts Node there. */
async function runServer(folder, command, args) {
  const stdout = await mustRun(command, [...args, 'server.js', join(folder, 'library')], { cwd: folder })
  return differences(JSON.parse(stdout.trim().split('\n').at(-1)), ALL_STEPS)
}

/** A project with the program of a server. */
function makeProject(name, archives, manifest = {}) {
  const folder = join(work, name)
  mkdirSync(folder)
  cpSync(join(here, 'programs'), folder, { recursive: true })
  copyFileSync(join(here, 'recipes/node.js'), join(folder, 'recipe.js'))
  const dependencies = Object.fromEntries(
    Object.entries(archives).map(([name, archive]) => [name, `file:${archive}`]),
  )
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'user', private: true, type: 'module', dependencies, ...manifest }),
  )
  return folder
}

export async function checkInstallers(report, { tools, archives }) {
  await report.run('package managers', `pnpm ${tools.version('pnpm')}`, async () => {
    const folder = makeProject('pnpm', archives)
    const pnpm = tools.path('pnpm/bin/pnpm.cjs')
    await mustRun(process.execPath, [pnpm, 'install', '--silent', '--store-dir', join(work, 'pnpm-store')], {
      cwd: folder,
    })
    return runServer(folder, process.execPath, [])
  })
  await report.run(
    'package managers',
    `Yarn ${tools.version('@yarnpkg/cli-dist')}, Plug'n'Play`,
    async () => {
      const folder = makeProject('yarn', archives)
      const yarn = [tools.path('@yarnpkg/cli-dist/bin/yarn.js')]
      writeFileSync(
        join(folder, '.yarnrc.yml'),
        'nodeLinker: pnp\nenableTelemetry: false\nenableGlobalCache: false\n',
      )
      writeFileSync(join(folder, 'yarn.lock'), '')
      await mustRun(process.execPath, [...yarn, 'install', '--no-immutable'], { cwd: folder })
      return runServer(folder, process.execPath, [...yarn, 'node'])
    },
  )
}
