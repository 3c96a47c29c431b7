// Tests the class of a value by its tag. `instanceof` is false for a value of another realm: of a frame, of Node's `vm`, of
// jsdom, of the edge runtime of Next.js.

interface Classes {
  readonly ArrayBuffer: ArrayBuffer
  readonly DataView: DataView
  readonly Date: Date
  readonly Float32Array: Float32Array
  readonly Headers: Headers
  readonly Map: ReadonlyMap<never, never>
  readonly Promise: Promise<unknown>
  readonly Uint16Array: Uint16Array
  readonly Uint8Array: Uint8Array
  readonly 'WebAssembly.Module': object
}

/** Whether a value is an instance of a built-in class, of this realm or another. A Buffer is a Uint8Array. */
export const isA = <Name extends keyof Classes>(value: unknown, name: Name): value is Classes[Name] =>
  Object.prototype.toString.call(value) === `[object ${name}]`

/** Whether a value is an Error or a DOMException, of this realm or another. */
export const isError = (value: unknown): value is Error =>
  typeof (value as Partial<Error> | null | undefined)?.message === 'string'

/** The message of an error, or the text of another value that was thrown. */
export const messageOf = (error: unknown): string => (isError(error) ? error.message : String(error))
