// Reads the JSON body of a request.

import type { IncomingMessage } from 'node:http'
import { HttpError } from './http-error.js'

/**
 * @param maxBytes the largest body
 * @throws HttpError if the body is too large, or not JSON
 */
export async function readJsonBody(request: IncomingMessage, maxBytes: number): Promise<unknown> {
  const { headers } = request
  if (!/^application\/json\s*(?:;|$)/i.test(headers['content-type'] ?? '')) {
    throw new HttpError(415, 'the header Content-Type must be application/json')
  }
  if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity') {
    throw new HttpError(415, 'compressed bodies are not accepted; send the JSON as it is')
  }
  const bytes = await readBytes(request, maxBytes)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new HttpError(400, 'the body is not valid UTF-8')
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    const reason = text === '' ? 'it is empty' : (cause as Error).message
    throw new HttpError(400, `the body is not valid JSON: ${reason}`)
  }
}

async function readBytes(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = new HttpError(413, `the body is larger than ${maxBytes} bytes`)
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) throw tooLarge
  const chunks: Uint8Array[] = []
  let size = 0
  // a request that is destroyed could not be answered
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    size += chunk.length
    if (size > maxBytes) throw tooLarge
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
