// The option `grpc`: whether and where upserts use gRPC.

import { typeName } from '../../base/type-name.js'

/**
 * Whether upserts send points over gRPC, which is faster than REST. `auto`: over port 6334, if the address of the server has
 * the port 6333. `{ port }`: over another port of the same host, with TLS if the address has it. `{ url }`: over another
 * address. `off`: over REST.
 */
export type GrpcOption = 'auto' | 'off' | { readonly port: number } | { readonly url: string }

const EXPECTED = "\"grpc\" expected 'auto', 'off', { port } or { url }"

/** @throws TypeError or RangeError if the option is wrong */
export function checkGrpcOption(option: GrpcOption | undefined): void {
  if (option === undefined || option === 'auto' || option === 'off') return
  if (typeof option === 'string') throw new RangeError(`${EXPECTED}, got "${option}"`)
  if (typeof option !== 'object' || option === null)
    throw new TypeError(`${EXPECTED}, got ${typeName(option)}`)
  const names = Object.keys(option)
  if (names.length !== 1 || !['port', 'url'].includes(names[0]!)) {
    throw new RangeError(`${EXPECTED}, got an object with ${names.join(', ') || 'no members'}`)
  }
  if ('port' in option) checkPort(option.port)
  else checkUrl(option.url)
}

function checkPort(port: number): void {
  if (Number.isInteger(port) && port > 0 && port < 65_536) return
  throw new RangeError(`"grpc.port" expected a whole number from 1 to 65535, got ${String(port)}`)
}

/** The URL is not printed: it may contain a password. */
function checkUrl(url: string): void {
  const isUrl = typeof url === 'string' && /^https?:\/\//.test(url) && URL.canParse(url)
  if (isUrl && new URL(url).href === `${new URL(url).origin}/`) return
  throw new RangeError('"grpc.url" expected http:// or https:// with a host and a port, and nothing else')
}

/** The port of REST beside which a server has gRPC's. */
const REST_PORT = '6333'
const GRPC_PORT = '6334'

/**
 * Returns the origin for gRPC; undefined if the address does not show it.
 *
 * @param base the address for REST
 */
export function grpcOriginOf(option: Exclude<GrpcOption, 'off'>, base: string): string | undefined {
  if (typeof option === 'object' && 'url' in option) return new URL(option.url).origin
  const url = new URL(base)
  if (option === 'auto' && (url.port !== REST_PORT || url.pathname !== '/')) return undefined
  url.port = option === 'auto' ? GRPC_PORT : String(option.port)
  return url.origin
}
