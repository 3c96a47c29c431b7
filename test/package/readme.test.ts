// Runs the README's code as it is, against the built package, and compares the transcript with the demo's output.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { transformSync } from 'esbuild'
import { afterAll, beforeAll, expect, it } from 'vitest'

const readme = readFileSync('README.md', 'utf8')
const blocks = (language: string) =>
  [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(([, code]) => code!)

/** The only block that contains `text`. */
function blockWith(text: string): string {
  const found = blocks('ts').filter(code => code.includes(text))
  expect(found).toHaveLength(1)
  return found[0]!
}

const folder = 'build/readme'
beforeAll(() => mkdirSync(folder, { recursive: true }))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function run(name: string, code: string): string {
  const file = `${folder}/${name}.mjs`
  writeFileSync(file, transformSync(code, { loader: 'ts', target: 'es2022' }).code)
  return execFileSync(process.execPath, [file], { encoding: 'utf8' })
}

it('the code of the whole API runs', () => {
  const [api] = blocks('ts')
  const printed = `${api}
console.log(JSON.stringify(await (async () => {
  const again = await createScorer()
  return again.rank(query, documents, { limit: 2 })
})()))`
  const output = run('api', printed).trim().split('\n')
  expect(output[0]).toMatch(/^(relaxed-simd|simd)$/)
  const ranked = JSON.parse(output.at(-1)!)
  expect(ranked).toEqual([
    { index: 2, score: 2 },
    { index: 0, score: expect.closeTo(1.76, 6) },
  ])
})

it('the code of the static encoder runs', () => {
  expect(run('encode', blockWith('inverseDocumentFrequency(documents)'))).toContain(
    "'snakes shed their skin'",
  )
})

it('the code of threads runs', () => {
  const [threads, ...ranked] = run('threads', blockWith('threads:')).trim().split('\n')
  expect(Number(threads)).toBe(availableParallelism())
  expect(ranked.join('')).toMatch(
    /^\[\s*\{ index: 2, score: 0\.96\d* \},\s*\{ index: 0, score: 0\.80\d* \}\s*\]$/,
  )
})

it('a compiled module can be passed as shown', () => {
  const code = blocks('js')[0]!.replace(
    /import wasm from 'maxsimd\/simd.wasm'.*/,
    `import { createScorer } from 'maxsimd'
     import { readFileSync } from 'node:fs'
     const wasm = new WebAssembly.Module(readFileSync(new URL(import.meta.resolve('maxsimd/simd.wasm'))))`,
  )
  expect(run('module', `${code}\nconsole.log(scorer.kernel)`).trim()).toBe('simd')
})

it('every script that is named exists', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8'))
  for (const [, script] of readme.matchAll(/npm run ([\w:]+)/g))
    expect(Object.keys(scripts)).toContain(script)
})

it('the code of other dtypes runs', () => {
  expect(run('dtypes', blockWith("dtype: 'i8' })"))).toContain(
    "{ method: 'oversampled', considered: 3, rescored: 2 }",
  )
})
