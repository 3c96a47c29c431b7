// The version of an installed package: beside these files, not through its exports, which may not name package.json.

import { readFileSync } from 'node:fs'

export function versionOf(name) {
  const manifest = new URL(`../node_modules/${name}/package.json`, import.meta.url)
  return JSON.parse(readFileSync(manifest, 'utf8')).version
}
