// Runs the code of docs/store.md with the built package, and compares its output with the comments.

import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { transformSync } from 'esbuild'
import { afterEach, expect, it } from 'vitest'
import { freshPath } from './folders.js'

const folder = 'build/store-documentation'

afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('runs the code of docs/store.md, which prints what its comments show', () => {
  const [, code] = /^```ts\n([\s\S]*?)^```/m.exec(readFileSync('docs/store.md', 'utf8'))!
  mkdirSync(folder, { recursive: true })
  const program = code!.replaceAll("'library'", JSON.stringify(freshPath()))
  writeFileSync(`${folder}/program.mjs`, transformSync(program, { loader: 'ts', target: 'es2022' }).code)
  const { stdout, stderr, status } = spawnSync(process.execPath, [`${folder}/program.mjs`], {
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  const comments = [...code!.matchAll(/console\.log\(.*\) \/\/ (.*)$/gm)].map(([, text]) => text!)
  expect(comments).toHaveLength(2)
  // the order of properties may differ
  const sorted = (text: string) =>
    text
      .replaceAll(/[{},\s]+/g, ' ')
      .split(' ')
      .filter(Boolean)
      .sort()
  expect(sorted(stdout)).toEqual(sorted(comments.join(' ')))
})
