// Are the stored documents what they should be? Compares them, row by row, with a source of truth: a collection of the
// same ids, or multi-vectors by id. Tells a truncated document from a swapped one, and both from one that is stale.

import type { CallProgress, PointId, ReadableCollection } from '../../collection/collection.js'
import { documentOf, firstDifference, type PackedRows, packRows } from '../../collection/packed-rows.js'
import type { Field } from '../../collection/vector-fields.js'
import { chooseField, isPlain, selectionOf, vectorFieldsOf } from '../../collection/vector-fields.js'
import type { MultiVector } from '../../core/multivector.js'
import { asStored } from './server-rounding.js'
import type { DocumentFault } from './verify-report.js'

/** What documents should be. */
export type DocumentSource = ReadableCollection | ReadonlyMap<PointId, MultiVector>

const isMap = (source: DocumentSource): source is ReadonlyMap<PointId, MultiVector> => source instanceof Map

/** Documents compared at a time. */
const PAGE = 32

interface Watch {
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((progress: CallProgress) => void) | undefined
}

/** How far a stored value may be from the one computed here, in parts of it. */
function toleranceOf({ distance, datatype, size }: Field): number {
  if (distance !== 'Cosine' || datatype === 'uint8') return 0
  // the length is summed in another order; with halves, an element may round to its neighbour
  return datatype === 'float16' ? 2 ** -10 : (size / 2 + 14) * 2 ** -24
}

/** Every document of the source as it should be stored, one at a time. */
async function* expected(
  source: DocumentSource,
  field: Field,
  signal: AbortSignal | undefined,
): AsyncGenerator<[PointId, PackedRows]> {
  const { distance, datatype } = field
  if (isMap(source)) {
    for (const [id, document] of source)
      yield [id, asStored(packRows(document, field.size, `source ${id}`), distance, datatype)]
    return
  }
  const own = chooseField(vectorFieldsOf(source.config.vectors), field.name)
  for await (const { id, vector } of source.scroll({
    with_payload: false,
    with_vector: selectionOf(own),
    signal,
  })) {
    const document = documentOf({ vector }, own)
    if (document) yield [id, asStored(document, distance, datatype)]
  }
}

/**
 * Compares the documents that were hits (`seen`), or with `all` every document of the source, and every one of the
 * collection. Codes (turbo4) come back changed, so only their number is compared.
 */
export async function compareDocuments(
  collection: ReadableCollection,
  field: Field,
  source: DocumentSource,
  seen: ReadonlyMap<PointId, PackedRows>,
  all: boolean,
  { signal, onProgress }: Watch,
): Promise<DocumentFault[]> {
  const total = isMap(source) ? source.size : await source.count(undefined, { signal })
  const faults: DocumentFault[] = []
  const wrong: Wrong[] = []
  const ids = new Set<PointId>()
  const tolerance = toleranceOf(field)
  let page: [PointId, PackedRows][] = []

  async function comparePage(): Promise<void> {
    const lacking = page.filter(([id]) => !seen.has(id)).map(([id]) => id)
    const with_vector = selectionOf(field)
    const fetched =
      all && lacking.length > 0
        ? await collection.retrieve(lacking, { with_payload: false, with_vector, signal })
        : []
    const there = new Map(fetched.map(({ id, vector }) => [id, documentOf({ vector }, field)]))
    for (const [id, wanted] of page) {
      const document = seen.get(id) ?? there.get(id)
      if (!document) {
        if (all) faults.push({ id, fault: 'missing' })
        continue
      }
      const row = isPlain(field.datatype)
        ? firstDifference(document, wanted, tolerance)
        : document.data.length === wanted.data.length
          ? undefined
          : Math.min(document.data.length, wanted.data.length) / field.size
      if (row !== undefined) wrong.push({ id, row, there: document, wanted })
    }
    page = []
  }

  for await (const [id, document] of expected(source, field, signal)) {
    ids.add(id)
    if (ids.size % PAGE === 0 || ids.size === total) {
      onProgress?.({ phase: 'documents', done: ids.size, total })
    }
    if (all || seen.has(id)) page.push([id, document])
    if (page.length === PAGE) await comparePage()
  }
  await comparePage()
  const owners = await ownersOf(wrong)
  for (const { id, row, there, wanted } of wrong) {
    const other = owners.get(id)
    const isPrefix = there.data.length < wanted.data.length && row === there.data.length / field.size
    if (other !== undefined) faults.push({ id, fault: 'swapped', row, other })
    else faults.push({ id, fault: isPrefix ? 'truncated' : 'stale', row })
  }
  const listed = new Set<PointId>(seen.keys())
  if (all) for await (const { id } of collection.scroll({ with_payload: false, signal })) listed.add(id)
  for (const id of listed) if (!ids.has(id)) faults.push({ id, fault: 'unknown' })
  return faults

  /** Whose documents the wrong ones are: the source is read once more, and only if there are any. */
  async function ownersOf(wrong: readonly Wrong[]): Promise<Map<PointId, PointId>> {
    const owners = new Map<PointId, PointId>()
    if (wrong.length === 0) return owners
    for await (const [owner, document] of expected(source, field, signal)) {
      for (const { id, there } of wrong) {
        if (owner !== id && firstDifference(there, document, tolerance) === undefined) owners.set(id, owner)
      }
    }
    return owners
  }
}

interface Wrong {
  readonly id: PointId
  readonly row: number
  readonly there: PackedRows
  readonly wanted: PackedRows
}
