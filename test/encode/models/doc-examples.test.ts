// The `@example`s of doc comments that need a model run with the tiny ColBERT of the fixtures.

import { join } from 'node:path'
import { expect, it } from 'vitest'
import { docExamples, needsOf, runExample } from '../../support/doc-examples.js'
import { models } from './fixtures.js'

const examples = docExamples().filter(example => needsOf(example) === 'model')
const model = JSON.stringify(join(models, 'colbert'))
const peer = `${process.cwd()}/test/encode/models/node_modules/@huggingface/transformers/dist/transformers.node.mjs`

it.each(examples)('the example of $name runs', async example => {
  const withModel = (program: string) =>
    `import * as transformers from ${JSON.stringify(peer)}\n${program.replaceAll(
      /createEncoder\(\{ model(?:: '[^']*')?/g,
      `createEncoder({ model: ${model}, settings: 'colbert-ir/colbertv2.0', transformers`,
    )}`
  await expect(runExample(example, withModel)).resolves.toBeTypeOf('string')
})

it('there is an example', () => {
  expect(examples.length).toBeGreaterThan(0)
})
