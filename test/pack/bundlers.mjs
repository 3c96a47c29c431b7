// The bundlers: each bundles one program into a folder, as `main.js` for a page or `main.cjs` for a server, and returns its
// warnings. Options are those that a project needs, and no others.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { engines, findEngine } from '../runtimes/engines.mjs'
import { project, runProcess } from './work.mjs'

/** Bundles with webpack or Rspack. */
async function compile(bundler, { folder, entry, out, node }) {
  const options = {
    mode: 'production',
    context: folder,
    entry: join(folder, entry),
    target: node ? 'node' : 'web',
    output: { path: out, filename: node ? 'main.cjs' : 'main.js' },
    // the word file is 5 MB; the notice is about every large file
    performance: { hints: false },
  }
  const stats = await new Promise((resolve, reject) =>
    bundler(options, (error, result) => (error ? reject(error) : resolve(result))),
  )
  const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true })
  return [...errors, ...warnings].map(({ message }) => message)
}

async function esbuild(tools, { folder, entry, out, node, splitting = false, format, loader = 'file' }) {
  const { build } = tools.require('esbuild')
  const { warnings } = await build({
    entryPoints: [join(folder, entry)],
    outdir: out,
    entryNames: 'main',
    outExtension: node ? { '.js': '.cjs' } : {},
    bundle: true,
    minify: true,
    splitting,
    format,
    platform: node ? 'node' : 'browser',
    target: node ? 'node20' : 'es2022',
    loader: { '.wasm': loader, '.bin': loader },
    ...(format === 'iife' && { publicPath: './out/' }),
    logLevel: 'silent',
  })
  return warnings.map(({ text }) => text)
}

async function vite(tools, { folder, entry, out }) {
  const { build } = await tools.import('vite')
  const warnings = []
  const warn = text => warnings.push(String(text))
  await build({
    root: folder,
    base: './',
    configFile: false,
    customLogger: {
      info() {},
      warn,
      warnOnce: warn,
      error: warn,
      clearScreen() {},
      hasErrorLogged: () => false,
    },
    build: {
      outDir: out,
      target: 'es2022',
      chunkSizeWarningLimit: 2000,
      rolldownOptions: {
        input: join(folder, entry),
        output: { entryFileNames: 'main.js' },
        checks: { bundlerTimings: false, pluginTimings: false }, // a busy machine is not a fault of the package
      },
    },
  })
  return warnings
}

async function rollup(tools, { folder, entry, out }) {
  const { rollup } = await tools.import('rollup')
  const { nodeResolve } = await tools.import('@rollup/plugin-node-resolve')
  const { default: url } = await tools.import('@rollup/plugin-url')
  const warnings = []
  const bundle = await rollup({
    input: join(folder, entry),
    plugins: [nodeResolve(), url({ include: ['**/*.wasm', '**/*.bin'], limit: 0, publicPath: './out/' })],
    onwarn: ({ message }) => warnings.push(message),
  })
  await bundle.write({ dir: out, format: 'esm', entryFileNames: 'main.js' })
  await bundle.close()
  return warnings
}

async function parcel(tools, { folder, entry, out }) {
  writeFileSync(join(folder, 'index.html'), `<script type="module" src="./${entry}"></script>`)
  const { code, stdout, stderr } = await runProcess(
    process.execPath,
    [
      ...[tools.path('parcel/lib/bin.js'), 'build', join(folder, 'index.html'), '--dist-dir', out],
      ...[
        '--public-url',
        './',
        '--cache-dir',
        join(project, '.parcel-cache'),
        '--no-autoinstall',
        '--log-level',
        'warn',
      ],
    ],
    { cwd: folder },
  )
  const text = `${stdout}${stderr}`
  return code === 0 && text === '' ? [] : [text]
}

const bunBinary = () => findEngine(engines.find(({ name }) => name === 'Bun'))

async function bun({ folder, entry, out }) {
  const { code, stdout, stderr } = await runProcess(
    bunBinary(),
    [
      ...['build', join(folder, entry), '--outdir', out, '--entry-naming', 'main.js'],
      ...['--target', 'browser', '--splitting', '--minify'],
    ],
    { cwd: folder },
  )
  return code === 0 && !/warn/i.test(stdout + stderr) ? [] : [`${stdout}${stderr}`]
}

/**
 * The bundlers. `page` and `server` are the recipes for a page and a server, for those that are tested. `isModule`: the
 * page loads the result as a module. `html`: the bundler writes the page, too.
 * `isMissing`: npm has no binary for this platform.
 */
export const bundlersOf = tools => [
  { name: 'Vite', of: 'vite', page: 'vite', isModule: true, bundle: options => vite(tools, options) },
  {
    ...{ name: 'webpack', of: 'webpack', page: 'webpack', server: 'webpack-server', needsCharset: true },
    bundle: options => compile(tools.require('webpack'), options),
  },
  {
    ...{ name: 'Rspack', of: '@rspack/core', page: 'webpack', server: 'webpack-server' },
    bundle: async options => compile((await tools.import('@rspack/core')).rspack, options),
  },
  { name: 'Rollup', of: 'rollup', page: 'url', isModule: true, bundle: options => rollup(tools, options) },
  { name: 'Bun', isMissing: !bunBinary(), page: 'esbuild', isModule: true, bundle: options => bun(options) },
  {
    name: 'Parcel',
    of: 'parcel',
    page: 'parcel',
    html: 'index.html',
    bundle: options => parcel(tools, options),
  },
  {
    ...{ name: 'esbuild, split', of: 'esbuild', page: 'esbuild', isModule: true },
    bundle: options => esbuild(tools, { ...options, format: 'esm', splitting: true }),
  },
  {
    ...{ name: 'esbuild, one file', of: 'esbuild', page: 'url', server: 'inline' },
    bundle: options =>
      esbuild(
        tools,
        options.node ? { ...options, format: 'cjs', loader: 'binary' } : { ...options, format: 'iife' },
      ),
  },
]
