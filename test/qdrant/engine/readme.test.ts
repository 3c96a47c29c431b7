// Runs the README's code for Qdrant on the engine, with the built package.

import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { transformSync } from 'esbuild'
import { afterAll, expect, it } from 'vitest'
import { client, freshName, url } from './support.js'

// another name, because the server may have a collection with the published name
const name = freshName()

const folder = 'build/readme-qdrant'
const code = [...readFileSync('README.md', 'utf8').matchAll(/^```ts\n([\s\S]*?)^```/gm)]
  .map(([, block]) => block!)
  .find(block => block.includes('maxsimd/qdrant'))!

afterAll(async () => {
  for (const made of [name, `${name}-on-disk`]) await client.deleteCollection(made)
})

it('the README creates, loads, queries, reranks, verifies and compares a collection', async () => {
  mkdirSync(folder, { recursive: true })
  const file = `${folder}/lesson.mjs`
  const apiKey = process.env.QDRANT_API_KEY
  const here = code.replace(
    "url: 'http://127.0.0.1:6333'",
    `url: '${url}'${apiKey ? ', apiKey: process.env.QDRANT_API_KEY' : ''}`,
  )
  expect(here).not.toBe(code)
  const named = here.replaceAll('colbert-search', name)
  writeFileSync(file, transformSync(named, { loader: 'ts', target: 'es2022' }).code)
  const { stdout } = await promisify(execFile)(process.execPath, [file])
  const lines = stdout.split('\n')
  expect(Number(lines[0])).toBeGreaterThan(1e11)
  expect(lines[1]).toBe('4')
  expect(stdout).toContain('Database resource exhaustion can occur')
  expect(stdout).toMatch(/^true \S+ \d+ x 2\^-24 of Σ max Σ \|q d\|/m)
  expect(stdout).toMatch(
    /^1 query, 5 rounds, limit 10: 100\.0 % of the results in common, 1 of 1 query identical$/m,
  )
})
