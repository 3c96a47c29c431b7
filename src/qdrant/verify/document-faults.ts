// Faults of stored documents that need no source of truth: `verify` notices them while it reads hits and points.

import type { PointId } from '../../collection/collection.js'
import type { PackedRows } from '../../collection/packed-rows.js'
import type { DocumentFault } from './verify-report.js'

export interface DocumentFaults {
  /** Notes that an answer of the server has an id twice. */
  duplicate(id: PointId): void
  /** Notes that the score of a document is beyond f32. */
  overflow(id: PointId): void
  /** Notes that a query returns other rows of a document than a scan. `row`: the first that differs. */
  inconsistent(id: PointId, row: number): void
  /** Whether an answer had this id twice. */
  isDuplicate(id: PointId): boolean
  /** Looks at a document. Returns whether it can be scored: all its numbers are finite. */
  isScorable(id: PointId, document: PackedRows): boolean
  /** All faults except zeros, each document once. */
  list(): DocumentFault[]
  /** Documents of which all numbers are 0. */
  zeros(): readonly PointId[]
}

export function createDocumentFaults(): DocumentFaults {
  const duplicates = new Set<PointId>()
  const zeros = new Set<PointId>()
  const overflows = new Set<PointId>()
  const inconsistent = new Map<PointId, number>()
  const notFinite = new Map<PointId, number>()
  return {
    duplicate: id => void duplicates.add(id),
    overflow: id => void overflows.add(id),
    inconsistent: (id, row) => void inconsistent.set(id, row),
    isDuplicate: id => duplicates.has(id),
    isScorable(id, { data, dim }) {
      const wrong = data.findIndex(value => !Number.isFinite(value))
      if (wrong >= 0) notFinite.set(id, Math.floor(wrong / dim))
      else if (data.every(value => value === 0)) zeros.add(id)
      return wrong < 0
    },
    list: () => [
      ...[...duplicates].map(id => ({ id, fault: 'duplicate' as const })),
      ...[...notFinite].map(([id, row]) => ({ id, fault: 'not finite' as const, row })),
      ...[...inconsistent].map(([id, row]) => ({ id, fault: 'inconsistent' as const, row })),
      ...[...overflows].map(id => ({ id, fault: 'overflow' as const })),
    ],
    zeros: () => [...zeros],
  }
}
