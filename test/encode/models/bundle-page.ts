// Bundles a module for a page that runs a model with the installed transformers.js.

import { resolve } from 'node:path'
import { build } from 'esbuild'

/** The folder of the installed packages. */
export const packages = 'test/encode/models/node_modules'

/** The text of a module and of all that it imports. */
export async function bundlePage(entry: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    alias: {
      '@huggingface/transformers': resolve(packages, '@huggingface/transformers/dist/transformers.web.js'),
    },
    write: false,
    logLevel: 'silent',
  })
  return outputFiles[0]!.text
}
