// Every export has a doc comment, every public function has an example, and every type in a public signature can be
// imported from the same entry point. The examples run as they are; those that need a model or a server run in the suites
// that have one: test/encode/models and test/qdrant/engine.

import { beforeAll, describe, expect, it } from 'vitest'
import { docExamples, needsOf, runExamples } from '../support/doc-examples.js'
import { blocksOf, isCode, pages } from '../support/markdown-programs.js'
import {
  docsOf,
  examplesOf,
  exportsOf,
  isFunction,
  mentionedTypes,
  readEntryPoints,
} from '../support/public-api.js'

const entries = readEntryPoints()

describe.each(entries)('$name', entry => {
  const exported = exportsOf(entry)

  it('describes every export', () => {
    const bare = exported.filter(({ declarations }) => !declarations.some(node => docsOf(node).length > 0))
    expect(bare.map(({ name }) => name)).toEqual([])
    expect(exported.length).toBeGreaterThan(0)
  })

  it('shows an example of every function', () => {
    const functions = exported.filter(({ declarations }) => declarations.some(isFunction))
    const without = functions.filter(found => examplesOf(found).length === 0)
    expect(without.map(({ name }) => name)).toEqual([])
  })

  it('exports every type that a public signature mentions', () => {
    const symbols = new Set(
      exported.flatMap(({ declarations }) => declarations.map(node => node.getSymbol())),
    )
    const hidden = exported.flatMap(({ name, declarations }) =>
      declarations
        .flatMap(mentionedTypes)
        .filter(({ symbol }) => !symbols.has(symbol))
        .map(type => `${type.name}, in ${name}`),
    )
    expect([...new Set(hidden)]).toEqual([])
  })
})

const names = new Map(entries.map(entry => [entry.name, exportsOf(entry).map(({ name }) => name)]))

it.each(pages)('every name that %s imports exists', page => {
  for (const { name: block, code } of blocksOf(page).filter(isCode)) {
    for (const [, imported, entry] of code.matchAll(/import (?:type )?\{([^}]*)\} from '(maxsimd[^'.]*)'/g)) {
      for (const name of imported!.split(',').map(
        part =>
          part
            .trim()
            .replace(/^type /, '')
            .split(' as ')[0]!,
      ))
        if (name) expect(names.get(entry!), `${block} imports ${name} from ${entry}`).toContain(name)
    }
  }
})

describe('the examples of doc comments run', () => {
  const examples = docExamples(entries).filter(example => needsOf(example) === 'nothing')
  let errors: Promise<Record<string, string>>
  beforeAll(() => {
    errors = runExamples(examples)
  })

  it.each(examples)('$name', async ({ name }) => {
    expect((await errors)[name]).toBeUndefined()
  })

  it('there are examples', () => {
    expect(examples.length).toBeGreaterThan(10)
  })
})
