// Catches the error of a call.

/** Returns the error of `call`, or undefined if it does not throw. */
export function errorOf(call: () => unknown): unknown {
  try {
    call()
    return undefined
  } catch (error) {
    return error
  }
}
