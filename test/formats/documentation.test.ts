// Runs the code of docs/formats.md, unchanged, with the built package.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { transformSync } from 'esbuild'
import { afterAll, expect, it } from 'vitest'

const folder = 'build/formats-docs'
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('the example of docs/formats.md writes a file, reads it into a store and finds a document', () => {
  const [, code] = /^```ts\n([\s\S]*?)^```/m.exec(readFileSync('docs/formats.md', 'utf8'))!
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/example.mjs`, transformSync(code!, { loader: 'ts', target: 'es2022' }).code)
  const printed = execFileSync(process.execPath, ['example.mjs'], { cwd: folder, encoding: 'utf8' })
  expect(printed).toBe("{ title: 'two rows' }\n")
  expect(existsSync(`${folder}/corpus.npz`)).toBe(true)
})
