// A proxy in front of an engine that forwards all requests, and alters responses so that tests can plant faults.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface FaultProxy {
  readonly url: string
  /**
   * Alters the JSON of responses to requests whose path below the collection is `path`. undefined: forwards them again. A
   * promise delays the response.
   */
  alter(path: string, change: ((answer: { result: never }) => unknown) | undefined): void
  /** Alters the JSON of requests to that path. undefined: forwards them again. */
  alterRequest(path: string, change: ((body: Record<string, unknown>) => void) | undefined): void
  /**
   * Decides what becomes of requests to that path: a status refuses them with a page as proxies have it, `lose` closes the
   * connection after the engine answered. undefined: forwards them again.
   */
  decide(
    path: string,
    fate: ((method: string, bytes: number) => number | 'lose' | undefined) | undefined,
  ): void
  /** Number of requests by path below the collection. */
  readonly seen: Map<string, number>
  close(): Promise<void>
}

export async function startFaultProxy(target: string, apiKey: string | undefined): Promise<FaultProxy> {
  const changes = new Map<string, (answer: { result: never }) => unknown>()
  const requestChanges = new Map<string, (body: Record<string, unknown>) => void>()
  const fates = new Map<string, (method: string, bytes: number) => number | 'lose' | undefined>()
  const seen = new Map<string, number>()
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    let body = Buffer.concat(chunks)
    const path = (request.url ?? '').split('?')[0]!
    const last = path.replace(/^\/collections\/[^/]+/, '')
    seen.set(last, (seen.get(last) ?? 0) + 1)
    const fate = fates.get(last)?.(request.method ?? '', body.length)
    if (typeof fate === 'number') {
      response.writeHead(fate, { 'content-type': 'text/html' }).end('<html><title>a proxy</title></html>')
      return
    }
    const requestChange = requestChanges.get(last)
    if (requestChange) {
      const parsed = JSON.parse(body.toString())
      requestChange(parsed)
      body = Buffer.from(JSON.stringify(parsed))
    }
    const answer = await fetch(`${target}${request.url}`, {
      method: request.method ?? 'GET',
      headers: { 'content-type': 'application/json', ...(apiKey && { 'api-key': apiKey }) },
      ...(body.length > 0 && { body }),
    })
    let text = await answer.text()
    if (fate === 'lose') {
      request.socket.destroy()
      return
    }
    const change = changes.get(last)
    if (change && answer.ok) {
      const parsed = JSON.parse(text)
      await change(parsed)
      text = JSON.stringify(parsed)
    }
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    alter(path, change) {
      if (change) changes.set(path, change)
      else changes.delete(path)
    },
    alterRequest(path, change) {
      if (change) requestChanges.set(path, change)
      else requestChanges.delete(path)
    },
    decide(path, fate) {
      if (fate) fates.set(path, fate)
      else fates.delete(path)
    },
    seen,
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
