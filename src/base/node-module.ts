// Loads modules of Node at run time. The library also runs in browsers, so it has no static import of them.

interface Globals {
  readonly navigator?: { readonly userAgent?: string }
  readonly process?: {
    readonly versions?: { readonly node?: string }
    getBuiltinModule?(name: string): unknown
  }
}

/**
 * Whether this is Node, or an engine with its modules, like Deno and Bun. Cloudflare Workers are not, even with
 * `nodejs_compat`: they claim to be Node, and have neither threads nor a disk.
 */
export function isNode(): boolean {
  const { navigator, process } = globalThis as Globals
  return process?.versions?.node !== undefined && navigator?.userAgent !== 'Cloudflare-Workers'
}

/** Loads a module of Node. `T` has the members that the caller uses. Returns `undefined` outside of Node. */
export async function nodeModule<T>(name: `node:${string}`): Promise<T | undefined> {
  if (!isNode()) return undefined
  const { process } = globalThis as Globals
  // getBuiltinModule exists since Node 20.16. A bundler does not see the module's name, so it does not try to resolve it
  return (process?.getBuiltinModule?.(name) ??
    (await import(/* webpackIgnore: true */ /* @vite-ignore */ name))) as T
}
