// Where bytes go: a file, or memory. What is already written can be written over, because the length of an array stands
// before it and is known after it.

/** Takes bytes. */
export interface ByteSink {
  write(bytes: Uint8Array): Promise<void>
  /** Writes over bytes that were written before. */
  writeAt(offset: number, bytes: Uint8Array): Promise<void>
  /** Says that it is whole. */
  close(): Promise<void>
  /** Says that it will not be: nothing is left. */
  abort(): Promise<void>
}

/** A sink in memory; `blob()` has what was written. */
export function memorySink(): ByteSink & { blob(): Blob } {
  let parts: Uint8Array<ArrayBuffer>[] = []
  const at = (offset: number, bytes: Uint8Array) => {
    let first = 0
    for (const part of parts) {
      for (let i = Math.max(0, first - offset); i < bytes.length && offset + i < first + part.length; i++) {
        part[offset + i - first] = bytes[i]!
      }
      first += part.length
    }
  }
  return {
    async write(bytes) {
      parts.push(bytes.slice())
    },
    writeAt: async (offset, bytes) => at(offset, bytes),
    close: async () => undefined,
    async abort() {
      parts = []
    },
    blob: () => new Blob(parts),
  }
}

/** Writes pieces of text to a sink, and says that it is whole; nothing is left if one of them fails. */
export async function writeText(
  pieces: AsyncIterable<string> | Iterable<string>,
  sink: ByteSink,
): Promise<void> {
  const encoder = new TextEncoder()
  try {
    for await (const piece of pieces) await sink.write(encoder.encode(piece))
  } catch (error) {
    await sink.abort()
    throw error
  }
  await sink.close()
}
