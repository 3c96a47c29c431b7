// How the library is bundled: what scripts/build.mjs makes, and test/package/package.test.ts weighs.

export const bundled = {
  bundle: true,
  format: 'esm',
  target: 'es2022',
  sourcemap: true,
  legalComments: 'none',
  charset: 'utf8',
}

/** What a page loads only when it needs it: each a file beside the core, by the module that the core imports late. */
const beside = {
  './threaded-scorer.js': { name: 'maxsimd.threads.min', source: 'src/threads/threaded-scorer.ts' },
  './reference.js': { name: 'maxsimd.reference.min', source: 'src/kernel/reference.ts' },
}

/** One minified file for a page without a bundler, and beside it what it loads late. */
export const minified = {
  ...bundled,
  entryPoints: {
    'maxsimd.min': 'src/index.ts',
    ...Object.fromEntries(Object.values(beside).map(({ name, source }) => [name, source])),
  },
  platform: 'browser',
  minify: true,
  // the binaries come first: gzip finds repetitions within 32 KB, and they would part the code that repeats itself
  inject: ['src/kernel/bytes.generated.ts'],
  plugins: [
    {
      name: 'late imports beside the core',
      setup: ({ onResolve }) =>
        onResolve({ filter: /^\./ }, ({ kind, path }) =>
          kind === 'dynamic-import' && path in beside
            ? { path: `./${beside[path].name}.js`, external: true }
            : undefined,
        ),
    },
  ],
}

/** The program of a worker: a script that imports nothing. */
export const worker = {
  entryPoints: ['src/threads/worker/worker.ts'],
  bundle: true,
  format: 'iife',
  target: 'es2022',
  minify: true,
  write: false,
}
