// Modules of Node, where there is Node: the library runs in browsers too, and imports none of them.

interface Globals {
  readonly process?: {
    readonly versions?: { readonly node?: string }
    getBuiltinModule?(name: string): unknown
  }
}

/** A module of Node, typed by the members that the caller uses; undefined where there is no Node. */
export async function nodeModule<T>(name: `node:${string}`): Promise<T | undefined> {
  const { process } = globalThis as Globals
  if (!process?.versions?.node) return undefined
  // Node has had getBuiltinModule since 20.16; a bundler does not see the name, and so does not look for it
  return (process.getBuiltinModule?.(name) ??
    (await import(/* webpackIgnore: true */ /* @vite-ignore */ name))) as T
}
