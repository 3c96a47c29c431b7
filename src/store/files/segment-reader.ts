// Reads rows and payloads from the files of segments. Everything read is compared with its checksum. A damaged point is
// dead from then on if the store salvages; otherwise reading it throws.

import { checksumOf } from '../../core/packed-documents.js'
import type { PayloadFiles } from '../columns/payload-column.js'
import type { VectorFiles } from '../columns/read-documents.js'
import { idAt, type Segment } from '../columns/segment.js'
import { type Damage, StoreDamageError } from './damage.js'
import { payloadsName, rowsName } from './file-names.js'
import { filesOf, type StorageState } from './storage-state.js'

/** Creates the readers of a store's files. */
export function createSegmentReader(state: StorageState): VectorFiles & PayloadFiles {
  const vectorNames = Object.keys(state.manifest.vectors)

  function report(segment: Segment, slot: number, damage: Pick<Damage, 'file' | 'offset' | 'problem'>): void {
    const located = { ...damage, segment: segment.number, id: idAt(segment, slot) }
    if (!state.salvage) throw new StoreDamageError(state.folder.path, [located])
    state.damage.push(located)
    state.points.remove({ segment, slot })
  }

  return {
    async read(segment, fieldIndex, target, position) {
      await filesOf(state, segment).rows[fieldIndex]!.read(target, position)
    },
    reportDamage(segment, fieldIndex, slot) {
      report(segment, slot, {
        file: rowsName(segment.number, fieldIndex),
        offset: segment.columns[fieldIndex]!.offsets[slot]!,
        problem: `the rows of "${vectorNames[fieldIndex]}" do not match their checksum`,
      })
    },
    async readPayloads(segment, target, position) {
      await filesOf(state, segment).payloads.read(target, position)
    },
    checkPayload(segment, slot, bytes) {
      if (checksumOf(bytes) === segment.payloadEntries[2 * slot + 1]) return true
      report(segment, slot, {
        file: payloadsName(segment.number),
        offset: segment.payloadOffsets[slot]!,
        problem: 'the payload does not match its checksum',
      })
      return false
    },
  }
}
