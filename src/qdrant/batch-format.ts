// How the points of an upsert or an update of vectors are written and sent: as JSON over REST, or as messages over gRPC.

import { exactJson } from '../base/exact-json.js'
import type { Point, PointId } from '../collection/collection.js'
import type { LoadCall } from '../collection/upsert-options.js'
import type { Fields } from '../collection/vector-fields.js'
import type { Codec } from '../kernel/codec/codec-types.js'
import type { ByteBuffer } from './wire/byte-buffer.js'
import type { Carrier } from './wire/carrier.js'
import { collectionPath } from './wire/paths.js'
import { createRequestWriter } from './wire/request-writer.js'
import { writePoint } from './wire/serialize-point.js'
import type { ServerRequest } from './wire/transport.js'

/** A request body that points are written into. */
export interface BatchBody extends Pick<ByteBuffer, 'length' | 'bytes' | 'cut' | 'view'> {
  /** Writes what comes before the points. */
  begin(): void
  /**
   * Writes a point and returns the number of its rows.
   *
   * @param follows whether another point comes before it
   * @throws TypeError or RangeError if the point is wrong; the body is then as before
   */
  point(point: Point, id: PointId, follows: boolean): number
  /** Writes what comes after the points. */
  end(): void
}

export interface BatchFormat {
  readonly transport: 'rest' | 'grpc'
  /** Number of bytes between two points. */
  readonly separator: number
  createBody(): BatchBody
  /** Where the bodies are sent to. */
  readonly target: Pick<ServerRequest, 'method' | 'path'> & { readonly carrier?: Carrier }
}

/** What all points of an upsert have in common. */
export interface BatchSettings {
  readonly call: LoadCall
  /** Name of the collection. */
  readonly name: string
  readonly fields: Fields
  readonly wait: boolean
  readonly shard_key: unknown
}

/** Where points are written to. */
export const batchTarget = ({ call, name, wait }: BatchSettings): Pick<ServerRequest, 'method' | 'path'> => ({
  method: 'PUT',
  path: `${collectionPath(name)}/points${call === 'upsert' ? '' : '/vectors'}?wait=${wait}`,
})

/** Points as JSON. */
export function createJsonFormat(settings: BatchSettings, codec: Codec): BatchFormat {
  const { fields, shard_key } = settings
  const end = shard_key === undefined ? ']}' : `],"shard_key":${exactJson(shard_key)}}`
  return {
    transport: 'rest',
    separator: ','.length,
    target: batchTarget(settings),
    createBody() {
      const writer = createRequestWriter(codec)
      return Object.assign(writer, {
        begin: () => writer.text('{"points":['),
        point: (point: Point, id: PointId, follows: boolean) =>
          writePoint(writer, point, id, fields, follows),
        end: () => writer.text(end),
      })
    },
  }
}
