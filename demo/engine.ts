// The Qdrant server that a program uses: the one that an option or QDRANT_URL names, or the binary in QDRANT_BIN, which
// is started in a temporary folder and stopped at the end.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { QdrantClient } from '@qdrant/js-client-rest'
import { freePort, startQdrant } from './qdrant-process.js'

/** A Qdrant server. */
export interface Engine {
  readonly url: string
  readonly apiKey: string | undefined
  /** `named` by the user, or `started` by this program. */
  readonly origin: 'named' | 'started'
  /** Stops a started server and removes its folder. Does nothing to a named one. */
  stop(): Promise<void>
}

/** There is no Qdrant server. The message says how to start one. */
export class NoEngineError extends Error {
  override readonly name = 'NoEngineError'
}

const REMEDY = `Start a server and pass its address:

  docker compose up -d                                      (with the compose file of this repository)
  QDRANT_URL=http://127.0.0.1:6333 npm run lesson

or pass a Qdrant binary, which is started and stopped for you: QDRANT_BIN=/path/to/qdrant npm run lesson`

/**
 * Finds or starts a server.
 *
 * @param url the server of an option; undefined for the one in the environment
 * @throws NoEngineError if no server is named, if the named one does not answer, or if the binary does not start
 */
export async function findEngine(
  url: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Engine> {
  const { QDRANT_URL, QDRANT_API_KEY: apiKey, QDRANT_BIN } = environment
  const named = url ?? QDRANT_URL
  if (named) {
    if (await answers(named)) return { url: named, apiKey, origin: 'named', stop: async () => undefined }
    throw new NoEngineError(`no server answers at ${withoutUser(named)}. ${REMEDY}`)
  }
  const binary = QDRANT_BIN?.split(delimiter).at(-1)
  if (binary) return startEngine(binary)
  throw new NoEngineError(`a Qdrant server is required. ${REMEDY}`)
}

/** A client of the server. */
export function createClient({ url, apiKey }: Engine): QdrantClient {
  return new QdrantClient({ url, checkCompatibility: false, ...(apiKey && { apiKey }) })
}

const withoutUser = (url: string) => url.replace(/\/\/[^/@]*@/, '//')

async function answers(url: string): Promise<boolean> {
  try {
    // a server that requires a key refuses this request, which is an answer too
    await fetch(url, { signal: AbortSignal.timeout(5000) })
    return true
  } catch {
    return false
  }
}

async function startEngine(binary: string): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), 'maxsimd-lesson-'))
  const removeFolder = () => rmSync(folder, { recursive: true, force: true })
  const ports = { http: await freePort(), grpc: await freePort() }
  try {
    // detached, because after ctrl-C the program removes its collections before it stops the server
    const { url, end } = await startQdrant({ binary, folder, ports, detached: true })
    const stop = async () => {
      await end()
      removeFolder()
    }
    return { url, apiKey: undefined, origin: 'started', stop }
  } catch (cause) {
    removeFolder()
    throw new NoEngineError(`the binary in QDRANT_BIN cannot be used: ${(cause as Error).message}`, { cause })
  }
}
