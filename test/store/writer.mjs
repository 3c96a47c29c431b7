// node test/store/writer.mjs PATH FIRST: makes changes to a store, one after another, and says which are done, until it is
// killed. What it has said is acknowledged.

import { writeSync } from 'node:fs'
import { openStore } from '../../dist/store/index.js'
import { BATCH, changeOf } from './changes.mjs'

const [, , path, first] = process.argv
const store = await openStore(path)
writeSync(1, `open\n`)
for (let n = Number(first); ; n++) {
  const { points, ids, compact } = changeOf(n)
  if (points) await store.upsert(points, { batchPoints: BATCH })
  if (ids) await store.delete(ids)
  if (compact) await store.compact()
  writeSync(1, `${n}\n`)
}
