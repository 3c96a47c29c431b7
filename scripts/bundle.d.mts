import type { BuildOptions } from 'esbuild'

export const bundled: BuildOptions
export const minified: BuildOptions
export const worker: BuildOptions & { write: false }
