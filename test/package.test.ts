// The promises of the package: who imports whom, what it depends on, what it weighs, what is in it.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { describe, expect, it } from 'vitest'

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
  return [...found].map(([, stated, dynamic]) => {
    const specifier = (stated ?? dynamic)!
    return { file, target: specifier.startsWith('.') ? join(file, '..', specifier) : specifier }
  })
})

const layerOf = (path: string) => /^src\/(\w+)\//.exec(path)?.[1] ?? (path.startsWith('src/') ? 'core' : path)

/** For each layer, the layers and packages that it may import. */
const allowed: Record<string, readonly string[]> = {
  kernel: ['kernel', 'src/kind.js', 'src/datatype.js'],
  core: ['core', 'kernel'],
  encode: ['encode', 'core', '@huggingface/transformers'],
  store: ['store', 'core'],
  qdrant: ['qdrant', 'core', '@qdrant/js-client-rest'],
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

  it('and there are imports to look at', () => {
    expect(imports.length).toBeGreaterThan(20)
  })
})

it('only src/kernel knows WebAssembly', () => {
  const knowing = filesUnder('src').filter(file =>
    /\bWebAssembly\b/.test(withoutComments(readFileSync(file, 'utf8')).replace(/'[^']*'|`[^`]*`/g, '')),
  )
  expect(knowing.map(layerOf)).toEqual(knowing.map(() => 'kernel'))
})

it.each(['dist/index.js', 'dist/maxsimd.min.js'])('%s needs nothing at run time', async bundle => {
  expect(manifest.dependencies ?? {}).toEqual({})
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

it('the core with its wasm is at most 12 KB gzip', () => {
  expect(gzipSync(readFileSync('dist/maxsimd.min.js'), { level: 9 }).length).toBeLessThanOrEqual(12 * 1024)
})

it('every export of the package is built, with types and source maps', () => {
  const targets = Object.values(manifest.exports).flatMap(entry =>
    typeof entry === 'string' ? [entry] : Object.values(entry as object),
  )
  for (const target of targets) expect(existsSync(target), target).toBe(true)
  expect(readFileSync('dist/index.js', 'utf8')).toContain('//# sourceMappingURL=index.js.map')
  expect(existsSync('dist/index.js.map')).toBe(true)
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
  // 8 + 8 + 4 accumulators in the three tiles of dot and of euclid
  expect(count(simd, ...multiply)).toBeGreaterThanOrEqual(40)
  expect(count(simd, ...add)).toBeGreaterThanOrEqual(60)
  expect(count(simd, ...splat)).toBeGreaterThanOrEqual(30)
  expect(count(simd, ...fused)).toBe(0)
  expect(count(relaxed, ...fused)).toBeGreaterThanOrEqual(40)
  expect(count(relaxed, ...multiply)).toBe(0)
})

it('the tests load the binaries that are shipped', () => {
  const generated = readFileSync('src/kernel/bytes.generated.ts', 'utf8')
  for (const kernel of ['simd', 'relaxed-simd']) {
    expect(generated).toContain(readFileSync(`dist/${kernel}.wasm`).toString('base64'))
  }
})
