// node test/store/writer.mjs PATH FIRST: changes a store, from change FIRST on, until it is killed. Prints the number of
// each change that the store has acknowledged.

import { writeSync } from 'node:fs'
import { openStore } from '../../dist/store/index.js'
import { BATCH, changeOf } from './changes.mjs'

const [, , path, first] = process.argv
const store = await openStore(path)
writeSync(1, `open\n`)
for (let n = Number(first); ; n++) {
  const { points, ids, marked, mark, compact } = changeOf(n)
  if (points) await store.upsert(points, { batchPoints: BATCH })
  if (ids) await store.delete(ids)
  if (marked) await store.setPayload({ must: [{ has_id: marked }] }, { mark })
  if (compact) await store.compact()
  writeSync(1, `${n}\n`)
}
