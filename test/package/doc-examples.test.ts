// The `@example`s of doc comments run as they are. Those that need a model or a server run in the suites that have one:
// test/encode/models and test/qdrant/engine.

import { expect, it } from 'vitest'
import { docExamples, needsOf, runExample } from '../support/doc-examples.js'

const examples = docExamples().filter(example => needsOf(example) === 'nothing')

it.concurrent.each(examples)('the example of $name runs', async example => {
  await expect(runExample(example)).resolves.toBeTypeOf('string')
})

it('there are examples', () => {
  expect(examples.length).toBeGreaterThan(10)
})
