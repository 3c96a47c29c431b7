// Removes the secrets of a connection from texts: API keys, other headers of the user, and parts of the URL's path that
// may be a token. A server or a proxy may repeat them in an error, as they are, encoded, or as a part of another text.

import { isError } from '../../base/is-a.js'

/** Returns a text without secrets. */
export type Redact = (text: string) => string

/** Headers that a client sends by itself. */
export const PUBLIC_HEADERS: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'host',
  'user-agent',
])
/** Headers whose values are secret even if they are short. */
const SECRET_HEADER = /key|auth|token|secret|cookie|password|session|credential/
/** Shorter values of other headers, and shorter parts of values and of paths, are words such as a tenant's name. */
const MIN_LENGTH = 8
const MIN_SECRET_LENGTH = 3

const REPLACEMENT = '***'

/**
 * Creates a function that replaces the secrets of a connection by `***`.
 *
 * @param headers headers of every request
 * @param path path of the base URL
 */
export function createRedactor(headers: Headers, path: string): Redact {
  const secrets = new Set<string>()
  for (const [name, value] of headers) {
    if (PUBLIC_HEADERS.has(name)) continue
    if (value.length >= (SECRET_HEADER.test(name) ? MIN_SECRET_LENGTH : MIN_LENGTH)) secrets.add(value)
    for (const part of partsOf(value)) secrets.add(part)
  }
  for (const part of path.split('/')) {
    if (part.length >= MIN_LENGTH) secrets.add(part).add(decoded(part))
  }
  const forms = new Set([...secrets].flatMap(formsOf))
  if (forms.size === 0) return text => text
  // longer ones first, so that nothing of them is left over
  const patterns = [...forms].sort((a, b) => b.length - a.length).map(escapePattern)
  const pattern = new RegExp(patterns.join('|'), 'gi')
  return text => text.replace(pattern, REPLACEMENT)
}

/** Parts of a header's value that are secret by themselves: the token of `Bearer`, the password of `Basic`, cookies. */
function partsOf(value: string): string[] {
  const basic = /^basic\s+(\S+)$/i.exec(value)
  const password = basic ? decodeBase64(basic[1]!) : ''
  const parts = [password, ...password.split(':'), ...value.split(/[\s;,]+/), ...value.split(/[\s;,=]+/)]
  return parts.filter(
    part =>
      part.length >= MIN_LENGTH || (basic && password !== '' && part.length > 2 && password.includes(part)),
  )
}

function decodeBase64(text: string): string {
  try {
    return atob(text)
  } catch {
    return ''
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** The ways in which a text repeats a secret. They are compared without regard to case. */
function formsOf(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret)
  const escaped = JSON.stringify(secret).slice(1, -1)
  const hex = [...bytes].map(byte => byte.toString(16).padStart(2, '0'))
  const base64 = [0, 1, 2]
    .map(offset => base64At(bytes, offset))
    .filter(text => text.length >= MIN_SECRET_LENGTH)
  return [
    secret,
    escaped,
    JSON.stringify(escaped).slice(1, -1),
    encodeURIComponent(secret),
    hex.map(digits => `%${digits}`).join(''),
    hex.join(''),
    secret.replace(/[&<>"']/g, char => HTML[char]!),
    secret.replace(/[&<>"']/g, char => `&#${char.charCodeAt(0)};`),
    ...base64,
    ...base64.map(text => text.replaceAll('+', '-').replaceAll('/', '_')),
  ]
}

const HTML: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** The digits that are the same in the base64 of every text with the bytes at an index of 3 i + `offset`. */
function base64At(bytes: Uint8Array, offset: number): string {
  const text = btoa('\0'.repeat(offset) + String.fromCharCode(...bytes))
  return text.slice(Math.ceil((8 * offset) / 6), Math.floor((8 * (offset + bytes.length)) / 6))
}

const escapePattern = (text: string) => text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&')

/**
 * Copies an error with its causes: names, codes and redacted messages. An error of the network may have more, such as
 * the bytes of a response.
 */
export function redactedError(error: unknown, redact: Redact): Error | undefined {
  if (!isError(error)) return undefined
  const cause = redactedError(error.cause, redact)
  const copy = new Error(redact(error.message), cause && { cause })
  copy.name = error.name
  if (error.stack !== undefined) copy.stack = redact(error.stack)
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' ? Object.assign(copy, { code }) : copy
}
