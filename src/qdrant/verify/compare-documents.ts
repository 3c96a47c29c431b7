// Fourth phase of `verify`: compares the stored documents, row by row, with a source of truth. Tells a truncated document
// from a swapped one, and both from a stale one.

import { isA } from '../../base/is-a.js'
import { plural } from '../../base/plural.js'
import type { PointId, ReadableCollection } from '../../collection/collection.js'
import { documentOf, firstDifference, type PackedRows, packRows } from '../../collection/packed-rows.js'
import { type Field, fieldIn, isPlain, selectionOf } from '../../collection/vector-fields.js'
import type { MultiVector } from '../../core/multivector.js'
import { asStored } from './server-rounding.js'
import type { VerifyContext } from './verify-context.js'
import type { DocumentFault } from './verify-report.js'

/** The documents that a collection should contain: another collection with the same ids, or multi-vectors by id. */
export type DocumentSource = ReadableCollection | ReadonlyMap<PointId, MultiVector>

/** What the comparison with a source shows. */
export interface DocumentComparison {
  readonly faults: readonly DocumentFault[]
  readonly problems: readonly string[]
  readonly notes: readonly string[]
  /** Number of documents that were compared. */
  readonly compared: number
  /** Documents whose numbers are not all 0 in the source, and would all be stored as 0. */
  readonly zeroed: ReadonlySet<PointId>
}

/** Documents compared at a time. */
const PAGE_SIZE = 32

/** A document that differs from the source. */
interface Mismatch {
  readonly id: PointId
  /** The first row that differs. */
  readonly row: number
  readonly actual: PackedRows
  readonly expected: PackedRows
}

/** One run of the phase. */
interface Comparison {
  readonly context: Pick<VerifyContext, 'collection' | 'field' | 'signal' | 'onProgress'>
  readonly source: DocumentSource
  /** Documents that were hits. */
  readonly seen: ReadonlyMap<PointId, PackedRows>
  /** Whether all documents are compared, and not only those that were hits. */
  readonly all: boolean
  readonly tolerance: number
}

const isMap = (source: DocumentSource): source is ReadonlyMap<PointId, MultiVector> => isA(source, 'Map')

/**
 * Compares the documents that were hits (`seen`) with the source; or with `all`, every document of the source and of the
 * collection. Codes (turbo4) cannot be read back, so only the number of their rows is compared.
 */
export async function compareDocuments(
  context: Comparison['context'],
  source: DocumentSource,
  seen: ReadonlyMap<PointId, PackedRows>,
  all: boolean,
): Promise<DocumentComparison> {
  const { field, signal, onProgress } = context
  const comparison: Comparison = { context, source, seen, all, tolerance: toleranceOf(context.field) }
  const total = isMap(source) ? source.size : await source.count(undefined, { signal })
  const missing: PointId[] = []
  const mismatches: Mismatch[] = []
  const sourceIds = new Set<PointId>()
  const zeroed = new Set<PointId>()
  let [compared, changed] = [0, 0]
  let page: [PointId, PackedRows][] = []

  async function comparePage(): Promise<void> {
    const actual = await readDocuments(
      comparison,
      page.map(([id]) => id),
    )
    for (const [id, expected] of page) {
      const document = actual.get(id)
      if (!document) missing.push(id)
      else mismatches.push(...mismatchOf(comparison, id, document, expected))
    }
    page = []
  }

  for await (const [id, document, original] of expectedDocuments(comparison)) {
    sourceIds.add(id)
    if (sourceIds.size % PAGE_SIZE === 0 || sourceIds.size === total) {
      onProgress?.({ phase: 'documents', done: sourceIds.size, total })
    }
    if (!all && !seen.has(id)) continue
    compared++
    page.push([id, document])
    if (firstDifference(document, original, 0) !== undefined) changed++
    if (document.data.every(value => value === 0) && original.data.some(value => value !== 0)) zeroed.add(id)
    if (page.length === PAGE_SIZE) await comparePage()
  }
  await comparePage()
  const unknown = (await collectionIds(comparison)).filter(id => !sourceIds.has(id))
  const faults = [
    ...missing.map(id => ({ id, fault: 'missing' as const })),
    ...(await explainMismatches(comparison, mismatches)),
    ...unknown.map(id => ({ id, fault: 'unknown' as const })),
  ]
  return { faults, compared, zeroed, ...sourceDifferences(field, source, changed) }
}

/**
 * Compares the settings of a collection with those of its source. Another distance is a problem. Another datatype is one
 * if the collection stores uint8 and lost fractions; otherwise a note. Multi-vectors by id have no settings.
 *
 * @param changed number of documents whose numbers the collection rounds
 */
function sourceDifferences(
  field: Field,
  source: DocumentSource,
  changed: number,
): Pick<DocumentComparison, 'problems' | 'notes'> {
  if (isMap(source)) {
    const notes =
      field.datatype === 'uint8' && changed > 0
        ? [`uint8 changed the numbers of ${plural(changed, 'document')}`]
        : []
    return { problems: [], notes }
  }
  const expected = fieldIn(source, field.name)
  const problems: string[] = []
  const notes: string[] = []
  if (expected.distance !== field.distance) {
    problems.push(`the source compares by ${expected.distance}, the collection by ${field.distance}`)
  }
  if (expected.datatype !== field.datatype) {
    const difference = `the source stores ${expected.datatype}, the collection ${field.datatype}`
    const isLoss = field.datatype === 'uint8' && changed > 0
    if (isLoss) problems.push(`${difference}, which changed the numbers of ${plural(changed, 'document')}`)
    else notes.push(difference)
  }
  return { problems, notes }
}

/** Maximum difference of a stored value from the one computed here, relative to the value. */
function toleranceOf({ distance, datatype, size }: Field): number {
  if (distance !== 'Cosine' || datatype === 'uint8') return 0
  // the server sums a row's length in another order; with float16, an element may then round to its neighbour
  return datatype === 'float16' ? 2 ** -10 : (size / 2 + 14) * 2 ** -24
}

/** Every document of the source, as the collection should store it, and as the source has it. */
async function* expectedDocuments({
  context: { field, signal },
  source,
}: Comparison): AsyncGenerator<[PointId, PackedRows, PackedRows]> {
  const { distance, datatype } = field
  if (isMap(source)) {
    for (const [id, document] of source) {
      const rows = packRows(document, field.size, `source ${id}`)
      yield [id, asStored(rows, distance, datatype), rows]
    }
    return
  }
  const sourceField = fieldIn(source, field.name)
  const with_vector = selectionOf(sourceField)
  for await (const { id, vector } of source.scroll({ with_payload: false, with_vector, signal })) {
    const document = documentOf({ vector }, sourceField)
    if (document) yield [id, asStored(document, distance, datatype), document]
  }
}

/** The stored documents with these ids; those that were not hits are read from the collection. */
async function readDocuments(
  { context: { collection, field, signal }, seen }: Comparison,
  ids: readonly PointId[],
): Promise<Map<PointId, PackedRows>> {
  const found = new Map<PointId, PackedRows>()
  for (const id of ids) if (seen.has(id)) found.set(id, seen.get(id)!)
  const unread = ids.filter(id => !seen.has(id))
  if (unread.length === 0) return found
  const with_vector = selectionOf(field)
  for (const { id, vector } of await collection.retrieve(unread, {
    with_payload: false,
    with_vector,
    signal,
  })) {
    const document = documentOf({ vector }, field)
    if (document) found.set(id, document)
  }
  return found
}

/** The mismatch of a document in an array, which is empty if it equals what is expected. */
function mismatchOf(
  { context: { field }, tolerance }: Comparison,
  id: PointId,
  actual: PackedRows,
  expected: PackedRows,
): Mismatch[] {
  const [length, expectedLength] = [actual.data.length, expected.data.length]
  const row = isPlain(field.datatype)
    ? firstDifference(actual, expected, tolerance)
    : length === expectedLength
      ? undefined
      : Math.min(length, expectedLength) / field.size
  return row === undefined ? [] : [{ id, row, actual, expected }]
}

async function explainMismatches(
  comparison: Comparison,
  mismatches: readonly Mismatch[],
): Promise<DocumentFault[]> {
  const owners = await findOwners(comparison, mismatches)
  return mismatches.map(({ id, row, actual, expected }) => {
    const other = owners.get(id)
    if (other !== undefined) return { id, fault: 'swapped', row, other }
    const { length } = actual.data
    const isPrefix = length < expected.data.length && row === length / actual.dim
    return { id, fault: isPrefix ? 'truncated' : 'stale', row }
  })
}

/** Finds the documents of the source that the mismatches equal. Reads the source again, but only if there are mismatches. */
async function findOwners(
  comparison: Comparison,
  mismatches: readonly Mismatch[],
): Promise<Map<PointId, PointId>> {
  const owners = new Map<PointId, PointId>()
  if (mismatches.length === 0) return owners
  for await (const [owner, document] of expectedDocuments(comparison)) {
    for (const { id, actual } of mismatches) {
      if (owner === id || firstDifference(actual, document, comparison.tolerance) !== undefined) continue
      owners.set(id, owner)
    }
  }
  return owners
}

/** Ids of the documents that were hits, and with `all` those of the whole collection. */
async function collectionIds({ context: { collection, signal }, seen, all }: Comparison): Promise<PointId[]> {
  const ids = new Set<PointId>(seen.keys())
  if (all) for await (const { id } of collection.scroll({ with_payload: false, signal })) ids.add(id)
  return [...ids]
}
