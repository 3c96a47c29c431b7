// The Qdrant server of the peers: the one that QDRANT_URL names, or the binary in QDRANT_BIN, which runs during the
// benchmark.

import { stderr } from 'node:process'
import { createClient, findEngine, NoEngineError } from '../../demo/engine.js'

/** A server, and the collection that its peer loads. */
export interface PeerServer {
  readonly url: string
  readonly collection: string
}

/** Calls `run` with a server, or without one if none is named. Removes the collection afterwards. */
export async function withServer<T>(run: (server: PeerServer | undefined) => Promise<T>): Promise<T> {
  const engine = await findEngine(undefined, process.env).catch((error: Error) => {
    if (!(error instanceof NoEngineError)) throw error
    stderr.write(
      'a Qdrant server is not measured: set QDRANT_BIN to its binary or QDRANT_URL to its address\n',
    )
    return undefined
  })
  if (!engine) return run(undefined)
  const collection = `maxsimd-peers-${process.pid}`
  try {
    return await run({ url: engine.url, collection })
  } finally {
    await createClient(engine)
      .deleteCollection(collection)
      .catch(() => {})
    await engine.stop()
  }
}
