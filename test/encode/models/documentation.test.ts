// Runs the code in the documentation, with a model from packages instead of the one that it would download: the
// blocks of docs/from-python.md and of docs/encoders.md, each as one program. Needs `npm run build`.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from 'esbuild'
import { expect, it } from 'vitest'
import { build, models } from './fixtures.js'
import { runInstalled } from './support.js'

const minilm = join(build, 'minilm')

const blocks = (file: string, language: string) =>
  [...readFileSync(file, 'utf8').matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    ([, code]) => code!,
  )

function run(code: string, folder: string): string {
  const named = "{ model: 'colbert-ir/colbertv2.0'"
  expect(code).toContain(named)
  const local = code.replaceAll(named, `{ model: ${JSON.stringify(folder)}`)
  return runInstalled(transformSync(local, { loader: 'ts', target: 'es2022' }).code)
}

it.runIf(existsSync(minilm))('the code in docs/from-python.md encodes a query', () => {
  const code = `${blocks('docs/from-python.md', 'ts encoder').join('\n')}\nconsole.log(query.dim)`
  expect(run(code, minilm).trim()).toBe('384')
})

it('the code in docs/encoders.md runs as one program', () => {
  const code = [
    ...blocks('docs/encoders.md', 'ts encoder'),
    'console.log(JSON.stringify([settings.queryLength, windows.length, chapters.length, hits.length, novel.truncated ?? novel.tokens.length]))',
  ].join('\n')
  const lines = run(code, join(models, 'colbert')).split('\n')
  const [queryLength, windows, chapters, hits, rows] = JSON.parse(lines.at(-1)!)
  expect([queryLength, hits, chapters]).toEqual([64, 1, windows])
  expect(windows).toBeGreaterThan(10)
  expect(rows).toBeGreaterThan(1500)
  // one line for each row of the query, and the last
  expect(lines).toHaveLength(33)
})
