// Carries the first stage of a store to a server and back. Its vectors are those of points; its map is kept beside the
// collection, in a collection of its own: COLLECTION.first-stage has the bytes in parts, as base64 in payloads.

import { base64Of, bytesOfBase64 } from '../base/base64.js'
import { concatBytes } from '../base/concat-bytes.js'
import { plural } from '../base/plural.js'
import type { Payload } from '../collection/collection.js'
import type { OpenOptions, QdrantServer } from '../qdrant/index.js'

/** Bytes of a part. */
const PART_BYTES = 256 * 1024

const VECTORS = { part: { size: 1, distance: 'Dot', multivector_config: null } } as const

/** The name of the collection that keeps the first stage of another one. */
export const stageCollectionOf = (collection: string): string => `${collection}.first-stage`

/**
 * Writes the first stage of a collection to the server, in place of an earlier one.
 *
 * @param bytes those of `readFirstStage` of `maxsimd/stages`
 * @throws QdrantError if the server refuses
 *
 * @example
 * import { QdrantClient } from '@qdrant/js-client-rest'
 * import { deleteCollection } from 'maxsimd/qdrant'
 * import { pullFirstStage, pushFirstStage } from 'maxsimd/transfer'
 *
 * const client = new QdrantClient({ url: 'http://127.0.0.1:6333', checkCompatibility: false })
 * await pushFirstStage(client, 'stage-example', Uint8Array.of(1, 2, 3)) // the bytes of readFirstStage
 * console.log([...(await pullFirstStage(client, 'stage-example'))]) // [1, 2, 3]
 * await deleteCollection(client, 'stage-example.first-stage')
 */
export async function pushFirstStage(
  server: QdrantServer,
  collection: string,
  bytes: Uint8Array,
  options: OpenOptions = {},
): Promise<void> {
  const name = stageCollectionOf(collection)
  const { createCollection } = await import('../qdrant/setup.js')
  const target = await createCollection(
    server,
    name,
    { vectors: VECTORS },
    { ...options, ifExists: 'recreate' },
  )
  const count = Math.max(1, Math.ceil(bytes.length / PART_BYTES))
  const points = Array.from({ length: count }, (_, id) => ({
    id,
    vector: { part: [1] },
    payload: { of: count, base64: base64Of(bytes.subarray(id * PART_BYTES, (id + 1) * PART_BYTES)) },
  }))
  await target.upsert(points, { signal: options.signal })
}

/**
 * Reads the first stage that `pushFirstStage` wrote. Returns undefined if the server does not have one for the collection.
 *
 * @throws RangeError if parts are missing
 * @throws QdrantError if the server refuses
 *
 * @example
 * import { QdrantClient } from '@qdrant/js-client-rest'
 * import { pullFirstStage } from 'maxsimd/transfer'
 *
 * const client = new QdrantClient({ url: 'http://127.0.0.1:6333', checkCompatibility: false })
 * console.log(await pullFirstStage(client, 'a collection without one')) // undefined
 */
export async function pullFirstStage(
  server: QdrantServer,
  collection: string,
  options: OpenOptions = {},
): Promise<Uint8Array | undefined> {
  const name = stageCollectionOf(collection)
  const { openCollection } = await import('../qdrant/setup.js')
  const source = await openCollection(server, name, options).catch((error: unknown) => {
    if ((error as { readonly status?: unknown }).status === 404) return undefined
    throw error
  })
  if (!source) return undefined
  const parts: Uint8Array[] = []
  let expected = 1
  for await (const { id, payload } of source.scroll({ with_payload: true, signal: options.signal })) {
    const { of, base64 } = (payload ?? {}) as Payload
    expected = Number(of)
    if (typeof base64 === 'string') parts[Number(id)] = bytesOfBase64(base64)
  }
  const found = [...parts.keys()].filter(id => parts[id])
  if (found.length !== expected) {
    throw new RangeError(
      `"${name}" expected ${plural(expected, 'part')} of a first stage, got ${found.length}; push the store again`,
    )
  }
  if (parts.length !== expected) {
    throw new RangeError(
      `"${name}" expected the parts 0 to ${expected - 1} of a first stage, got ${found.join(', ')}; push the store again`,
    )
  }
  return concatBytes(parts)
}
