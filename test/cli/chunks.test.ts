// The files that the executable loads. Needs a build.

import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

it('loads a search from a few files', () => {
  const names = readdirSync('dist/cli')
  const roots = ['program', 'search', 'node-folder'].map(
    root => names.find(name => new RegExp(`^${root}-[A-Z0-9]{8}\\.js$`).test(name))!,
  )
  const loaded = new Set<string>()
  const load = (name: string) => {
    if (loaded.has(name)) return
    loaded.add(name)
    const code = readFileSync(`dist/cli/${name}`, 'utf8')
    for (const [, next] of code.matchAll(/^(?:import|\} from|export .*from) "\.\/(.*)";$/gm)) load(next!)
  }
  for (const name of ['main.js', ...roots]) load(name)
  // with a chunk for each set of entry points, there are more than fifty
  expect(loaded.size).toBeGreaterThan(roots.length)
  expect(loaded.size).toBeLessThanOrEqual(12)
})
