// Several regions of the kernel's memory in one block, by name.

import { aligned, type Memory } from '../../kernel/memory.js'

export interface Regions<Name extends string> {
  /** The address of each region, 16-byte aligned. */
  readonly addresses: Readonly<Record<Name, number>>
  free(): void
}

/** Allocates a block for regions of the given sizes in bytes. */
export function allocateRegions<Name extends string>(
  memory: Memory,
  sizes: Readonly<Record<Name, number>>,
): Regions<Name> {
  const entries = Object.entries<number>(sizes) as [Name, number][]
  const start = memory.allocate(entries.reduce((sum, [, bytes]) => sum + aligned(bytes), 0))
  let at = start
  const addresses = {} as Record<Name, number>
  for (const [name, bytes] of entries) {
    addresses[name] = at
    at += aligned(bytes)
  }
  return { addresses, free: () => memory.free(start) }
}
