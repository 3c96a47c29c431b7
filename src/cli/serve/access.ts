// Who may use the server of `maxsimd serve`: loopback addresses, names of the Host header, and the token.

import { createHash, timingSafeEqual } from 'node:crypto'
import { BlockList, isIP } from 'node:net'

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8)
LOOPBACK.addAddress('::1', 'ipv6')

/** Whether only programs on this machine can reach an address or a host name. */
export function isLoopback(host: string): boolean {
  const family = isIP(host)
  if (family === 0) return /^(?:.+\.)?localhost$/i.test(host)
  return LOOPBACK.check(host, family === 6 ? 'ipv6' : 'ipv4')
}

/**
 * Whether the Host headers of a request are one, and it names this machine. A page of another site that leads its own name to 127.0.0.1
 * (DNS rebinding) sends that name.
 */
export function isLocalHost(headers: readonly string[] = []): boolean {
  const [header = ''] = headers.length === 1 ? headers : []
  const name = /^(?:\[([\da-f:.]+)\]|([^:[\]]+))(?::\d+)?$/i.exec(header)
  return name !== null && isLoopback((name[1] ?? name[2])!)
}

/** Whether an Authorization header has the token. The time does not depend on where they differ. */
export function hasToken(header: string | undefined, token: string): boolean {
  const [, sent] = /^Bearer +(\S+) *$/i.exec(header ?? '') ?? []
  return timingSafeEqual(digest(sent ?? ''), digest(token)) && sent !== undefined
}

/** Digests have the same length, which the comparison needs. */
const digest = (text: string) => createHash('sha256').update(text).digest()
