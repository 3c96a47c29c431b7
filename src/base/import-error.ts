// The error of a part of the library that could not be loaded with import().

/**
 * Rethrows the error of an `import()`, with the remedy where an engine forbids it.
 *
 * @throws TypeError in a service worker, which can only load what was bundled into its own file
 */
export function rethrowImportError(cause: unknown): never {
  if (!('ServiceWorkerGlobalScope' in globalThis)) throw cause
  throw new TypeError('a service worker cannot load parts of maxsimd later; bundle it into a single file', {
    cause,
  })
}
