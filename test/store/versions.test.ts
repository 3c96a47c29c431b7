// Versions in the files of a store: a change has a higher one than any point, whatever the numbers of the records are.

import { expect, it } from 'vitest'
import { readLog } from '../../src/store/files/log.js'
import { decodePoints, encodePoints } from '../../src/store/files/record.js'
import { openStoreIn } from '../../src/store/open-folder.js'
import { createMemoryFolder, createSmallSegments } from './memory-folder.js'

const vectors = { dense: { size: 1, distance: 'Dot', multivector_config: null, screen: 'off' } } as const
const LOG = '000001.log'

it('replaces a point whose version is higher than the number of its record, and that of the last point', async () => {
  const folder = createMemoryFolder()
  const store = await createSmallSegments(folder, vectors, 1e6)
  await store.upsert([1, 2].map(id => ({ id, vector: { dense: [id] } })))
  await store.close()
  const bytes = folder.files.get(LOG)!
  const { records } = await readLog((await folder.open(LOG, false))!, bytes.length, bytes.length)
  const { points, firstSlot } = decodePoints(records[0]!, 1)!
  points.versions[0] = 100
  const { sequence, durable } = records[0]!.header
  bytes.set(encodePoints(points, firstSlot, sequence, durable), records[0]!.at)
  const opened = await openStoreIn(folder)
  await opened.upsert([{ id: 1, vector: { dense: [7] } }])
  expect(await opened.query([1])).toMatchObject([
    { id: 1, score: 7, version: 101 },
    { id: 2, score: 2, version: 1 },
  ])
  await opened.close()
})
