// Measures what the words of a text index cost: its size and the time to make it, compared with an index of rows only, which
// the first version of text indexes was. Both read the same files, encode the same passages, and count their words; the one
// with words also writes their postings and their rows (src/text-index/words/).

import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { createStore } from '../../src/store/index.js'
import { countWords, createCatalog, writeCatalog } from '../../src/text-index/catalog.js'
import { openTextIndex, type TextIndexOptions } from '../../src/text-index/index.js'
import { itemsOf } from '../../src/text-index/passage-items.js'
import { readBytes } from '../../src/text-index/read-text-file.js'
import { findTextFiles } from '../../src/text-index/text-files.js'
import { summarize } from '../shared/timing.js'

type Encoder = Pick<TextIndexOptions, 'encoder' | 'encoderName' | 'weighted'>

/** An index with words, compared with one of rows only: 1 is the same. */
export interface IndexGrowth {
  /** Ratio of the bytes of all files. */
  readonly size: number
  /** Ratio of the processor times: the median of `rounds` pairs of indexes. */
  readonly time: number
}

/** Texts that are encoded in one call, as in an update. */
const BATCH = 256

/** Indexes the texts of a folder in both ways. `folder` is for the indexes, which are removed. */
export async function measureGrowth(
  texts: string,
  folder: string,
  encoder: Encoder,
  rounds: number,
): Promise<IndexGrowth> {
  const kinds = [indexWithWords, indexRows]
  const times: number[][] = kinds.map(() => [])
  const sizes: number[] = []
  for (let round = 0; round < rounds; round++) {
    for (const [kind, index] of kinds.entries()) {
      rmSync(folder, { recursive: true, force: true })
      const started = process.cpuUsage()
      await index(texts, folder, encoder)
      const { user, system } = process.cpuUsage(started)
      times[kind]!.push(user + system)
      sizes[kind] = bytesIn(folder)
    }
  }
  rmSync(folder, { recursive: true, force: true })
  const [words, rows] = times as [number[], number[]]
  const ratios = words.map((time, round) => time / rows[round]!)
  return { size: sizes[0]! / sizes[1]!, time: summarize(ratios).median }
}

async function indexWithWords(texts: string, folder: string, encoder: Encoder): Promise<void> {
  const index = await openTextIndex(folder, encoder)
  await index.update([texts])
  await index.close()
}

/** Makes the files that an index without words has. */
async function indexRows(texts: string, folder: string, { encoder, encoderName }: Encoder): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const store = await createStore({
    path: join(folder, 'store'),
    vectors: { text: { size: encoder.dim, distance: 'Dot', datatype: 'float16' } },
  })
  const catalog = createCatalog(encoderName, false)
  const { files } = await findTextFiles([texts], { path: folder, files: {} })
  for (const file of files) {
    const read = await readBytes(file)
    if ('reason' in read) continue
    const first = catalog.next
    const items = await itemsOf(file.path, read.bytes, {
      lines: false,
      columns: undefined,
      endings: [],
      isNamed: false,
    })
    for (let start = 0; start < items.length; start += BATCH) {
      const batch = items.slice(start, start + BATCH)
      const encoded = await encoder.documents(batch.map(({ text }) => text))
      const points = batch.flatMap(({ text, payload }, i) => {
        const rows = encoded[i]!
        if (rows.data.length === 0) return []
        countWords(catalog, rows, 1)
        return [{ id: catalog.next++, vector: { text: rows }, payload: { ...payload, text } }]
      })
      await store.upsert(points, { wait: false })
    }
    const { path, size, modified } = file
    catalog.files[path] = { size, modified, hash: read.hash, first, count: catalog.next - first }
  }
  await store.upsert([])
  await writeCatalog(folder, catalog)
  await store.close()
}

/** Bytes of all files in a folder and below it. */
function bytesIn(folder: string): number {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const stats = names.map(name => statSync(join(folder, name)))
  return stats.reduce((sum, file) => sum + (file.isFile() ? file.size : 0), 0)
}
