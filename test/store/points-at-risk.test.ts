// Which points a lost part of a log may have deleted or replaced: those that were written before it, and no others.

import { expect, it } from 'vitest'
import { readLog } from '../../src/store/files/log.js'
import { TOMBSTONES } from '../../src/store/files/record.js'
import { openStoreIn } from '../../src/store/open-folder.js'
import { createMemoryFolder, createSmallSegments } from './memory-folder.js'

const vectors = { dense: { size: 1, distance: 'Dot', multivector_config: null } } as const
const pointOf = (id: number) => ({ id, vector: { dense: [id] } })
const LOG = '000001.log'

it('names the points that were written before a lost deletion, and not those after it', async () => {
  const folder = createMemoryFolder()
  const store = await createSmallSegments(folder, vectors, 1e6)
  await store.upsert([pointOf(1), pointOf(2)])
  await store.delete([1])
  await store.upsert([pointOf(3)])
  await store.close()
  const bytes = folder.files.get(LOG)!
  const log = (await folder.open(LOG, false))!
  const { records } = await readLog(log, bytes.length, bytes.length)
  const deletion = records.find(({ header }) => header.type === TOMBSTONES)!
  bytes[deletion.at + 1]! ^= 1
  const salvaged = await openStoreIn(folder, { salvage: true, readOnly: true })
  const { damage } = await salvaged.info()
  expect(damage).toEqual([
    {
      file: LOG,
      segment: 1,
      offset: deletion.at,
      problem: expect.stringMatching(/^\d+ bytes are damaged; deletions and replacements/),
      atRisk: [1, 2],
    },
  ])
  expect(await salvaged.count()).toBe(3)
  await salvaged.close()
})
