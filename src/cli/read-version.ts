// The version of this package.

import { readFile } from 'node:fs/promises'

/** The version in package.json, which is two folders up from src/cli and from dist/cli. */
export async function readVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { readonly version: string }).version
}
