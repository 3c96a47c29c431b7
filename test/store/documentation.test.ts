// The code of docs/store.md runs as it stands, against the built package under its own name, and prints what it says.

import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { transformSync } from 'esbuild'
import { afterEach, expect, it } from 'vitest'
import { freshPath } from './folders.js'

const folder = 'build/store-documentation'

afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('docs/store.md is a program that runs', () => {
  const [, code] = /^```ts\n([\s\S]*?)^```/m.exec(readFileSync('docs/store.md', 'utf8'))!
  mkdirSync(folder, { recursive: true })
  const here = code!.replaceAll("'library'", JSON.stringify(freshPath()))
  writeFileSync(`${folder}/program.mjs`, transformSync(here, { loader: 'ts', target: 'es2022' }).code)
  const { stdout, stderr, status } = spawnSync(process.execPath, [`${folder}/program.mjs`], {
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  const said = [...code!.matchAll(/console\.log\(.*\) \/\/ (.*)$/gm)].map(([, text]) => text!)
  expect(said).toHaveLength(2)
  const plain = (text: string) => text.replaceAll(/\s+/g, ' ').trim()
  // properties may stand in another order
  const sorted = (text: string) => plain(text).replaceAll(/[{},]/g, ' ').split(' ').filter(Boolean).sort()
  expect(sorted(stdout)).toEqual(sorted(said.join(' ')))
})
