// Checks the package: its dependencies, its sizes and its contents.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { expect, it } from 'vitest'
import { worker } from '../../scripts/bundle.mjs'
import { RELAXED_SIMD, SIMD } from '../../src/kernel/bytes.generated.js'
import { embeddedBytes } from '../../src/kernel/embedded-binary.js'

const manifest = JSON.parse(readFileSync('package.json', 'utf8'))

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .map(file => join(folder, file))
}

const withoutComments = (source: string) => source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '')

const folderOf = (path: string) => /^src\/([\w-]+)\//.exec(path)?.[1]

it('a page with SIMD and without threads loads only maxsimd.min.js', () => {
  const core = readFileSync('dist/maxsimd.min.js', 'utf8')
  const loaded = [...core.matchAll(/\bimport\b\(?\s*["'`]([^"'`]+)/g)].map(([, target]) => target)
  expect(loaded.sort()).toEqual(['./maxsimd.reference.min.js', './maxsimd.threads.min.js'])
})

it('only src/kernel uses WebAssembly', () => {
  // the worker's program contains src/kernel
  const written = filesUnder('src').filter(file => !file.endsWith('worker.generated.ts'))
  const knowing = written.filter(file =>
    /\bWebAssembly\b/.test(withoutComments(readFileSync(file, 'utf8')).replace(/'[^']*'|`[^`]*`/g, '')),
  )
  expect(knowing.map(folderOf)).toEqual(knowing.map(() => 'kernel'))
})

const bundles = [
  'dist/index.js',
  'dist/maxsimd.min.js',
  'dist/maxsimd.threads.min.js',
  'dist/maxsimd.reference.min.js',
  // the frameworks' interfaces are plain objects
  ...['stages/pooling', 'stages/muvera', 'stages'].map(folder => `dist/${folder}/index.js`),
  ...['ai-sdk', 'genkit', 'langchain', 'llamaindex', 'mastra'].map(name => `dist/frameworks/${name}.js`),
]

it.each(bundles)('%s has no dependency at run time', async bundle => {
  const { metafile } = await build({
    entryPoints: [bundle],
    bundle: true,
    packages: 'external',
    format: 'esm',
    write: false,
    metafile: true,
    logLevel: 'error',
    outdir: 'unused',
  })
  const external = Object.values(metafile.inputs).flatMap(input =>
    input.imports.filter(found => found.external),
  )
  expect(external).toEqual([])
})

it('the core, with its binaries and all dtypes, has at most 23.25 KiB gzip', () => {
  expect(gzipSync(readFileSync('dist/maxsimd.min.js'), { level: 9 }).length).toBeLessThanOrEqual(23.25 * 1024)
})

it('threads add at most 26 KiB gzip, with the worker program, and contain no binary', () => {
  const threads = readFileSync('dist/maxsimd.threads.min.js')
  expect(gzipSync(threads, { level: 9 }).length).toBeLessThanOrEqual(26 * 1024)
  // workers receive the module that the caller's thread compiled
  const binary = SIMD.slice(0, 4)
  expect(readFileSync('dist/maxsimd.min.js', 'utf8')).toContain(binary)
  expect(threads.toString()).not.toContain(binary)
})

it('the embedded worker program matches the sources', async () => {
  const { WORKER } = await import('../../src/threads/worker/worker.generated.js')
  const { outputFiles } = await build(worker)
  expect(WORKER).toBe(outputFiles[0]!.text.trim())
  expect(WORKER).not.toMatch(/\b(import|require)\b/)
})

it('every export of the package is built, with types and source maps', () => {
  const targets = Object.values(manifest.exports).flatMap(entry =>
    typeof entry === 'string' ? [entry] : Object.values(entry as object),
  )
  for (const target of targets) expect(existsSync(target.replace('?module', '')), target).toBe(true)
  expect(readFileSync('dist/index.js', 'utf8')).toContain('//# sourceMappingURL=index.js.map')
  expect(existsSync('dist/index.js.map')).toBe(true)
})

it('has few dependencies: readers of zip, Parquet and HTML files', () => {
  expect(Object.keys(manifest.dependencies)).toEqual([
    '@zip.js/zip.js',
    'hyparquet',
    'hyparquet-compressors',
    'parse5',
  ])
})

it('declares that no module but the program of a worker has side effects', () => {
  expect(manifest.sideEffects).toEqual(['./dist/worker.js'])
  expect(manifest.type).toBe('module')
})

/** Counts an instruction of the SIMD group (prefix 0xfd) in a binary. */
function count(binary: Uint8Array, ...opcode: number[]): number {
  let found = 0
  for (let at = 0; at + opcode.length < binary.length; at++) {
    if (binary[at] === 0xfd && opcode.every((byte, i) => binary[at + 1 + i] === byte)) found++
  }
  return found
}

it('the SIMD binary multiplies and adds; the relaxed one uses fused multiply-add', () => {
  const simd = readFileSync('dist/simd.wasm')
  const relaxed = readFileSync('dist/relaxed-simd.wasm')
  const [multiply, add, splat, fused] = [[0xe6, 0x01], [0xe4, 0x01], [0x09], [0x85, 0x02]] as const
  // the three tiles have 8 + 8 + 4 accumulators, for dot and for euclid; other loops add a few products
  expect(count(simd, ...multiply)).toBeGreaterThanOrEqual(40)
  expect(count(simd, ...add)).toBeGreaterThanOrEqual(60)
  expect(count(simd, ...splat)).toBeGreaterThanOrEqual(30)
  expect(count(simd, ...fused)).toBe(0)
  expect(count(relaxed, ...fused)).toBeGreaterThanOrEqual(40)
  expect(count(relaxed, ...multiply)).toBeLessThan(10)
  // the two int8 tiles sum four products in each of 18 places, in the relaxed binary only
  const quads = [0x93, 0x02]
  expect(count(simd, ...quads)).toBe(0)
  expect(count(relaxed, ...quads)).toBeGreaterThanOrEqual(18)
  // both binaries sum pairs of int16 products: 8 + 8 in the tiles, 2 for the last query rows
  const [pairs] = [[0xba, 0x01]] as const
  for (const binary of [simd, relaxed]) expect(count(binary, ...pairs)).toBeGreaterThanOrEqual(18)
})

it('the tests load the published binaries', () => {
  for (const [kernel, text] of [
    ['simd', SIMD],
    ['relaxed-simd', RELAXED_SIMD],
  ] as const) {
    expect(Buffer.from(embeddedBytes(text)).equals(readFileSync(`dist/${kernel}.wasm`))).toBe(true)
  }
})
