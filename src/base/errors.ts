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

/** Thrown when an optional package is needed and not installed. */
export class MissingPackageError extends Error {
  override readonly name = 'MissingPackageError'
  readonly code = 'ERR_MISSING_PACKAGE'
  /** The name of the package on npm. */
  readonly packageName: string

  constructor(packageName: string, purpose: string, cause?: unknown) {
    super(`${purpose} needs the package ${packageName}; install it with: npm install ${packageName}`, {
      cause,
    })
    this.packageName = packageName
  }
}
