// docs/bundlers.md shows the recipes that `npm run test:pack` runs.

import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { recipes } from '../pack/recipes.mjs'

it('the recipes of docs/bundlers.md are the tested files', () => {
  expect(readFileSync('docs/bundlers.md', 'utf8'), 'run: node test/pack/run.mjs --write').toContain(recipes())
})
