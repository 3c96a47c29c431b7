// The esbuild options of the library's bundles, for scripts/build.mjs and the tests of bundle sizes.

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { build } from 'esbuild'

/** Options of all bundles. */
export const bundled = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  sourcemap: true,
  // the package has src/
  sourcesContent: false,
  legalComments: 'none',
  charset: 'utf8',
}

/** Parts that a page loads only when it needs them, by the module that the core imports dynamically. */
const PARTS = {
  './threaded-scorer.js': { name: 'maxsimd.threads.min', source: 'src/threads/threaded-scorer.ts' },
  './reference.js': { name: 'maxsimd.reference.min', source: 'src/kernel/reference.ts' },
}

/**
 * Properties of internal objects that get short names in the minified bundles, which saves 0.3 KB with gzip. No name may
 * be part of the public API, an export of a WebAssembly module, or a property of a message to a worker: the program of a
 * worker is not built with these bundles. test/package/minified.test.ts compares the bundles with the library.
 */
const INTERNAL_PROPERTIES = [
  'addresses',
  'allocate',
  'append',
  'ascending',
  'capacity',
  'coarse',
  'context',
  'counts',
  'documentRows',
  'errorTerm',
  'exactByteDims',
  'extend',
  'factors',
  'fixedCode',
  'fixedDims',
  'fixedRowBytes',
  'functions',
  'isMeasured',
  'isScreen',
  'largestTerm',
  'largestValues',
  'lastingLimit',
  'lengthTerm',
  'lengths',
  'nameOf',
  'normalized',
  'onDispose',
  'packed',
  'packedFixed',
  'packedRounded',
  'pathOf',
  'queryRounding',
  'queryRowBytes',
  'queryRows',
  'ranges',
  'rounded',
  'roundingErrors',
  'rowBytes',
  'scratch',
  'shapes',
  'shrink',
  'slots',
  'source',
  'squared',
  'starts',
  'table',
  'target',
  'underflowTerm',
]

/** The minified core for pages without a bundler, and the parts that it loads when needed. */
export const minified = {
  ...bundled,
  entryPoints: {
    'maxsimd.min': 'src/index.ts',
    ...Object.fromEntries(Object.values(PARTS).map(({ name, source }) => [name, source])),
  },
  platform: 'browser',
  minify: true,
  // a map beside the file, without the comment that names it
  sourcemap: 'external',
  mangleProps: new RegExp(`^(?:${INTERNAL_PROPERTIES.join('|')})$`),
  // the binaries come first: gzip finds repetitions within 32 KB, and they would separate code that repeats itself
  inject: ['src/kernel/bytes.generated.ts'],
  plugins: [
    {
      name: 'parts beside the core',
      setup: ({ onResolve }) =>
        onResolve({ filter: /^\./ }, ({ kind, path }) =>
          kind === 'dynamic-import' && path in PARTS
            ? { path: `./${PARTS[path].name}.js`, external: true }
            : undefined,
        ),
    },
  ],
}

/** The scripts of a page. */
export const page = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  platform: 'browser',
  minify: true,
  charset: 'utf8',
}

/** The program of a worker: a script without imports. */
export const worker = {
  entryPoints: ['src/threads/worker/worker.ts'],
  bundle: true,
  format: 'iife',
  target: 'es2022',
  minify: true,
  write: false,
}

/** The same program as a file. */
export const workerFile = {
  ...bundled,
  entryPoints: { worker: 'src/threads/worker/worker-file.ts' },
  sourcemap: false,
  minify: true,
}

/**
 * Leaves `node:child_process` out of commander, which needs it only for commands that are programs of their own. Node takes
 * some milliseconds to load it.
 */
export const withoutChildProcesses = {
  name: 'no child processes',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]commander[/\\]lib[/\\]command\.js$/ }, ({ path }) => {
      const contents = readFileSync(path, 'utf8').replace("require('node:child_process')", '{}')
      if (contents.includes('child_process')) throw new Error(`${path} loads child_process in another way`)
      return { contents }
    })
  },
}

/**
 * Options with which the modules that `roots` need at start become one chunk, or a few. esbuild divides modules by the entry
 * points that use them: with 50 entry points into 50 chunks, and Node takes as long to load those as half of a search. So every
 * other module imports the common ones too.
 *
 * @param roots modules that are loaded with `import()`
 */
export async function withCommonChunk(options, roots) {
  const { metafile } = await build({ ...options, write: false, metafile: true })
  const common = commonModules(metafile.outputs, roots)
  const namespace = 'common'
  const plugin = {
    name: 'a common chunk',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^common-modules$/ }, ({ path }) => ({ path, namespace }))
      onLoad({ filter: /./, namespace }, () => ({
        contents: common.map(path => `import ${JSON.stringify(path)}`).join('\n'),
        resolveDir: process.cwd(),
      }))
      onLoad({ filter: /[/\\]src[/\\].*\.ts$/ }, ({ path }) =>
        common.includes(path) || options.entryPoints.map(file => resolve(file)).includes(path)
          ? undefined
          : { contents: `import 'common-modules'; ${readFileSync(path, 'utf8')}`, loader: 'ts' },
      )
    },
  }
  // the imports have no effect but on the chunks
  return {
    ...options,
    plugins: [...(options.plugins ?? []), plugin],
    logOverride: { 'ignored-bare-import': 'silent' },
  }
}

/** The paths of the modules that `roots` load at start, without the roots. */
function commonModules(outputs, roots) {
  const chunks = new Set()
  const visit = path => {
    if (!outputs[path] || chunks.has(path)) return
    chunks.add(path)
    for (const { path: next, kind } of outputs[path].imports) if (kind === 'import-statement') visit(next)
  }
  for (const [path, { entryPoint }] of Object.entries(outputs)) if (roots.includes(entryPoint)) visit(path)
  const inputs = [...chunks].flatMap(path => Object.entries(outputs[path].inputs))
  const used = inputs.flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : []))
  return [...new Set(used)].filter(path => !roots.includes(path)).map(path => resolve(path))
}
