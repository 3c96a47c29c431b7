// How an adapter's collection is connected to its server. Kept under a symbol, which is not part of the public interface
// of a collection, and which a copy of the collection by spread keeps.

import type { Version } from './config/version.js'
import type { Transport } from './wire/transport.js'

export interface ServerConnection {
  readonly transport: Transport
  readonly version: Version
}

export const SERVER: unique symbol = Symbol('maxsimd.server')

/** A collection on a server. */
export interface Served {
  readonly [SERVER]: ServerConnection
}

/** Returns the connection of a collection; undefined if it is not on a server. */
export function serverOf(collection: object): ServerConnection | undefined {
  return (collection as Partial<Served>)[SERVER]
}
