// The lesson in embedded stores, as a program. test/qdrant/engine/programs.test.ts runs it on Qdrant.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { documents, question } from '../../demo/lesson-texts.js'
import { runProgram } from './run-program.js'

const folder = mkdtempSync(join(tmpdir(), 'maxsimd-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = (...args: string[]) =>
  runProgram('lesson', args, { folder, environment: { TMPDIR: folder, TEMP: folder, TMP: folder } })

it('runs all steps in the embedded store and leaves no file behind', () => {
  const { code, stdout, stderr } = run()
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout).toContain(
    'which ignore context, so its scores differ from\nthose of the ColBERT model of the lesson.',
  )
  expect(stdout.match(/^\d\. .*$/gm)).toEqual([
    '1. Create a collection for multi-vectors',
    '2. Index the documents',
    '3. Query with MaxSim',
    '4. Offload the vectors to disk',
    '5. Verify: do the store and the kernel compute the same scores?',
    '6. Clean up',
  ])
  expect(stdout).toContain('  created "colbert-search-on-disk" on the embedded store, on_disk: true, in ')
  const ranking = ['6.0258  document 1', '5.8542  document 2', '4.7009  document 3', '4.0706  document 4']
  expect(stdout.match(/^ {2}\d\.\d{4} {2}document \d/gm)).toEqual(
    [...ranking, ...ranking].map(line => `  ${line}`),
  )
  expect(stdout).toContain('  document 1 is first: it answers every part of the question\n')
  expect(stdout).toContain(
    'in memory: 25,600 bytes of vectors, 25,600 bytes of them in memory, 0 bytes of files\n',
  )
  expect(stdout).toMatch(
    / {2}on disk: 25,600 bytes of vectors, 0 bytes of them in memory, [\d,]+ bytes of files\n/,
  )
  expect(stdout.match(/: 4 of 4 scores agree, checked in /g)).toHaveLength(2)
  expect(stdout).toMatch(/ {2}removed "colbert-search"\n {2}removed "colbert-search-on-disk"\n$/)
  expect(readdirSync(folder)).toEqual([])
})

it('refuses a model that does not exist', () => {
  const { code, stderr } = run('--model', './no-such-folder')
  expect(code).toBe(2)
  // without transformers.js the error names the package
  expect(stderr).toMatch(
    /^("model" expected a folder that exists, got .*no-such-folder|createEncoder needs the package @huggingface\/transformers)/,
  )
})

it.each(['--keep', '--replace'])('refuses %s without a server', option => {
  expect(run(option)).toMatchObject({
    code: 2,
    stderr: `"${option}" requires --qdrant <url>\nSee npm run lesson -- --help\n`,
  })
})

it('refuses an unknown option', () => {
  expect(run('--wrong')).toEqual({
    code: 2,
    stdout: '',
    stderr: "Unknown option '--wrong'\nSee npm run lesson -- --help\n",
  })
})

it('prints its help', () => {
  const { code, stdout } = run('--help')
  expect(code).toBe(0)
  expect(stdout).toContain('npm run lesson -- --model colbert-ir/colbertv2.0')
  expect(stdout).toContain('Exit codes: 0 success, 1 scores disagree, 2 error, 130 interrupted')
})

it('examples/lesson.mjs has the same documents and question', () => {
  const example = readFileSync('examples/lesson.mjs', 'utf8').replace(/' \+\n\s*'/g, '')
  for (const text of [...documents, question]) expect(example).toContain(`'${text}'`)
})
