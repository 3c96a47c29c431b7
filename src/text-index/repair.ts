// What a run that was killed leaves behind, put right: points that no catalog knows, files whose points are gone.

import type { TokenEncoder } from '../encode/index.js'
import type { Store } from '../store/index.js'
import { type Catalog, countWords } from './catalog.js'

/** An index whose files change. */
export interface IndexParts {
  readonly path: string
  readonly store: Store
  readonly catalog: Catalog
  readonly encoder: TokenEncoder
  readonly weighted: boolean
}

/** Texts encoded at a time. */
export const BATCH = 256

/** Takes a file's points out, and its words out of the counts. */
export async function remove({ store, catalog, encoder, weighted }: IndexParts, file: string): Promise<void> {
  const { first, count: length } = catalog.files[file]!
  const ids = Array.from({ length }, (_, index) => first + index)
  if (weighted) {
    const texts = (await store.retrieve(ids)).map(({ payload }) => String(payload?.text ?? ''))
    for (let at = 0; at < texts.length; at += BATCH) {
      for (const rows of await encoder.documents(texts.slice(at, at + BATCH))) countWords(catalog, rows, -1)
    }
  }
  if (ids.length > 0) await store.delete(ids)
  delete catalog.files[file]
}

/** Holds points and files against each other after a run that did not end; does nothing after one that did. */
export async function repair(parts: IndexParts): Promise<void> {
  const { store, catalog } = parts
  const entries = Object.entries(catalog.files)
  const known = entries.reduce((sum, [, { count: length }]) => sum + length, 0)
  if (catalog.clean && (await store.count()) === known) return
  const owner = new Map<number, string>()
  for (const [file, { first, count: length }] of entries) {
    for (let id = first; id < first + length; id++) owner.set(id, file)
  }
  const left = new Map(entries.map(([file, { count: length }]) => [file, length]))
  const strays: number[] = []
  for await (const { id } of store.scroll({ with_payload: false })) {
    const file = owner.get(id as number)
    if (file === undefined) strays.push(id as number)
    else left.set(file, left.get(file)! - 1)
    catalog.next = Math.max(catalog.next, (id as number) + 1)
  }
  if (strays.length > 0) await store.delete(strays)
  const lacking = [...left].filter(([, missing]) => missing > 0)
  // such a file is read again; what is left of it goes then
  for (const [file] of lacking) catalog.files[file] = { ...catalog.files[file]!, size: -1, hash: '' }
  if (lacking.length + strays.length > 0 && parts.weighted) await recount(parts)
}

/** Counts the words of all passages anew: those of points that are gone cannot be taken out one by one. */
async function recount({ store, catalog, encoder }: IndexParts): Promise<void> {
  catalog.passages = 0
  for (const word of Object.keys(catalog.words)) delete catalog.words[word]
  let texts: string[] = []
  const flush = async () => {
    for (const rows of await encoder.documents(texts)) countWords(catalog, rows, 1)
    texts = []
  }
  for await (const { payload } of store.scroll()) {
    texts.push(String(payload?.text ?? ''))
    if (texts.length === BATCH) await flush()
  }
  await flush()
}
