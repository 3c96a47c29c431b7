// Damage of a store's files: which file, at which byte, and which point is lost.

import type { PointId } from '../../collection/collection.js'

/** One damaged part of a file. */
export interface Damage {
  /** The name of the file in the store's folder. */
  readonly file: string
  /** The byte offset at which the damaged part begins. */
  readonly offset: number
  /** The segment that the file belongs to; undefined for a manifest. */
  readonly segment?: number | undefined
  /** The lost point, if the damage affects a single point. */
  readonly id?: PointId | undefined
  /** A description of the damage. */
  readonly problem: string
  /**
   * Points that the lost part of a log may have deleted or replaced: `salvage` returns them as they were before. At most
   * 1,000; undefined if no point is at risk.
   */
  readonly atRisk?: readonly PointId[] | undefined
}

/** Thrown if a store's files differ from what was written to them. `damage` lists all damage found so far. */
export class StoreDamageError extends Error {
  override readonly name = 'StoreDamageError'
  readonly code = 'ERR_STORE_DAMAGED'
  readonly damage: readonly Damage[]

  constructor(path: string, damage: readonly Damage[]) {
    const [first] = damage
    const more = damage.length > 1 ? `, and ${damage.length - 1} more` : ''
    super(
      `the store at "${path}" is damaged: ${textOf(first!)}${more}; ` +
        'restore the file from a copy, or open the store with { salvage: true }, which skips everything unreadable',
    )
    this.damage = damage
  }
}

const textOf = ({ file, offset, segment, id, problem }: Damage) =>
  `${file}${segment === undefined ? '' : ` (segment ${segment})`} at byte ${offset}: ${problem}` +
  `${id === undefined ? '' : `, point ${id}`}`
