// Loads modules of Node at run time. The library also runs in browsers, so it has no static import of them.

interface Globals {
  readonly process?: {
    readonly versions?: { readonly node?: string }
    getBuiltinModule?(name: string): unknown
  }
}

/** Loads a module of Node. `T` has the members that the caller uses. Returns `undefined` outside of Node. */
export async function nodeModule<T>(name: `node:${string}`): Promise<T | undefined> {
  const { process } = globalThis as Globals
  if (!process?.versions?.node) return undefined
  // getBuiltinModule exists since Node 20.16. A bundler does not see the module's name, so it does not try to resolve it
  return (process.getBuiltinModule?.(name) ??
    (await import(/* webpackIgnore: true */ /* @vite-ignore */ name))) as T
}
