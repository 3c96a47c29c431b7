// Adds vectors to a store in a folder, and removes vectors, in place: all segments are written anew with the other columns,
// and then replace the old ones at once, as in a compaction. What stays is copied as it is stored.

import { checkAbortSignal, checkCallback, checkKnownOptions } from '../base/check-options.js'
import { sleep } from '../base/sleep.js'
import { typeName } from '../base/type-name.js'
import { type Field, vectorFieldsOf } from '../collection/vector-fields.js'
import { createPackedFormat, type PackedFormat } from '../core/packed-documents.js'
import { columnShapesOf, vectorCopiesOf } from './columns/copies.js'
import { copyPoints, copyPortions } from './columns/copy-points.js'
import type { EncodedBatch } from './columns/encode-batch.js'
import type { Segment } from './columns/segment.js'
import { createStagingBuffer, rowsWriter, type StagingBuffer } from './columns/staging-buffer.js'
import {
  dtypeOf,
  metricOfDistance,
  parseStoreVectors,
  type StoreDescription,
  type StoreVector,
} from './config.js'
import type { Folder } from './folders/folder.js'
import { openPartsIn } from './open-folder.js'
import type { AddedVector, RebuildOptions } from './rebuild.js'
import { createStoreContext, type StoreContext } from './store-context.js'

const OPTIONS: readonly (keyof RebuildOptions)[] = ['add', 'remove', 'signal', 'onProgress']

/** Points whose vectors are made between two pauses, in which other work of the thread runs. */
const PAUSE_POINTS = 32

/**
 * Adds vectors to the store in a folder, and removes vectors. See `rebuildStore`.
 *
 * @internal
 */
export async function rebuildStoreIn(folder: Folder, options: RebuildOptions): Promise<void> {
  checkKnownOptions(options, OPTIONS, 'rebuildStore')
  checkAbortSignal(options.signal)
  checkCallback(options.onProgress, 'onProgress')
  const context = await openPartsIn(folder, {}, createStoreContext)
  try {
    const plan = planOf(context, options)
    await context.exclusive(() => rebuild(context, plan, options))
  } finally {
    await context.close()
  }
}

/** An added vector with what stores it. */
interface Addition extends Pick<AddedVector, 'make'> {
  readonly field: Field
  readonly format: PackedFormat
  /** The position of its source among the columns that are kept. */
  readonly source: number
  readonly sourceField: Field
  readonly sourceFormat: PackedFormat
}

/** What is written. */
interface Plan {
  readonly description: StoreDescription
  /** The columns that are kept: dense vectors, then sparse ones. The added ones come in between. */
  readonly kept: readonly number[]
  readonly keptDense: number
  readonly additions: readonly Addition[]
}

/** @throws RangeError or TypeError if the options do not fit the store */
function planOf(context: StoreContext, { add = {}, remove = [] }: RebuildOptions): Plan {
  const { config, memory, formats, fields } = context
  const names = Object.keys(config.vectors)
  const list = (all: readonly string[]) => all.map(name => `"${name}"`).join(', ')
  for (const name of remove) {
    if (names.includes(name)) continue
    throw new RangeError(`"remove" expected dense vectors of the store (${list(names)}), got "${name}"`)
  }
  const keptNames = names.filter(name => !remove.includes(name))
  const added = Object.entries(add)
  if (added.length > 0 && keptNames.includes('')) {
    throw new RangeError(
      'the vector of the store has no name, so another one cannot be added; copy the points to a new store with a named vector',
    )
  }
  const parsed: Record<string, StoreVector> =
    added.length === 0
      ? {}
      : parseStoreVectors(Object.fromEntries(added.map(([name, { config }]) => [name, config])))
  for (const name of Object.keys(parsed)) {
    if (keptNames.includes(name) || fields.sparse.has(name))
      throw new RangeError(`"add.${name}" is a vector of the store; choose another name, or remove it`)
  }
  const described = vectorFieldsOf(parsed).dense
  const additions = added.map(([name, { from, make }]): Addition => {
    const source = keptNames.indexOf(from)
    if (source < 0) {
      throw new RangeError(
        `"add.${name}.from" expected a dense vector that stays (${list(keptNames)}), got "${from}"`,
      )
    }
    if (typeof make !== 'function')
      throw new TypeError(`"add.${name}.make" expected a function, got ${typeName(make)}`)
    const { size, distance, datatype } = parsed[name]!
    const format = createPackedFormat(memory.kernel, size, metricOfDistance(distance), dtypeOf(datatype))
    const sourceFormat = formats[names.indexOf(from)]!
    return {
      make,
      field: described.get(name)!,
      format,
      source,
      sourceField: fields.dense.get(from)!,
      sourceFormat,
    }
  })
  const vectors = {
    ...Object.fromEntries(keptNames.map(name => [name, config.vectors[name]!])),
    ...parsed,
  }
  const sparse = Object.keys(config.sparse_vectors ?? {}).map((_, index) => names.length + index)
  return {
    description: { ...config, vectors },
    kept: [...keptNames.map(name => names.indexOf(name)), ...sparse],
    keptDense: keptNames.length,
    additions,
  }
}

/** Writes all segments anew, and replaces the old ones. */
async function rebuild(
  context: StoreContext,
  plan: Plan,
  { signal, onProgress }: RebuildOptions,
): Promise<void> {
  const { storage, segments, memory, points } = context
  const shapes = columnShapesOf(plan.description)
  const copies = vectorCopiesOf(memory, plan.description)
  const total = points.size
  const written: Segment[] = []
  let done = 0
  const withAdded = (batch: EncodedBatch, use: (complete: EncodedBatch) => Promise<unknown>) =>
    addVectors(context, plan, batch, signal, use)
  try {
    for (const from of segments.values()) {
      const target = await storage.createSegment(shapes)
      written.push(target)
      for (const slots of copyPortions(from)) {
        await copyPoints({ ...context, copies, kept: plan.kept, withAdded }, from, slots, target)
        done += slots.length
        onProgress?.(done, total)
        signal?.throwIfAborted()
      }
    }
    await storage.replaceAll(plan.description, written)
  } catch (error) {
    for (const target of written) await storage.discard(target).catch(() => undefined)
    throw error
  }
  // nothing of the old segments is written when the store is closed
  segments.clear()
}

/** Calls `use` with a batch and its added vectors, which are in memory during the call. */
async function addVectors(
  { memory }: StoreContext,
  { additions, keptDense }: Plan,
  batch: EncodedBatch,
  signal: AbortSignal | undefined,
  use: (complete: EncodedBatch) => Promise<unknown>,
): Promise<unknown> {
  const buffers = additions.map(({ field, format }) => createStagingBuffer(memory, rowsWriter(field, format)))
  const offsets = additions.map(() => 0)
  try {
    for (let i = 0; i < batch.count; i++) {
      if (i % PAUSE_POINTS === 0) await sleep(0, signal)
      signal?.throwIfAborted()
      for (const [a, addition] of additions.entries()) {
        offsets[a]! += addVector(addition, buffers[a]!, batch, { index: i, offset: offsets[a]! })
      }
    }
    const insert = <T>(list: readonly T[], more: readonly T[]) => [
      ...list.slice(0, keptDense),
      ...more,
      ...list.slice(keptDense),
    ]
    return await use({
      ...batch,
      fields: insert(
        batch.fields,
        buffers.map(buffer => buffer.encoded()),
      ),
      documents: insert(
        batch.documents,
        buffers.map(({ address, bytes }) => ({ address, bytes })),
      ),
    })
  } finally {
    for (const buffer of buffers) buffer.dispose()
  }
}

/** Adds the vector of a point, which is made of a document in the batch. Returns the bytes of that document. */
function addVector(
  { source, sourceField, sourceFormat, field, make }: Addition,
  buffer: StagingBuffer,
  { fields, documents, pointIds }: EncodedBatch,
  { index, offset }: { readonly index: number; readonly offset: number },
): number {
  const [rows = 0, scale = 0, norms = 0] = fields[source]!.entries.subarray(4 * index, 4 * index + 3)
  if (rows === 0) {
    buffer.addMissing()
    return 0
  }
  const entry = Uint32Array.of(documents[source]!.address + offset, rows, scale, norms)
  const made = make({ data: sourceFormat.unpack(entry), dim: sourceField.size })
  buffer.add(made, `point ${pointIds[index]}.vector.${field.name}`)
  return rows * sourceFormat.rowBytes
}
