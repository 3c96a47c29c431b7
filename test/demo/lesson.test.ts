// The lesson without a server: in stores, a process of its own. Needs `npm run build`.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'maxsimd-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function run(...args: string[]) {
  const { NO_COLOR: _, FORCE_COLOR: __, QDRANT_URL: ___, QDRANT_BIN: ____, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, [resolve('build/lesson.mjs'), ...args], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...env, TMPDIR: folder },
  })
  return { code: status, stdout, stderr }
}

it('runs the steps of the lesson in the embedded store, and leaves nothing behind', () => {
  const { code, stdout, stderr } = run()
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout.match(/^\d\. .*$/gm)).toEqual([
    '1. Create a collection for multi-vectors',
    '2. Index the documents',
    '3. Query with MaxSim',
    '4. Offload the vectors to disk',
    '5. Verify: does the store score as the kernel here does?',
    '6. Clean up',
  ])
  expect(stdout).toContain('"colbert-search-on-disk" on the embedded store, on_disk: true: ')
  expect(stdout.match(/^ {2}\d\.\d{4} {2}document \d/gm)).toEqual(
    ['5.8542  document 2', '5.4133  document 1', '4.7009  document 3', '4.0706  document 4']
      .map(line => `  ${line}`)
      .flatMap((line, _, lines) => (line === lines[0] ? [...lines, ...lines] : [])),
  )
  expect(stdout).toContain(
    'in memory: 25,600 bytes of vectors, 25,600 bytes of them in memory, 0 bytes of files\n',
  )
  expect(stdout).toMatch(
    / {2}on disk: 25,600 bytes of vectors, 0 bytes of them in memory, [\d,]+ bytes of files\n/,
  )
  expect(stdout.match(/: 0 of 4 scores beyond their bound/g)).toHaveLength(2)
  expect(stdout).toMatch(/ {2}removed "colbert-search"\n {2}removed "colbert-search-on-disk"\n$/)
  expect(readdirSync(folder)).toEqual([])
})

it('says what is wrong with a model that is not there', () => {
  const { code, stderr } = run('--model', './no-such-folder')
  expect(code).toBe(2)
  // without transformers.js the error names the package
  expect(stderr).toMatch(
    /^("model" expected a folder that exists, got .*no-such-folder|createEncoder needs the package @huggingface\/transformers)/,
  )
})

it('says how it is used', () => {
  const { code, stdout } = run('--help')
  expect(code).toBe(0)
  expect(stdout).toContain('npm run lesson -- --model colbert-ir/colbertv2.0')
})
