// node test/store/writer.mjs PATH FIRST: changes a store, from change FIRST on, until it is killed. Prints the number of
// each change that the store has acknowledged.

import { writeSync } from 'node:fs'
import { openStore } from '../../dist/store/index.js'
import { BATCH, changeOf } from './changes.mjs'

function allowUnknown(error) {
  if (!error.message.startsWith('there is no point with the id')) throw error
}

const [, , path, first] = process.argv
const store = await openStore(path)
writeSync(1, `open\n`)
for (let n = Number(first); ; n++) {
  const { points, ids, marked, mark, moved, compact } = changeOf(n)
  if (points) await store.upsert(points, { batchPoints: BATCH })
  if (ids) await store.delete(ids)
  // unknown ids are part of the change: the other points change, then the call rejects
  if (moved) await store.updateVectors(moved).catch(error => allowUnknown(error.cause ?? error))
  if (marked) await store.setPayload({ must: [{ has_id: marked }] }, { mark })
  if (compact) await store.compact()
  writeSync(1, `${n}\n`)
}
