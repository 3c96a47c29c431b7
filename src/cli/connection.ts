// The connection to a Qdrant server that the options of a command describe. The API key is passed to the client only; it is
// never printed.

import { printable } from '../base/printable.js'
import {
  type OpenOptions,
  openCollection,
  type QdrantCollection,
  QdrantError,
  type QdrantServer,
} from '../qdrant/index.js'
import { createTransport } from '../qdrant/wire/transport.js'
import { type ConnectionOptions, DEFAULT_URL } from './options.js'
import { printNotice, type Terminal, UsageError } from './terminal.js'

/** Names of collections in an error. */
const MAX_NAMES = 20

/** The server that the options or the environment name, and the limits of its requests. */
export function serverAddressOf(
  options: Pick<ConnectionOptions, 'url' | 'apiKey' | 'timeout'>,
  terminal: Terminal,
): { readonly server: { url: string; apiKey: string | undefined }; readonly limits: OpenOptions } {
  const { environment, signal } = terminal
  const url = options.url ?? (environment.QDRANT_URL || DEFAULT_URL)
  const apiKey = options.apiKey ?? environment.QDRANT_API_KEY
  checkUrl(url, options.url === undefined ? 'QDRANT_URL' : '--url')
  const onRetry = (reason: string) => printNotice(terminal, `${reason}; sending it again`)
  return { server: { url, apiKey }, limits: { timeout: 1000 * options.timeout, retries: 2, onRetry, signal } }
}

/** Opens the collection that the options name. */
export async function connect(
  options: ConnectionOptions,
  terminal: Terminal,
  more: Pick<OpenOptions, 'encoder' | 'grpc'> = {},
): Promise<QdrantCollection> {
  const { server, limits } = serverAddressOf(options, terminal)
  try {
    return await withServerRemedy(() => openCollection(server, options.collection, { ...limits, ...more }))
  } catch (cause) {
    if (!(cause instanceof QdrantError) || cause.status !== 404) throw cause
    const names = await collectionNames(server, limits)
    throw names === undefined ? cause : new Error(`${cause.message}; ${namesText(names)}`, { cause })
  }
}

/** The names of the server's collections; undefined if it does not list them. */
async function collectionNames(server: QdrantServer, limits: OpenOptions): Promise<string[] | undefined> {
  const { signal, ...options } = limits
  try {
    const { collections } = await createTransport(server, options).requestResult<{
      readonly collections: readonly { readonly name: string }[]
    }>({ method: 'GET', path: '/collections', signal }, result => Array.isArray(result.collections))
    return collections.map(({ name }) => String(name)).sort()
  } catch {
    return undefined
  }
}

function namesText(names: readonly string[]): string {
  if (names.length === 0) return 'the server has no collections'
  const shown = names.slice(0, MAX_NAMES).map(printable).join(', ')
  return `the server has: ${shown}${names.length > MAX_NAMES ? ', …' : ''}`
}

/** Runs `call`. If no server answers, the error says how to start one. */
export async function withServerRemedy<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    if (!(cause instanceof QdrantError) || cause.status !== undefined) throw cause
    // the message of a refused connection ends with this question
    if (cause.message.includes('NODE_EXTRA_CA_CERTS')) throw cause
    const question = cause.message.endsWith('?') ? '' : '; is this the address of a Qdrant server?'
    const remedy =
      'Start one with "docker run -p 127.0.0.1:6333:6333 qdrant/qdrant", or choose another with --url'
    throw new Error(`${cause.message}${question} ${remedy}`, { cause })
  }
}

function checkUrl(url: string, path: string): void {
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    // another text is not printed: it may contain a password or a token, or be one
    const shown = /^[\w.-]+:\d+$/.test(url) ? `, got "${url}"` : ''
    throw new UsageError(`"${path}" expected a URL that starts with http:// or https://${shown}`)
  }
  const { username, password, search, hash } = new URL(url)
  if (search !== '' || hash !== '') {
    throw new UsageError(
      `"${path}" expected a URL without a query and a fragment; put the API key into QDRANT_API_KEY`,
    )
  }
  if (username !== '' || password !== '') {
    throw new UsageError(
      `"${path}" expected a URL without user and password; put the API key into QDRANT_API_KEY`,
    )
  }
}
