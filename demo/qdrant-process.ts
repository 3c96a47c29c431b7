// Starts a Qdrant binary on loopback ports, waits until it answers, and stops it.

import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

export interface QdrantPorts {
  readonly http: number
  readonly grpc: number
  /** Port of the cluster protocol; only with `args` for a cluster. */
  readonly p2p?: number | undefined
}

export interface QdrantProcessOptions {
  /** Path of the binary. */
  readonly binary: string
  /** Folder for its data and the file `log`. */
  readonly folder: string
  readonly ports: QdrantPorts
  /** Arguments that make it a node of a cluster. Default: none, a single server. */
  readonly args?: readonly string[] | undefined
  readonly apiKey?: string | undefined
  /** Whether ctrl-C reaches this process only, which then stops the server after its own work. Default: false. */
  readonly detached?: boolean | undefined
}

/** A running server. It is killed when this process exits. */
export interface QdrantProcess {
  readonly url: string
  readonly version: string
  readonly pid: number
  /** Kills it and waits until it has ended. */
  end(signal?: NodeJS.Signals): Promise<void>
}

const START_TIMEOUT = 60_000
const POLL_INTERVAL = 50

const running = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/**
 * Starts a server and waits until it is ready.
 *
 * @throws Error with the end of its log if it does not start
 */
export async function startQdrant(options: QdrantProcessOptions): Promise<QdrantProcess> {
  const { binary, folder, ports, args = [], detached = false } = options
  const log = join(folder, 'log')
  const file = openSync(log, 'a')
  const stdio = ['ignore', file, file] as const
  const child = spawn(binary, args, {
    cwd: folder,
    detached,
    stdio: [...stdio],
    env: environmentOf(options),
  })
  closeSync(file)
  running.add(child)
  const end = async (signal: NodeJS.Signals = 'SIGKILL') => {
    child.kill(signal)
    await exitOf(child)
    running.delete(child)
  }
  let failure: string | undefined
  child.once('error', error => {
    failure = error.message
  })
  const url = `http://127.0.0.1:${ports.http}`
  for (let waited = 0; waited < START_TIMEOUT; waited += POLL_INTERVAL) {
    if (failure !== undefined || child.exitCode !== null) break
    const version = await readyVersion(url)
    if (version !== undefined) return { url, version, pid: child.pid ?? 0, end }
    await new Promise(resolve => setTimeout(resolve, POLL_INTERVAL))
  }
  const logged = readFileSync(log, 'utf8').slice(-2000)
  const reason = failure ?? (logged || `exit code ${child.exitCode}, without a message`)
  await end()
  throw new Error(`${binary} did not start: ${reason}`)
}

function environmentOf({ folder, ports, args = [], apiKey }: QdrantProcessOptions): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    QDRANT__SERVICE__HOST: '127.0.0.1',
    QDRANT__SERVICE__HTTP_PORT: String(ports.http),
    QDRANT__SERVICE__GRPC_PORT: String(ports.grpc),
    QDRANT__CLUSTER__ENABLED: String(args.length > 0),
    QDRANT__STORAGE__STORAGE_PATH: join(folder, 'storage'),
    QDRANT__STORAGE__SNAPSHOTS_PATH: join(folder, 'snapshots'),
    QDRANT__TELEMETRY_DISABLED: 'true',
    ...(ports.p2p !== undefined && { QDRANT__CLUSTER__P2P__PORT: String(ports.p2p) }),
    ...(apiKey && { QDRANT__SERVICE__API_KEY: apiKey }),
  }
}

/** The version of the server at `url`, or undefined if it is not ready. */
async function readyVersion(url: string): Promise<string | undefined> {
  try {
    const ready = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2000) })
    const { version } = (await (await fetch(url)).json()) as { version: string }
    return ready.ok ? version : undefined
  } catch {
    return undefined
  }
}

/** Resolves when the process has ended. */
export function exitOf(child: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    const isGone = child.pid === undefined || child.exitCode !== null || child.signalCode !== null
    if (isGone) resolve()
    else child.once('exit', () => resolve())
  })
}

/** A free port on the loopback address. */
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
