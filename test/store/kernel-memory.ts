// The memory of the kernel that a store uses. A test file replaces the module that starts it:
//
//   vi.mock('../../src/core/packed-documents.js', async load => {
//     const { watchMemories } = await import('./kernel-memory.js')
//     return watchMemories(await load())
//   })

import type * as PackedDocuments from '../../src/core/packed-documents.js'

const started: PackedDocuments.PackedMemory[] = []

/** Returns the module with a function that records the memories that it starts. */
export const watchMemories = (module: typeof PackedDocuments): typeof PackedDocuments => ({
  ...module,
  async startPackedMemory(...given) {
    const memory = await module.startPackedMemory(...given)
    started.push(memory)
    return memory
  },
})

/** Bytes in blocks of the memory of the store that was opened last. */
export const usedBytes = (): number => started.at(-1)!.kernel.memory.used

/** Bytes that the engine holds for this memory: 0 once it is released. */
export const heldBytes = (): number => started.at(-1)!.kernel.memory.capacity
