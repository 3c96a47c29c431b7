// Starts the engine of a vitest project before its tests, prints its version, and stops it after them.

import type { TestProject } from 'vitest/node'
import { type Engine, startBinary, startCluster, startEdge } from './engine.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** `edge`, `url`, `binary` or `cluster`. */
    kind: string
    /** The binary or the address it was given. */
    at: string
    url: string
    /** The port of gRPC; 0 if it is not known. */
    grpcPort: number
    version: string
  }
}

let engine: Engine | undefined

export async function setup(project: TestProject): Promise<void> {
  const { kind, at } = project.config.provide as { kind: string; at: string }
  let url = at
  let version = ''
  let grpcPort = 0
  if (kind === 'url') {
    const headers = { 'api-key': process.env.QDRANT_API_KEY ?? '' }
    version = ((await (await fetch(url, { headers })).json()) as { version: string }).version
  } else {
    engine = await (kind === 'edge' ? startEdge() : kind === 'cluster' ? startCluster(at) : startBinary(at))
    ;({ url, version, grpcPort } = engine)
  }
  project.provide('url', url)
  project.provide('version', version)
  project.provide('grpcPort', grpcPort)
  console.log(`engine: ${project.name}, which is ${version} at ${url}`)
}

export async function teardown(): Promise<void> {
  await engine?.stop()
}
