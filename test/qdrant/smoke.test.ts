import { expect, inject, it } from 'vitest'

it('answers', async () => {
  expect(((await (await fetch(inject('url'))).json()) as { version: string }).version).toBe(inject('version'))
})
