// The `@example`s of doc comments that need a server run on the engine.

import { expect, it } from 'vitest'
import { docExamples, needsOf, runExample } from '../../support/doc-examples.js'
import { isServer, url } from './support.js'

// the engine in process cannot add a vector to a collection
const examples = docExamples().filter(
  example => needsOf(example) === 'server' && (isServer || !example.code.includes('addVector(')),
)

it.each(examples)('the example of $name runs', async example => {
  const { QDRANT_API_KEY: apiKey } = process.env
  const address = JSON.stringify({ url, ...(apiKey && { apiKey }) }).slice(1, -1)
  const onEngine = (program: string) => program.replaceAll(/url: 'http:\/\/127\.0\.0\.1:6333'/g, address)
  await expect(runExample(example, onEngine)).resolves.toBeTypeOf('string')
})
