// Checks the built package as a user would get it: `npm run check:package`, after a build.
//
//   publint  package.json and the files that it names, of maxsimd and maxsimd-words
//   attw     types resolve for every entry point of both
//   knip     no unused files, exports or dependencies
//   sizes    each entry point stays below its limit, minified and compressed with gzip

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'

/** KiB of each entry point, with everything that it loads at start. Raise a limit only with a reason in the commit. */
const LIMITS = JSON.parse(readFileSync(new URL('size-limits.json', import.meta.url), 'utf8'))

const { exports, peerDependencies, dependencies } = JSON.parse(readFileSync('package.json', 'utf8'))
let failures = 0

function report(name, problem) {
  console.log(`${problem ? 'FAILED' : 'ok'}: ${name}${problem ? `\n${problem}` : ''}`)
  if (problem) failures++
}

function run(name, ...args) {
  const npx = process.platform === 'win32' ? 'npx.cmd' : 'npx'
  const { status, stdout, stderr } = spawnSync(npx, ['--no-install', ...args], {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  report(name, status === 0 ? undefined : `${stdout}${stderr}`)
}

/** The size in bytes of an entry point and of all modules that it imports statically. */
async function sizeOf(file) {
  const { outputFiles, metafile } = await build({
    entryPoints: [file],
    bundle: true,
    minify: true,
    splitting: true,
    format: 'esm',
    target: 'es2022',
    charset: 'utf8',
    write: false,
    metafile: true,
    logLevel: 'error',
    outdir: 'out',
    platform: 'neutral',
    external: [...Object.keys(peerDependencies), ...Object.keys(dependencies ?? {}), 'node:*'],
  })
  const loaded = new Set()
  const load = path => {
    if (loaded.has(path) || !metafile.outputs[path]) return
    loaded.add(path)
    for (const { path: next, kind } of metafile.outputs[path].imports)
      if (kind === 'import-statement') load(next)
  }
  load(Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint === file)[0])
  const contents = outputFiles.filter(({ path }) =>
    [...loaded].some(name => path.replaceAll('\\', '/').endsWith(name)),
  )
  // esbuild's names of chunks have a hash, which would change the size by chance
  const texts = contents.map(({ text }) => text.replace(/-[A-Z0-9]{8}\.js/g, '-00000000.js'))
  return gzipSync(texts.join(''), { level: 9 }).length
}

const files = Object.keys(exports).filter(name => /\.wasm(\?module)?$/.test(name))
for (const [folder, withoutTypes] of [
  ['.', files],
  ['data', ['./words.bin']],
]) {
  const { messages, pkg } = await publint({ pkgDir: folder, strict: true })
  // "./simd.wasm?module" is the spelling of Next.js, and its target has a query too
  const problems = messages.filter(({ path }) => !path.some(name => String(name).endsWith('?module')))
  report(
    `publint of ${pkg.name}`,
    problems.map(message => formatMessage(message, pkg)).join('\n') || undefined,
  )
  const options = ['--profile', 'esm-only', '--exclude-entrypoints', ...withoutTypes]
  run(`types of every entry point of ${pkg.name} (attw)`, 'attw', '--pack', folder, ...options)
}
run('no unused files, exports or dependencies (knip)', 'knip')
for (const [name, entry] of Object.entries(exports)) {
  if (!entry.default?.endsWith('.js')) continue
  const size = (await sizeOf(entry.default.replace('./', ''))) / 1024
  const limit = LIMITS[name]
  const text = `${name}: ${size.toFixed(1)} KiB of ${limit}`
  report(
    text,
    limit === undefined ? 'add a limit to scripts/size-limits.json' : size > limit ? 'too large' : undefined,
  )
}
process.exitCode = failures > 0 ? 1 : 0
