// The whole build, top to bottom:
//
//   assembly/ ──asc──▶ build/*.wasm ──▶ src/kernel/bytes.generated.ts ──esbuild──▶ dist/*.js   (+ .wasm, source maps)
//                                       src/ ──tsc──▶ dist/*.d.ts       ──esbuild──▶ build/demo.mjs, build/bench.mjs
//
// The kernel is compiled again only when something in assembly/ has changed. Fails with the tool's own words.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
process.chdir(root)
const require = createRequire(import.meta.url)
const started = performance.now()

/** Runs a package's command with this Node; ends the build if it fails. */
function run(name, bin, args) {
  const manifest = require.resolve(`${name}/package.json`)
  const script = join(dirname(manifest), require(manifest).bin[bin])
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })
  if (status === 0) return
  console.error(`${bin} ${args.join(' ')} failed:\n${stdout}${stderr}`)
  process.exit(1)
}

/** A string literal with a character a byte: gzip makes a quarter less of it than of base64, which blurs the bytes. */
function asText(bytes) {
  const literal = Array.from(bytes, byte => `\\x${byte.toString(16).padStart(2, '0')}`)
  return `'${literal.join('')}'`
}

function buildKernel() {
  const kernels = { simd: 'SIMD', 'relaxed-simd': 'RELAXED_SIMD' }
  const generated = 'src/kernel/bytes.generated.ts'
  const inputs = ['asconfig.json', ...readdirSync('assembly').map(file => join('assembly', file))]
  const hash = createHash('sha256')
  for (const input of inputs.sort()) hash.update(readFileSync(input))
  const stamp = `// Written by scripts/build.mjs from assembly/ ${hash.digest('hex').slice(0, 16)}. Do not edit.`
  const isCurrent =
    existsSync(generated) &&
    readFileSync(generated, 'utf8').startsWith(stamp) &&
    Object.keys(kernels).every(kernel => existsSync(`build/${kernel}.wasm`))
  if (isCurrent) return
  const lines = [stamp]
  for (const [kernel, name] of Object.entries(kernels)) {
    run('assemblyscript', 'asc', ['--target', kernel])
    lines.push(`export const ${name} =\n  ${asText(readFileSync(`build/${kernel}.wasm`))}`)
  }
  writeFileSync(generated, `${lines.join('\n\n')}\n`)
}

async function buildLibrary() {
  rmSync('dist', { recursive: true, force: true })
  const shared = {
    bundle: true,
    format: 'esm',
    target: 'es2022',
    sourcemap: true,
    legalComments: 'none',
    charset: 'utf8',
  }
  const entries = ['src/index.ts', 'src/encode/index.ts'].filter(entry => existsSync(entry))
  await build({
    ...shared,
    entryPoints: entries,
    outdir: 'dist',
    outbase: 'src',
    platform: 'neutral',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
  })
  // one minified file for a page without a bundler
  await build({
    ...shared,
    entryPoints: ['src/index.ts'],
    outfile: 'dist/maxsimd.min.js',
    platform: 'browser',
    minify: true,
  })
  for (const kernel of ['simd', 'relaxed-simd']) copyFileSync(`build/${kernel}.wasm`, `dist/${kernel}.wasm`)
  run('typescript', 'tsc', ['-p', 'tsconfig.build.json'])
}

/** Programs that run from this checkout: bundled, so that they start fast and run what users run. */
async function buildPrograms() {
  const programs = { demo: 'demo/main.ts', bench: 'bench/main.ts' }
  const entryPoints = Object.fromEntries(Object.entries(programs).filter(([, file]) => existsSync(file)))
  await build({
    entryPoints,
    outdir: 'build',
    outExtension: { '.js': '.mjs' },
    bundle: true,
    format: 'esm',
    target: 'node20',
    platform: 'node',
    packages: 'external',
    sourcemap: 'linked',
  })
}

mkdirSync('build', { recursive: true })
buildKernel()
await Promise.all([buildLibrary(), buildPrograms()])
console.error(`built in ${((performance.now() - started) / 1000).toFixed(1)} s`)
