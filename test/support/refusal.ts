// What a call that is refused throws.

/** The error of `call`, or undefined where it does not throw. */
export function errorOf(call: () => unknown): unknown {
  try {
    call()
    return undefined
  } catch (error) {
    return error
  }
}
