// Temporary folders for tests of the store, which are removed when a test file has ended, and the stores in them.

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, onTestFinished, TestRunner } from 'vitest'
import type { Store } from '../../src/store/index.js'

/** Memory, where there is such a folder: a store waits for the disk after each change, and most tests do not need that. */
const parent = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()

/** Makes paths for the stores of a test file, and closes stores. Call it once, outside of tests. */
export function temporaryStores() {
  const folder = mkdtempSync(join(parent, 'maxsimd-store-'))
  const stores: Store[] = []
  let count = 0
  afterAll(async () => {
    for (const store of stores) await store.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    /** Returns a path that does not exist yet. */
    freshPath: (): string => join(folder, `store ${count++}`),

    /** Closes the store at the end of the test that opened it, or of the file: open stores keep their kernels' memories. */
    closing<T extends Store>(store: T): T {
      if (TestRunner.getCurrentTest()) onTestFinished(() => store.close())
      else stores.push(store)
      return store
    },
  }
}
