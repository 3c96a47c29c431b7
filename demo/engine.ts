// Which Qdrant a program runs on: the one that an option or QDRANT_URL names, or the binary of QDRANT_BIN, started on
// free loopback ports with a temporary folder and stopped at the end. Knows nothing of what is done with it.

import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { QdrantClient } from '@qdrant/js-client-rest'

/** A server to talk to. */
export interface Engine {
  readonly url: string
  readonly apiKey: string | undefined
  /** How it came here: `named`, or `started` by this program. */
  readonly origin: 'named' | 'started'
  /** Stops what was started and removes its folder; leaves a server that was named alone. */
  stop(): Promise<void>
}

/** There is no server to talk to: the message says how to start one. */
export class NoEngineError extends Error {
  override readonly name = 'NoEngineError'
}

const remedy = `Start one, then name it:

  docker compose up -d                                      (the compose file of this repository)
  QDRANT_URL=http://127.0.0.1:6333 npm run lesson

or give a Qdrant binary, which is started here and stopped again: QDRANT_BIN=/path/to/qdrant npm run lesson`

/**
 * Finds or starts a server.
 *
 * @throws NoEngineError where nothing names one, or what is named does not answer
 */
export async function findEngine(
  url: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Engine> {
  const named = url ?? environment.QDRANT_URL
  if (named) {
    const apiKey = environment.QDRANT_API_KEY
    if (!(await answers(named)))
      throw new NoEngineError(`no server answers at ${withoutUser(named)}. ${remedy}`)
    return { url: named, apiKey, origin: 'named', stop: async () => undefined }
  }
  const binary = environment.QDRANT_BIN?.split(delimiter).at(-1)
  if (binary) return startBinary(binary)
  throw new NoEngineError(`a Qdrant server is needed, and nothing names one. ${remedy}`)
}

/** A client of the server. */
export function createClient({ url, apiKey }: Engine): QdrantClient {
  return new QdrantClient({ url, checkCompatibility: false, ...(apiKey && { apiKey }) })
}

const withoutUser = (url: string) => url.replace(/\/\/[^/@]*@/, '//')

async function answers(url: string): Promise<boolean> {
  try {
    // a server with a key refuses this, which is an answer too
    await fetch(url, { signal: AbortSignal.timeout(5000) })
    return true
  } catch {
    return false
  }
}

/** Starts a binary, and waits until it is ready. */
async function startBinary(binary: string): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), 'maxsimd-lesson-'))
  const log = join(folder, 'log')
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const file = openSync(log, 'a')
  const child = spawn(binary, [], {
    cwd: folder,
    // ctrl-C is for this program alone, which stops the server when it has cleaned up
    detached: true,
    stdio: ['ignore', file, file],
    env: {
      PATH: process.env.PATH ?? '',
      QDRANT__SERVICE__HOST: '127.0.0.1',
      QDRANT__SERVICE__HTTP_PORT: String(port),
      QDRANT__SERVICE__GRPC_PORT: String(await freePort()),
      QDRANT__STORAGE__STORAGE_PATH: join(folder, 'storage'),
      QDRANT__STORAGE__SNAPSHOTS_PATH: join(folder, 'snapshots'),
      QDRANT__TELEMETRY_DISABLED: 'true',
    },
  })
  closeSync(file)
  process.once('exit', () => child.kill('SIGKILL'))
  let failure: string | undefined
  child.once('error', error => {
    failure = error.message
  })
  const stop = async () => {
    await end(child)
    rmSync(folder, { recursive: true, force: true })
  }
  for (let waited = 0; waited < 60_000 && failure === undefined && child.exitCode === null; waited += 50) {
    const ready = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2000) }).catch(() => undefined)
    if (ready?.ok) return { url, apiKey: undefined, origin: 'started', stop }
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  const words = failure ?? readFileSync(log, 'utf8').slice(-1000)
  await stop()
  throw new NoEngineError(`the binary of QDRANT_BIN did not start: ${words}`)
}

function end(child: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('exit', () => resolve())
    // its folder goes with it: there is nothing to write any more
    child.kill('SIGKILL')
  })
}

/** A loopback port that nothing listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
