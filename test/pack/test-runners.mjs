// Concern "test runners": the program in Vitest and Jest, in Node and in jsdom, whose values are of another realm.

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ALL_STEPS, differences } from './results.mjs'
import { makeProgram, runProcess } from './work.mjs'

// the test itself compares nothing: it writes the results to a file
const TEST = `
import { writeFileSync } from 'node:fs'
import { loadModule, loadWords } from './recipe.js'
import { run } from './steps.js'

test('the program', async () => {
  writeFileSync(process.env.RESULTS, JSON.stringify(await run({ loadModule, loadWords, path: process.env.LIBRARY })))
})
`

/** Jest's jsdom has no TextEncoder. */
const SETUP = ['--setupFiles', './jsdom-setup.js']

export async function checkTestRunners(report, { tools }) {
  const runners = [
    {
      name: 'Vitest',
      args: folder => [tools.path('vitest/vitest.mjs'), 'run', '--globals', '--root', folder],
    },
    {
      name: 'Jest',
      args: folder => [
        '--experimental-vm-modules',
        tools.path('jest/bin/jest.js'),
        '--rootDir',
        folder,
        ...SETUP,
      ],
    },
  ]
  for (const { name, args } of runners) {
    for (const kind of ['node', 'jsdom']) {
      const folder = makeProgram(`${name}-${kind}`.toLowerCase(), 'test-runner')
      writeFileSync(join(folder, 'a.test.js'), TEST)
      const results = join(folder, 'results.json')
      const environment =
        name === 'Jest' && kind === 'jsdom' ? tools.require.resolve('jest-environment-jsdom') : kind
      await report.run('test runners', `${name} ${tools.version(name.toLowerCase())}, ${kind}`, async () => {
        const { code, stdout, stderr } = await runProcess(
          process.execPath,
          [...args(folder), ...(name === 'Jest' ? ['--env', environment] : ['--environment', environment])],
          { cwd: folder, env: { RESULTS: results, LIBRARY: join(folder, 'library') } },
        )
        if (code !== 0) return `${stdout}${stderr}`
        return differences(JSON.parse(readFileSync(results, 'utf8')), ALL_STEPS)
      })
    }
  }
}
