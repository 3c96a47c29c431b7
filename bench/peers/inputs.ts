// A workload as files that peers in any language can read:
//
//   query.f32, documents.f32   the rows, little-endian
//   workload.json              { dim, rows: number of rows of each document }

import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { WorkloadRows } from '../shared/workload-rows.js'

/** Writes a workload into `folder`, which is created if necessary. */
export function writeInputs(folder: string, { query, documents }: WorkloadRows): void {
  const { dim } = query
  mkdirSync(folder, { recursive: true })
  const rows = documents.map(({ data }) => data.length / dim)
  writeFileSync(join(folder, 'workload.json'), JSON.stringify({ dim, rows }))
  writeFileSync(join(folder, 'query.f32'), bytesOf([query.data]))
  writeFileSync(join(folder, 'documents.f32'), bytesOf(documents.map(({ data }) => data)))
}

function bytesOf(parts: readonly ArrayLike<number>[]): Uint8Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0))
  let end = 0
  for (const part of parts) {
    all.set(part, end)
    end += part.length
  }
  return new Uint8Array(all.buffer)
}
