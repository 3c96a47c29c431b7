// The esbuild options of the library's bundles, for scripts/build.mjs and the tests of bundle sizes.

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

/** The minified core for pages without a bundler, and the parts that it loads when needed. */
export const minified = {
  ...bundled,
  entryPoints: {
    'maxsimd.min': 'src/index.ts',
    ...Object.fromEntries(Object.values(PARTS).map(({ name, source }) => [name, source])),
  },
  platform: 'browser',
  minify: true,
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
