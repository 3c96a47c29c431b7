// What is wrong with a store's files: which file, where, and what is lost by it.

import type { PointId } from '../../collection/collection.js'

/** One place where a file is not what was written. */
export interface Damage {
  /** The file's name in the store's folder. */
  readonly file: string
  /** The byte at which what is damaged begins. */
  readonly offset: number
  /** The segment that the file belongs to; undefined for a manifest. */
  readonly segment?: number | undefined
  /** The point that is lost, where only one is. */
  readonly id?: PointId | undefined
  /** What is wrong, in words. */
  readonly what: string
}

/** Files of a store that are not what was written. `damage` has every place that is known. */
export class StoreDamageError extends Error {
  override readonly name = 'StoreDamageError'
  readonly damage: readonly Damage[]

  constructor(place: string, damage: readonly Damage[]) {
    const [first] = damage
    const more = damage.length > 1 ? `, and ${damage.length - 1} more` : ''
    super(
      `the store at "${place}" is damaged: ${inWords(first!)}${more}; ` +
        'put the file back from a copy, or open it with { salvage: true }, which leaves out what cannot be read',
    )
    this.damage = damage
  }
}

const inWords = ({ file, offset, segment, id, what }: Damage) =>
  `${file}${segment === undefined ? '' : ` (segment ${segment})`} at byte ${offset}: ${what}` +
  `${id === undefined ? '' : `, point ${id}`}`
