// Reads rows and payloads from the files of segments. Everything read is compared with its checksum. A damaged point is
// dead from then on if the store salvages; otherwise reading it throws.

import { parseExactJson } from '../../base/exact-json.js'
import type { Payload } from '../../collection/collection.js'
import { checksumOf } from '../../core/packed-documents.js'
import type { PayloadFiles } from '../columns/payload-column.js'
import type { VectorFiles } from '../columns/read-documents.js'
import { dropCopy, idAt, type Segment } from '../columns/segment.js'
import { NotAFileError, type StoreFile } from '../folders/folder.js'
import { type Damage, StoreDamageError } from './damage.js'
import { columnName, payloadsName, postingsName } from './file-names.js'
import { maxPostingsBytes, type PostingsFiles, type PostingsPlace } from './postings-file.js'
import { filesOf, type StorageState } from './storage-state.js'

/** Creates the readers of a store's files. */
export function createSegmentReader(state: StorageState): VectorFiles & PayloadFiles & PostingsFiles {
  const { vectors, sparse_vectors = {} } = state.manifest
  const vectorNames = [...Object.keys(vectors), ...Object.keys(sparse_vectors)]

  function report(segment: Segment, slot: number, damage: Pick<Damage, 'file' | 'offset' | 'problem'>): void {
    const located = { ...damage, segment: segment.number, id: idAt(segment, slot) }
    if (!state.salvage) throw new StoreDamageError(state.folder.path, [located])
    segment.isDamaged = true
    state.damage.push(located)
    state.points.remove({ segment, slot })
  }

  return {
    async read(segment, fieldIndex, target, position) {
      await filesOf(state, segment).rows[fieldIndex]!.read(target, position)
    },
    reportDamage(segment, fieldIndex, slot) {
      const column = segment.columns[fieldIndex]!
      const { copyOf } = column
      const place = {
        file: columnName(segment.number, fieldIndex, column),
        offset: column.offsets[slot]!,
      }
      if (copyOf !== undefined) {
        const problem = `a copy of "${vectorNames[copyOf]}" does not match its checksum; the rows are read in its place`
        state.damage.push({ ...place, segment: segment.number, problem })
        segment.isDamaged = true
        dropCopy(column, slot)
        return
      }
      report(segment, slot, {
        ...place,
        problem: `the rows of "${vectorNames[fieldIndex]}" do not match their checksum`,
      })
    },
    readPostings: place =>
      usePostings(state, place, async file => {
        const size = await file.size()
        if (size > maxPostingsBytes(place.segment.columns[place.fieldIndex]!)) return undefined
        const bytes = new Uint8Array(size)
        return bytes.subarray(0, await file.read(bytes, 0))
      }),
    postingsBytes: async place => (await usePostings(state, place, file => file.size())) ?? 0,
    async writePostings({ segment, fieldIndex }, bytes) {
      await state.lock!.check()
      await state.folder.replace(postingsName(segment.number, fieldIndex), bytes)
    },
    async readPayloads(segment, target, position) {
      await filesOf(state, segment).payloads.read(target, position)
    },
    parsePayload(segment, slot, bytes) {
      const isIntact = checksumOf(bytes) === segment.payloadEntries[2 * slot + 1]
      const payload = isIntact ? parseObject(bytes) : undefined
      if (payload) return payload
      report(segment, slot, {
        file: payloadsName(segment.number),
        offset: segment.payloadOffsets[slot]!,
        problem: `the payload ${isIntact ? 'is not a JSON object' : 'does not match its checksum'}`,
      })
      return undefined
    },
  }
}

/** Calls a function with an open file of postings. Returns undefined if there is none. */
async function usePostings<T>(
  { folder }: StorageState,
  { segment, fieldIndex }: PostingsPlace,
  use: (file: StoreFile) => Promise<T>,
): Promise<T | undefined> {
  const file = await folder.open(postingsName(segment.number, fieldIndex), false).catch(error => {
    if (error instanceof NotAFileError) return undefined
    throw error
  })
  if (!file) return undefined
  try {
    return await use(file)
  } finally {
    await file.close()
  }
}

const decoder = new TextDecoder()

/** Parses a JSON object. Returns undefined if the text is something else. */
function parseObject(json: Uint8Array): Payload | undefined {
  try {
    const value: unknown = parseExactJson(decoder.decode(json))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Payload)
      : undefined
  } catch {
    return undefined
  }
}
