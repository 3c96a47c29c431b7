// Errors that a caller can react to. Each class has a `code`, because `instanceof` fails across realms and bundles.

/** Thrown by every call on a scorer, corpus, store or encoder that was disposed or closed. */
export class DisposedError extends Error {
  override readonly name = 'DisposedError'
  readonly code = 'ERR_DISPOSED'

  /** `what` is the disposed object, `remedy` says how to get a new one. */
  constructor(what: string, remedy: string) {
    super(`"${what}" was disposed; ${remedy}`)
  }
}

/** Thrown when an optional package is needed and not found. */
export class MissingPackageError extends Error {
  override readonly name = 'MissingPackageError'
  readonly code = 'ERR_MISSING_PACKAGE'
  /** The name of the package on npm. */
  readonly packageName: string

  /** `purpose` is what needs the package, `otherwise` what to do where an installation does not help. */
  constructor(packageName: string, purpose: string, otherwise: string, cause?: unknown) {
    super(
      `${purpose} needs the package ${packageName}; install it with: npm install ${packageName}, ${otherwise}`,
      { cause },
    )
    this.packageName = packageName
  }
}

/** Thrown when WebAssembly is needed and the engine forbids compiling it at run time, as some workers and pages do. */
export class WasmForbiddenError extends Error {
  override readonly name = 'WasmForbiddenError'
  readonly code = 'ERR_WASM_FORBIDDEN'

  /** `file` is the binary of this package that was not compiled, for example `simd.wasm`. */
  constructor(file: string, cause?: unknown) {
    // a page cannot get a module in another way
    const remedy = globalThis.location
      ? "allow 'wasm-unsafe-eval' in the CSP"
      : `pass "module", imported from maxsimd/${file}`
    super(`this engine forbids compiling WebAssembly; ${remedy}, or use { kernel: 'reference' }`, { cause })
  }
}
