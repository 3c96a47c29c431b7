// Folders for the tests of the store, which are gone when a file of tests is done, and the stores in them closed.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { Store } from '../../src/store/index.js'

const folder = mkdtempSync(join(tmpdir(), 'maxsimd-store-'))
const opened: Store[] = []
let count = 0

/** A path where nothing is yet. */
export const freshPath = (): string => join(folder, `store ${count++}`)

/** The store is closed when the tests are done. */
export function closing<T extends Store>(store: T): T {
  opened.push(store)
  return store
}

afterAll(async () => {
  for (const store of opened) await store.close()
  rmSync(folder, { recursive: true, force: true })
})
