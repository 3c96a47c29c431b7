// The error of a part of the library that could not be loaded with import().

/**
 * Rejects with the remedy for an `import()` that failed: a service worker, which loads nothing later, must be one file.
 *
 * @throws TypeError with the engine's error as `cause`
 */
export function rethrowImportError(cause: unknown): never {
  throw new TypeError('a part did not load; bundle a service worker into one file', { cause })
}
