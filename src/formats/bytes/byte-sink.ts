// Sinks of bytes: a file or memory. Bytes that were written can be overwritten, because the header of an array contains
// its length, which is known only after its last element.

/** Where bytes are written. */
export interface ByteSink {
  /** Appends bytes. The sink does not keep the array. */
  write(bytes: Uint8Array): Promise<void>
  /** Overwrites bytes that were written before. */
  writeAt(offset: number, bytes: Uint8Array): Promise<void>
  /** Completes the output. */
  close(): Promise<void>
  /** Discards the output. */
  abort(): Promise<void>
}

/** A sink in memory. */
export interface MemorySink extends ByteSink {
  /** Returns the bytes written so far. */
  blob(): Blob
}

/**
 * Returns a sink in memory.
 *
 * @example
 * import { memorySink, writeText } from 'maxsimd/formats'
 *
 * const sink = memorySink()
 * await writeText(['one line\n', 'two lines\n'], sink)
 * await sink.blob().text() // 'one line\ntwo lines\n'
 */
export function memorySink(): MemorySink {
  let parts: Uint8Array<ArrayBuffer>[] = []
  return {
    async write(bytes) {
      // Buffer.slice would return a view of the same memory
      parts.push(new Uint8Array(bytes))
    },
    async writeAt(offset, bytes) {
      let start = 0
      for (const part of parts) {
        const first = Math.max(0, start - offset)
        for (let i = first; i < bytes.length && offset + i < start + part.length; i++) {
          part[offset + i - start] = bytes[i]!
        }
        start += part.length
      }
    },
    close: async () => undefined,
    async abort() {
      parts = []
    },
    blob: () => new Blob(parts),
  }
}

/**
 * Writes pieces of text to a sink as UTF-8 and closes the sink. If a piece, a write or the closing fails, the
 * output is discarded.
 *
 * @throws the error of `pieces` or of the sink
 *
 * @example
 * import { memorySink, runLines, writeText } from 'maxsimd/formats'
 *
 * const sink = memorySink()
 * await writeText(runLines([{ query: 'q1', hits: [{ id: 7, score: 2.5 }] }]), sink)
 * await sink.blob().text() // 'q1 Q0 7 1 2.5 maxsimd\n'
 */
export async function writeText(
  pieces: AsyncIterable<string> | Iterable<string>,
  sink: ByteSink,
): Promise<void> {
  const encoder = new TextEncoder()
  await writeOutput(sink, async () => {
    for await (const piece of pieces) await sink.write(encoder.encode(piece))
  })
}

/** Calls `write` and closes the sink. If one of both fails, the output is discarded. */
export async function writeOutput<T>(sink: ByteSink, write: () => Promise<T>): Promise<T> {
  try {
    const result = await write()
    await sink.close()
    return result
  } catch (error) {
    await sink.abort()
    throw error
  }
}
