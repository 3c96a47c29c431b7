// Loads the documents of the benchmark with maxsimd, in a process of its own: URL GRPC_PORT COLLECTION POINTS off|grpc.
// Prints seconds, CPU seconds and the peak of the resident memory as JSON.

import { stdout } from 'node:process'
import { openCollection } from '../../src/qdrant/index.js'
import { random } from '../../test/support/random.js'
import { unitRows } from '../shared/unit-rows.js'

const ROWS = 128
const DIM = 128
const POOL = 8

async function main([url = '', port, name = '', points, way]: readonly string[]): Promise<void> {
  const next = random(1)
  const pool = Array.from({ length: POOL }, () => unitRows(next, ROWS, DIM))
  function* source() {
    for (let id = 0; id < Number(points); id++) yield { id, vector: { colbert: pool[id % POOL]! } }
  }
  const collection = await openCollection({ url }, name, {
    grpc: way === 'grpc' ? { port: Number(port) } : 'off',
  })
  const cpuBefore = process.cpuUsage()
  const { seconds, transport } = await collection.upsert(source())
  const { user, system } = process.cpuUsage(cpuBefore)
  if (transport !== (way === 'grpc' ? 'grpc' : 'rest')) throw new Error(`points were sent over ${transport}`)
  const memory = process.resourceUsage().maxRSS * 1024
  stdout.write(JSON.stringify({ seconds, cpu: (user + system) / 1e6, memory }))
}

main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
})
