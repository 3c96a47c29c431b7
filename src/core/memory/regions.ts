// Several named regions in one block of the kernel's memory.

import { aligned, type Memory } from '../../kernel/memory.js'

export interface Regions<Name extends string> {
  /** The address of each region, aligned to 16 bytes. */
  readonly addresses: Readonly<Record<Name, number>>
  /** Frees the block with all its regions. */
  free(): void
}

/** Allocates a block for regions of the given sizes in bytes. Their order is the order of the names. */
export function allocateRegions<Name extends string>(
  memory: Memory,
  sizes: Readonly<Record<Name, number>>,
): Regions<Name> {
  const entries = Object.entries<number>(sizes) as [Name, number][]
  const start = memory.allocate(entries.reduce((sum, [, bytes]) => sum + aligned(bytes), 0))
  const addresses = {} as Record<Name, number>
  let address = start
  for (const [name, bytes] of entries) {
    addresses[name] = address
    address += aligned(bytes)
  }
  return { addresses, free: () => memory.free(start) }
}
