// Builds the library and the programs of this repository:
//
//   assembly/ ──asc──▶ build/*.wasm ──▶ src/kernel/*bytes.generated.ts ──esbuild──▶ dist/*.js   (+ .wasm, source maps)
//       └─────────────▶ src/kernel/constants.generated.ts ───────┘
//   src/threads/worker/worker.ts ──esbuild──▶ src/threads/worker/worker.generated.ts ─────┘
//                                       src/ ──tsc──▶ dist/*.d.ts        ──esbuild──▶ build/demo.mjs, build/bench*.mjs
//
// A WebAssembly module is compiled again only if one of its sources has changed. If a tool fails, the build prints the
// tool's output and ends with exit code 1.

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { hashSources, recordBuild } from './build-state.mjs'
import {
  bundled,
  minified,
  page,
  withCommonChunk,
  withoutChildProcesses,
  worker,
  workerFile,
} from './bundle.mjs'
import { BYTE_MASK, embeddingSource, modules, sourcesIn, writeConstants } from './wasm.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
process.chdir(root)
const require = createRequire(import.meta.url)
const started = performance.now()

/** Runs a command of a package with this Node. Ends the build if it fails. */
async function run(name, bin, args) {
  const manifest = require.resolve(`${name}/package.json`)
  const script = join(dirname(manifest), require(manifest).bin[bin])
  try {
    await promisify(execFile)(process.execPath, [script, ...args])
  } catch ({ stdout, stderr }) {
    console.error(`${bin} ${args.join(' ')} failed:\n${stdout}${stderr}`)
    process.exit(1)
  }
}

/** Compiles a module and embeds its binaries in a source file, unless both are current. */
async function buildModule(module) {
  const { folder, binaries, generated } = module
  const hash = createHash('sha256')
  hash.update(`${BYTE_MASK} mask`)
  for (const input of ['asconfig.json', ...sourcesIn(folder)].sort()) hash.update(readFileSync(input))
  const version = hash.digest('hex').slice(0, 16)
  const stamp = `// Written by scripts/build.mjs from ${folder}/ ${version}. Do not edit.`
  const isCurrent =
    existsSync(generated) &&
    readFileSync(generated, 'utf8').startsWith(stamp) &&
    Object.keys(binaries).every(target => existsSync(`build/${target}.wasm`))
  if (isCurrent) return
  const compile = target => run('assemblyscript', 'asc', [`${folder}/index.ts`, '--target', target])
  await Promise.all(Object.keys(binaries).map(compile))
  writeFileSync(generated, embeddingSource(module, stamp))
}

/** Embeds the program of a worker in a source file, so that the library has no files to locate at run time. */
async function buildWorker() {
  const { outputFiles } = await build(worker)
  const stamp = '// Written by scripts/build.mjs from src/threads/worker/worker.ts. Do not edit.'
  const text = `${stamp}\n\nexport const WORKER: string =\n  ${JSON.stringify(outputFiles[0].text.trim())}\n`
  writeFileSync('src/threads/worker/worker.generated.ts', text)
}

/** Bundles the library and the command line, and writes the types. */
async function buildLibrary() {
  rmSync('dist', { recursive: true, force: true })
  const { exports, dependencies, peerDependencies } = require('../package.json')
  const entries = Object.values(exports).flatMap(({ default: file }) =>
    /(?<!\.min|worker)\.js$/.test(file) ? [file.replace('./dist/', 'src/').replace(/js$/, 'ts')] : [],
  )
  await build({
    ...bundled,
    entryPoints: entries,
    outdir: 'dist',
    outbase: 'src',
    platform: 'neutral',
    mainFields: ['module', 'main'],
    external: Object.keys({ ...dependencies, ...peerDependencies }),
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
  })
  const types = run('typescript', 'tsc', ['-p', 'tsconfig.build.json'])
  await build({ ...minified, outdir: 'dist' })
  await build({ ...workerFile, outdir: 'dist' })
  for (const name of Object.keys(exports).filter(name => name.endsWith('.wasm'))) {
    copyFileSync(`build/${name}`, `dist/${name}`)
  }
  await buildCommandLine(Object.keys({ ...dependencies, ...peerDependencies }))
  await types
  for (const [file, text] of Object.entries(FILE_TYPES)) writeFileSync(`dist/${file}`, text)
}

/** Bundles the command line, which alone depends on Node. */
async function buildCommandLine(external) {
  const options = {
    ...bundled,
    entryPoints: ['src/cli/main.ts'],
    outdir: 'dist/cli',
    platform: 'node',
    target: 'node20',
    external,
    plugins: [withoutChildProcesses],
    // commander is CommonJS, and requires modules of Node
    banner: {
      js: "import { createRequire as requireFor } from 'node:module'; const require = requireFor(import.meta.url);",
    },
    // what few commands need is loaded when it is needed
    splitting: true,
    // beside main.js, because some of the code finds files by its own place
    chunkNames: '[name]-[hash]',
  }
  await build(
    await withCommonChunk(options, ['src/cli/commands/search.ts', 'src/store/folders/node-folder.ts']),
  )
  chmodSync('dist/cli/main.js', 0o755)
  await build({ ...page, entryPoints: ['src/cli/page/main.ts'], outdir: 'dist/cli/page' })
  for (const file of ['index.html', 'style.css', 'icon.svg']) {
    copyFileSync(`src/cli/page/${file}`, `dist/cli/page/${file}`)
  }
}

/** The types of the files that a program can import: those with an ES module of their own are written by tsc. */
const FILE_TYPES = {
  'wasm-module.d.ts': `import type { KernelModule } from './kernel/kernel.js'

/** The compiled binary, a WebAssembly.Module, where the engine or the bundler imports a .wasm file as a module. */
declare const module: KernelModule
export default module
`,
  'file.d.ts': `/** What the bundler makes of the file: its URL, its path or its bytes. */
declare const file: any
export default file
`,
}

/** Bundles the programs of this repository, so that they start fast and run the code that users run. */
async function buildPrograms() {
  const entryPoints = {
    demo: 'demo/main.ts',
    lesson: 'demo/lesson.ts',
    bench: 'bench/kernel/main.ts',
    'bench-accuracy': 'bench/accuracy/main.ts',
    'bench-codec': 'bench/codec/main.ts',
    'bench-encode': 'bench/encode/main.ts',
    'bench-load': 'bench/load/main.ts',
    'bench-load-client': 'bench/load/load.ts',
    'bench-pages': 'bench/pages/main.ts',
    'bench-peers': 'bench/peers/main.ts',
    'bench-plain-javascript': 'bench/kernel/plain-javascript.ts',
    'bench-maxsim-web': 'bench/kernel/maxsim-web.ts',
    'bench-retrieval': 'bench/retrieval/main.ts',
    'bench-scaling': 'bench/scaling/main.ts',
    'bench-search': 'bench/search/main.ts',
    'bench-store': 'bench/store/main.ts',
    'test-tokenizers': 'test/encode/tokenizers/main.ts',
  }
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
  await build({
    ...page,
    entryPoints: ['demo/page/main.ts', 'demo/page/pages.ts', 'demo/page/worker.ts'],
    outdir: 'build/page',
  })
}

mkdirSync('build', { recursive: true })
// hashed before the build, so that a file that is edited during the build counts as changed
const hashes = hashSources()
writeConstants()
await Promise.all(modules.map(buildModule))
await buildWorker()
await Promise.all([buildLibrary(), buildPrograms()])
recordBuild(hashes)
console.error(`built in ${((performance.now() - started) / 1000).toFixed(1)} s`)
