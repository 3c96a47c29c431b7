import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'

// A copy of the script in a small project, because it hashes the files around itself.
let root: string

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'maxsimd-build-state-'))
  for (const folder of ['assembly', 'bench/results', 'build', 'demo', 'dist', 'scripts', 'src/kernel'])
    mkdirSync(join(root, folder), { recursive: true })
  cpSync('scripts/build-state.mjs', join(root, 'scripts/build-state.mjs'))
  for (const file of [
    'asconfig.json',
    'package.json',
    'src/index.ts',
    'build/demo.mjs',
    'dist/index.js',
    'dist/index.d.ts',
    'src/kernel/constants.generated.ts',
  ])
    writeFileSync(join(root, file), '1')
})

afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Runs an expression with the exports of build-state.mjs. */
function run(expression: string): unknown {
  const program = `import * as state from './scripts/build-state.mjs'; console.log(JSON.stringify(${expression} ?? null))`
  return JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: root,
      encoding: 'utf8',
    }),
  )
}

it('reports each source that was changed, added or removed since the build, and each missing output', () => {
  expect(run('state.staleFiles()')).toEqual([expect.stringMatching(/build.sources\.json$/)])
  run('state.recordBuild(state.hashSources())')
  expect(run('state.staleFiles()')).toEqual([])

  writeFileSync(join(root, 'src/kernel/constants.generated.ts'), '2')
  writeFileSync(join(root, 'bench/results/chart.svg'), '2')
  expect(run('state.staleFiles()'), 'generated files and results are no sources').toEqual([])

  writeFileSync(join(root, 'src/index.ts'), '2')
  writeFileSync(join(root, 'src/added.ts'), '1')
  rmSync(join(root, 'asconfig.json'))
  rmSync(join(root, 'dist/index.js'))
  writeFileSync(join(root, 'asconfig.json'), '2')
  expect(run('state.staleFiles()')).toEqual([
    'dist/index.js',
    'asconfig.json',
    'src/index.ts',
    'src/added.ts',
  ])
})
