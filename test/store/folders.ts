// Temporary folders for tests of the store, and the stores in them. Both go away when a test file has ended.

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import type { Store } from '../../src/store/index.js'

/** Memory, where there is such a folder: a store waits for the disk after each change, and most tests do not need that. */
const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
const folder = mkdtempSync(join(parent, 'maxsimd-store-'))
const stores: Store[] = []
let count = 0

/** Returns a path that does not exist yet. */
export const freshPath = (): string => join(folder, `store ${count++}`)

/** Closes the store at the end of the tests. */
export function closing<T extends Store>(store: T): T {
  stores.push(store)
  return store
}

afterAll(async () => {
  for (const store of stores) await store.close()
  rmSync(folder, { recursive: true, force: true })
})
