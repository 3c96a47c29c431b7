// Starts and stops the engines of the suite: a Qdrant binary, a cluster of three, or the engine in process behind an HTTP
// front. Each engine has free loopback ports, and a folder that is removed when it stops.

import { spawn, spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import {
  exitOf,
  freePort,
  type QdrantPorts,
  type QdrantProcess,
  startQdrant,
} from '../../../demo/qdrant-process.js'

export interface Engine {
  readonly url: string
  /** The port of gRPC; 0 if there is none. */
  readonly grpcPort: number
  /** The version that it reports: `1.19.0`. */
  readonly version: string
  /** Process ids, by node. */
  readonly pids: readonly number[]
  /** The folder with its data. */
  readonly folder: string
  /** Kills it, so that it cannot write anything more. */
  kill(): Promise<void>
  /** Starts it again with the same ports and folder. */
  restart(): Promise<void>
  /** Stops it and removes its folder. */
  stop(): Promise<void>
}

/** A server that can be killed and started again on the same ports and folder. */
interface Node {
  readonly url: string
  /** Returns the version. */
  readonly start: () => Promise<string>
  readonly end: (signal: NodeJS.Signals) => Promise<void>
  readonly pid: () => number
}

function nodeOf(binary: string, folder: string, ports: QdrantPorts, args: readonly string[]): Node {
  let server: QdrantProcess | undefined
  return {
    url: `http://127.0.0.1:${ports.http}`,
    async start() {
      server = await startQdrant({ binary, folder, ports, args, apiKey: process.env.QDRANT_TEST_KEY })
      return server.version
    },
    end: async signal => server?.end(signal),
    pid: () => server?.pid ?? 0,
  }
}

async function freePorts(): Promise<Required<QdrantPorts>> {
  return { http: await freePort(), grpc: await freePort(), p2p: await freePort() }
}

/** One server. */
export async function startBinary(binary: string): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), 'maxsimd-qdrant-'))
  const ports = await freePorts()
  const node = nodeOf(binary, folder, ports, [])
  const version = await node.start()
  return {
    url: node.url,
    grpcPort: ports.grpc,
    version,
    folder,
    get pids() {
      return [node.pid()]
    },
    kill: () => node.end('SIGKILL'),
    async restart() {
      await node.start()
    },
    async stop() {
      await node.end('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export interface Cluster extends Engine {
  readonly urls: readonly string[]
  killNode(index: number): Promise<void>
  restartNode(index: number): Promise<void>
}

/** A cluster of three servers. `kill` and `restart` apply to the last one, because the suite uses the first. */
export async function startCluster(binary: string): Promise<Cluster> {
  const folders: string[] = []
  const nodes: Node[] = []
  const grpcPorts: number[] = []
  let first = ''
  let version = ''
  for (let index = 0; index < 3; index++) {
    const folder = mkdtempSync(join(tmpdir(), 'maxsimd-cluster-'))
    folders.push(folder)
    const ports = await freePorts()
    const uri = `http://127.0.0.1:${ports.p2p}`
    const args = index === 0 ? ['--uri', uri] : ['--bootstrap', first, '--uri', uri]
    if (index === 0) first = uri
    const node = nodeOf(binary, folder, ports, args)
    version = await node.start()
    nodes.push(node)
    grpcPorts.push(ports.grpc)
  }
  return {
    url: nodes[0]!.url,
    // points of the suite go to another node than its requests
    grpcPort: grpcPorts[1]!,
    urls: nodes.map(node => node.url),
    version,
    folder: folders[0]!,
    get pids() {
      return nodes.map(node => node.pid())
    },
    kill: () => nodes[2]!.end('SIGKILL'),
    async restart() {
      await nodes[2]!.start()
    },
    killNode: index => nodes[index]!.end('SIGKILL'),
    async restartNode(index) {
      await nodes[index]!.start()
    },
    async stop() {
      await Promise.all(nodes.map(node => node.end('SIGKILL')))
      for (const folder of folders) rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The engine that the front is written for. */
const EDGE = 'qdrant-edge-py==0.9.0'

/** Path of a Python with the engine. Installs it on first use. */
export function edgePython(): string {
  const folder = process.env.QDRANT_EDGE_VENV ?? join(import.meta.dirname, '../../../build/edge')
  const python = join(folder, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python')
  if (existsSync(join(folder, 'ready'))) return python
  const run = (command: string, args: readonly string[]) => {
    const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? stderr}`)
  }
  run(process.platform === 'win32' ? 'python' : 'python3', ['-m', 'venv', folder])
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', EDGE])
  closeSync(openSync(join(folder, 'ready'), 'w'))
  return python
}

/** The engine in process, behind the front. It ends with its standard input, so also when the suite is killed. */
export async function startEdge(): Promise<Engine> {
  const folder = mkdtempSync(join(tmpdir(), 'maxsimd-edge-'))
  const child = spawn(edgePython(), [join(import.meta.dirname, 'edge/front.py'), folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve)
    child.once('exit', code => reject(new Error(`the front of the engine ended with ${code}`)))
  })
  const { port, version } = JSON.parse(line) as { port: number; version: string }
  const notSupported = () => Promise.reject(new Error('the engine in process cannot be killed'))
  return {
    url: `http://127.0.0.1:${port}`,
    grpcPort: 0,
    version,
    pids: [child.pid ?? 0],
    folder,
    kill: notSupported,
    restart: notSupported,
    async stop() {
      child.stdin.end()
      await exitOf(child)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
