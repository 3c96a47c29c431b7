// The promises of the package: who imports whom, what it depends on, what it weighs, what is in it.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import binaryen from 'binaryen'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'
import { minified, worker } from '../scripts/bundle.mjs'
import { RELAXED_SIMD, SIMD } from '../src/kernel/bytes.generated.js'

const manifest = JSON.parse(readFileSync('package.json', 'utf8'))

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(file => file.endsWith('.ts'))
    .map(file => join(folder, file))
}

const withoutComments = (source: string) => source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '')

/** What each file of src/ imports: paths inside src/, or package names. */
const imports = filesUnder('src').flatMap(file => {
  const source = withoutComments(readFileSync(file, 'utf8'))
  const found = source.matchAll(/^(?:import|export|\}).*? from '([^']+)'|\bimport\('([^']+)'\)/gm)
  return [...found].map(([statement, stated, dynamic]) => {
    const specifier = (stated ?? dynamic)!
    const isLate = stated === undefined || /^(import|export) type /.test(statement)
    return { file, target: specifier.startsWith('.') ? join(file, '..', specifier) : specifier, isLate }
  })
})

const layerOf = (path: string) => /^src\/(\w+)\//.exec(path)?.[1] ?? (path.startsWith('src/') ? 'core' : path)

/** For each layer, the layers and packages that it may import. */
const allowed: Record<string, readonly string[]> = {
  kernel: ['kernel', 'src/kind.js', 'src/datatype.js'],
  // threads: by import() and for types only, see below
  core: ['core', 'kernel', 'src/threads/scorer.js', 'src/threads/corpus.js', 'src/threads/crew.js'],
  threads: ['threads', 'core', 'kernel'],
  collection: ['collection', 'core'],
  encode: ['encode', 'collection', 'core', '@huggingface/transformers'],
  store: ['store', 'collection', 'core'],
  evaluation: ['evaluation'],
  formats: [
    'formats',
    'collection',
    'core',
    'src/evaluation/judgements.js',
    'hyparquet',
    'hyparquet/src/column.js',
    'hyparquet/src/schema.js',
    'hyparquet-compressors',
  ],
  texts: ['texts', 'encode', 'store', 'formats', 'collection', 'core'],
  transfer: ['transfer', 'store', 'qdrant', 'formats', 'collection', 'core'],
  rates: ['rates', 'store', 'qdrant', 'collection', 'core'],
  pooling: ['pooling', 'core'],
  muvera: ['muvera', 'core'],
  stages: ['stages', 'pooling', 'muvera', 'collection', 'core'],
  frameworks: ['frameworks', 'collection', 'core', 'src/threads/scorer.js'],
  // the codec is for those who talk to a server, so it is no part of the core's public names
  qdrant: ['qdrant', 'collection', 'core', 'src/kernel/codec.js', '@qdrant/js-client-rest'],
}

describe('imports point one way', () => {
  it.each(imports.filter(({ file }) => layerOf(file) !== 'cli'))(
    '$file imports $target',
    ({ file, target }) => {
      const names = allowed[layerOf(file)] ?? []
      expect(
        names.includes(layerOf(target)) || names.includes(target),
        `${file} may not import ${target}`,
      ).toBe(true)
    },
  )

  it('and what runs threads, which is larger than the core, is loaded when it is asked for', () => {
    const early = imports.filter(
      ({ file, target, isLate }) => layerOf(file) !== 'threads' && layerOf(target) === 'threads' && !isLate,
    )
    expect(early).toEqual([])
    // a page that has SIMD and asks for no threads loads maxsimd.min.js and nothing else
    const core = readFileSync('dist/maxsimd.min.js', 'utf8')
    const loaded = [...core.matchAll(/\bimport\b\(?\s*["'`]([^"'`]+)/g)].map(([, target]) => target)
    expect(loaded.sort()).toEqual(['./maxsimd.reference.min.js', './maxsimd.threads.min.js'])
  })

  it('and there are imports to look at', () => {
    expect(imports.length).toBeGreaterThan(20)
  })
})

it('only src/kernel knows WebAssembly', () => {
  // the worker's program has src/kernel in it
  const written = filesUnder('src').filter(file => !file.endsWith('worker.generated.ts'))
  const knowing = written.filter(file =>
    /\bWebAssembly\b/.test(withoutComments(readFileSync(file, 'utf8')).replace(/'[^']*'|`[^`]*`/g, '')),
  )
  expect(knowing.map(layerOf)).toEqual(knowing.map(() => 'kernel'))
})

const bundles = [
  'dist/index.js',
  'dist/maxsimd.min.js',
  'dist/maxsimd.threads.min.js',
  'dist/maxsimd.reference.min.js',
  // the frameworks' interfaces are plain objects
  ...['pooling', 'muvera', 'stages'].map(folder => `dist/${folder}/index.js`),
  ...['ai-sdk', 'langchain', 'llamaindex'].map(name => `dist/frameworks/${name}.js`),
]

it.each(bundles)('%s needs nothing at run time', async bundle => {
  const { metafile } = await build({
    entryPoints: [bundle],
    bundle: true,
    packages: 'external',
    format: 'esm',
    write: false,
    metafile: true,
    outdir: 'unused',
  })
  const external = Object.values(metafile.inputs).flatMap(input =>
    input.imports.filter(found => found.external),
  )
  expect(external).toEqual([])
})

it('the core with its wasm and all dtypes is at most 20 KB gzip', () => {
  expect(gzipSync(readFileSync('dist/maxsimd.min.js'), { level: 9 }).length).toBeLessThanOrEqual(20 * 1024)
})

it('its f32 part is at most 12 KB gzip', async () => {
  // left out: what only screened rankings, other dtypes and stores need; the reference kernel and threads, which are chunks of their own;
  // and of the binaries what only other dtypes reach
  const others = /\/(certificate|originals|quads|rounding)\.ts$/
  const { outputFiles } = await build({
    ...minified,
    entryPoints: ['src/index.ts'],
    sourcemap: false,
    write: false,
    plugins: [
      {
        name: 'f32',
        setup({ onLoad, onResolve }) {
          const names = [
            'certify',
            'hasQuads',
            'isRounded',
            'parseOriginals',
            'rankOriginals',
            'readCode',
            'roundRows',
            'slackOf',
          ]
          onResolve({ filter: /^\./ }, ({ kind }) =>
            kind === 'dynamic-import' ? { external: true } : undefined,
          )
          onLoad({ filter: others }, () => ({
            contents: names.map(name => `export const ${name} = 0`).join('\n'),
          }))
          onLoad({ filter: /bytes\.generated\.ts$/ }, () => ({
            contents: "export const SIMD = '', RELAXED_SIMD = ''",
          }))
        },
      },
    ],
  })
  const library = gzipSync(outputFiles[0]!.contents, { level: 9 }).length
  const binaries = gzipSync(Buffer.concat([f32Part('simd'), f32Part('relaxed-simd')]), { level: 9 }).length
  expect(library + binaries).toBeLessThanOrEqual(12 * 1024)
})

/** A binary without the exports that other dtypes, screened rankings and stores need. */
function f32Part(kernel: string): Buffer {
  const module = binaryen.readBinary(readFileSync(`dist/${kernel}.wasm`))
  module.setFeatures(binaryen.Features.All)
  for (const name of ['bounds', 'checksum', 'decode', 'encode', 'fourProducts', 'packFixed', 'maxsimFixed'])
    module.removeExport(name)
  module.runPasses(['remove-unused-module-elements'])
  const bytes = Buffer.from(module.emitBinary())
  module.dispose()
  return bytes
}

it('what runs threads, with the program of a worker, is at most 26 KB gzip more, and compiles no WebAssembly', () => {
  const threads = readFileSync('dist/maxsimd.threads.min.js')
  expect(gzipSync(threads, { level: 9 }).length).toBeLessThanOrEqual(26 * 1024)
  // the workers get the module that the caller's thread compiled
  const binary = /(\0|\\0|\\x00)asm/
  expect(readFileSync('dist/maxsimd.min.js', 'utf8')).toMatch(binary)
  expect(threads.toString()).not.toMatch(binary)
})

it('a worker runs the program that is in the sources', async () => {
  const { WORKER } = await import('../src/threads/worker.generated.js')
  const { outputFiles } = await build(worker)
  expect(WORKER).toBe(outputFiles[0]!.text.trim())
  expect(WORKER).not.toMatch(/\b(import|require)\b/)
})

it('every export of the package is built, with types and source maps', () => {
  const targets = Object.values(manifest.exports).flatMap(entry =>
    typeof entry === 'string' ? [entry] : Object.values(entry as object),
  )
  for (const target of targets) expect(existsSync(target), target).toBe(true)
  expect(readFileSync('dist/index.js', 'utf8')).toContain('//# sourceMappingURL=index.js.map')
  expect(existsSync('dist/index.js.map')).toBe(true)
})

it('depends on a command-line library and on nothing else', () => {
  expect(Object.keys(manifest.dependencies)).toEqual(['commander'])
})

it('is pure, and says so', () => {
  expect(manifest.sideEffects).toBe(false)
  expect(manifest.type).toBe('module')
})

/** How often an instruction of the SIMD group (prefix 0xfd) stands in a binary. */
function count(binary: Uint8Array, ...opcode: number[]): number {
  let found = 0
  for (let at = 0; at + opcode.length < binary.length; at++) {
    if (binary[at] === 0xfd && opcode.every((byte, i) => binary[at + 1 + i] === byte)) found++
  }
  return found
}

it('the binaries are SIMD: multiply and add in one, fused multiply-add in the other', () => {
  const simd = readFileSync('dist/simd.wasm')
  const relaxed = readFileSync('dist/relaxed-simd.wasm')
  const [multiply, add, splat, fused] = [[0xe6, 0x01], [0xe4, 0x01], [0x09], [0x85, 0x02]] as const
  // 8 + 8 + 4 accumulators in the three tiles of dot and of euclid; halves and steps take a few products more
  expect(count(simd, ...multiply)).toBeGreaterThanOrEqual(40)
  expect(count(simd, ...add)).toBeGreaterThanOrEqual(60)
  expect(count(simd, ...splat)).toBeGreaterThanOrEqual(30)
  expect(count(simd, ...fused)).toBe(0)
  expect(count(relaxed, ...fused)).toBeGreaterThanOrEqual(40)
  expect(count(relaxed, ...multiply)).toBeLessThan(10)
  // two sums of quads of int8 products in each of six lines of the two tiles, where they are
  const quads = [0x93, 0x02]
  expect(count(simd, ...quads)).toBe(0)
  expect(count(relaxed, ...quads)).toBeGreaterThanOrEqual(18)
  // pairs of int16 products, in both
  const [pairs] = [[0xba, 0x01]] as const
  for (const binary of [simd, relaxed]) expect(count(binary, ...pairs)).toBeGreaterThanOrEqual(20)
})

it('the tests load the binaries that are shipped', () => {
  for (const [kernel, text] of [
    ['simd', SIMD],
    ['relaxed-simd', RELAXED_SIMD],
  ] as const) {
    expect(Buffer.from(text, 'latin1').equals(readFileSync(`dist/${kernel}.wasm`))).toBe(true)
  }
})
