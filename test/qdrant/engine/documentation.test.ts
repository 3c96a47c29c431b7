// Runs the published code on the engine, with the built package: the blocks of docs/qdrant.md and of docs/lesson.md, each as
// one program, and examples/qdrant.mjs. Needs `npm run build`.

import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { transformSync } from 'esbuild'
import { afterEach, expect, it } from 'vitest'
import { freshName, isServer, url } from './support.js'

const folder = 'build/documentation'

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const blocks = (file: string) =>
  [...readFileSync(file, 'utf8').matchAll(/^```ts qdrant\n([\s\S]*?)^```/gm)].map(([, code]) => code!)

/** Runs a program and returns its output. Rejects with its errors. */
function run(code: string): Promise<string> {
  mkdirSync(folder, { recursive: true })
  const file = `${folder}/program.mjs`
  // other names, so that existing collections with the published names are not changed
  const name = freshName()
  const named = code
    .replaceAll(/(['"])(?:docs-search|colbert-(?:search|example))(-on-disk|-dense)?\1/g, `'${name}$2'`)
    .replaceAll(
      /url: (['"])http:\/\/127\.0\.0\.1:6333\1/g,
      'url: process.env.QDRANT_URL, apiKey: process.env.QDRANT_API_KEY',
    )
  writeFileSync(file, named)
  const child = spawn(process.execPath, [file], { env: { ...process.env, QDRANT_URL: url } })
  let [printed, errors] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text))
  return new Promise((resolve, reject) =>
    child.once('close', code => {
      if (code === 0) resolve(printed)
      else reject(new Error(`exit code ${code}: ${errors}`))
    }),
  )
}

/** The engine in process has no groups, and cannot add a vector to a collection, which is `both` in the documentation. */
const runs = (block: string) => isServer || !/addVector\(|queryGroups\(|\bboth\./.test(block)

const runBlocks = (file: string, more: string) =>
  run(
    transformSync(`${blocks(file).filter(runs).join('\n')}\n${more}`, { loader: 'ts', target: 'es2022' })
      .code,
  )

it('the blocks of docs/qdrant.md run as one program', async () => {
  const more = `${isServer ? 'await client.deleteCollection(both.name)' : 'const top = undefined'}
    console.log(JSON.stringify({ cost: cost(500), page: cost(1030), points: report.points, hits, best, ok: checked.ok, comparison,
    opened: (await openCollection(client, 'docs-search')).name, top}))`
  const output = JSON.parse((await runBlocks('docs/qdrant.md', more)).trim().split('\n').at(-1)!)
  expect(output).toMatchObject({
    points: 300,
    ok: true,
    opened: expect.stringMatching(/^maxsimd-/),
  })
  expect(output.cost.vectors.colbert).toMatchObject({ originals: 25.6e9, quantized: 0.8e9 })
  expect(output.page.disk / 1e9).toBeCloseTo(54.4, 1)
  expect(output.page.cached / 1e9).toBeCloseTo(54.4, 1)
  expect(output.comparison).toMatchObject({ agrees: true, overlap: 1 })
  expect(output.hits).toHaveLength(10)
  for (const { payload } of output.hits) expect(payload).toMatchObject({ language: 'en' })
  expect(output.best).toHaveLength(10)
  if (!isServer) return
  expect(output.top).toHaveLength(3)
  for (const { matches, candidate } of output.top)
    expect([matches.length, typeof candidate.rank]).toEqual([16, 'number'])
})

it('the repair of docs/scores-look-wrong.md keeps payloads and other vectors', async () => {
  const before = `
    import { createCollection, verify } from 'maxsimd/qdrant'
    import { createStore } from 'maxsimd/store'
    const colbert = { size: 2, distance: 'Dot' }
    const dense = { size: 2, distance: 'Dot', multivector_config: null }
    const source = await createStore({ vectors: { colbert } })
    const rows = [[[1, 0], [0, 1]], [[2, 0], [0, 2]], [[3, 3]]]
    await source.upsert(rows.map((colbert, id) => ({ id, vector: { colbert } })))
    const server = { url: process.env.QDRANT_URL, apiKey: process.env.QDRANT_API_KEY }
    const collection = await createCollection(server, 'docs-search', { vectors: { colbert, dense } })
    const stored = [rows[1], rows[0], [[3, 4]]]
    await collection.upsert(stored.map((colbert, id) => ({ id, vector: { colbert, dense: [id, 1] }, payload: { id } })))
    const check = () => verify(collection, [[[1, 1]]], { using: 'colbert', source })
    const report = await check()`
  const after = `
    const points = await collection.retrieve([0, 1, 2], { with_payload: true, with_vector: ['dense'] })
    console.log(JSON.stringify({ faults: wrong.map(({ fault }) => fault), ok: (await check()).ok, points }))`
  const [repair] = blocks('docs/scores-look-wrong.md')
  const { code } = transformSync(
    `${before}\n{\n${repair}}\n${after}`.replace('const wrong =', 'var wrong ='),
    {
      loader: 'ts',
      target: 'es2022',
    },
  )
  const output = JSON.parse(await run(code))
  expect(output).toMatchObject({ faults: ['swapped', 'swapped', 'stale'], ok: true })
  expect(output.points).toHaveLength(3)
  for (const { id, payload, vector } of output.points) {
    expect([payload, Object.values(vector.dense)], `point ${id}`).toEqual([{ id }, [id, 1]])
  }
})

it('the blocks of docs/lesson.md run as one program', async () => {
  const output = await runBlocks('docs/lesson.md', '')
  expect(output).toMatch(/^4 documents, \d+ bytes, 0 retries$/m)
  expect(output).toMatch(/^\d\.\d\d (When async tasks|Database resource)/m)
  expect(output).toMatch(/^1 query, .* limit 10: 100\.0 % of the results in common, 1 of 1 query identical$/m)
  expect(output).toMatch(/^true \S+ \d\S*$/m)
})

it.each(['docs/qdrant.md', 'docs/lesson.md'])('the blocks of %s have no type error in strict mode', file => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${folder}/program.mts`, `${blocks(file).join('\n')}\nexport {}\n`)
  const compilerOptions = {
    strict: true,
    noUncheckedIndexedAccess: true,
    exactOptionalPropertyTypes: true,
    noEmit: true,
    skipLibCheck: true,
    module: 'nodenext',
    target: 'es2022',
    types: ['node'],
  }
  writeFileSync(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions, files: ['program.mts'] }))
  const { stdout } = spawnSync('npx', ['tsc', '-p', folder], { encoding: 'utf8' })
  expect(stdout).toBe('')
})

it('examples/qdrant.mjs runs', async () => {
  const lines = (await run(readFileSync('examples/qdrant.mjs', 'utf8'))).trim().split('\n')
  expect(lines).toHaveLength(12)
  expect(lines[5]).toBe('database ~ database 1.00')
  expect(lines[9]).toMatch(/^reranked: [12], [12]$/)
  expect(lines[10]).toBe('the server and the kernel agree')
  expect(lines[11]).toMatch(/^largest difference \d\S*, allowed \d\S*$/)
})
