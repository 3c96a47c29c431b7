// The manifest: what a store is made of, and which segments belong to it. A text that is replaced as a whole, in two
// copies, so that a byte that is wrong in one of them loses nothing.
//
//   maxsimd store 1 89abcdef       the format, and the checksum of everything after this line
//   { "vectors": ..., "segments": ... }

import { checksumOf } from '../../core/packed-documents.js'
import { parseStoreVectors, type StoreVectors } from '../config.js'
import type { Damage } from './damage.js'
import type { Folder } from './folder.js'
import { FORMAT } from './log.js'

export interface Manifest {
  /** Rises with each one. */
  readonly generation: number
  readonly vectors: StoreVectors
  /** The last one is written to. A log that does not grow any more, or not for now, ends at byte `log`. */
  readonly segments: readonly { readonly number: number; readonly log?: number | undefined }[]
}

export const MANIFEST = 'manifest'
export const MANIFEST_COPY = 'manifest.copy'

export function manifestText(manifest: Manifest): Uint8Array {
  const body = `${JSON.stringify(manifest, undefined, 2)}\n`
  const bytes = new TextEncoder().encode(body)
  const sum = checksumOf(bytes).toString(16).padStart(8, '0')
  return new TextEncoder().encode(`maxsimd store ${FORMAT} ${sum}\n${body}`)
}

export async function writeManifest(folder: Folder, manifest: Manifest): Promise<void> {
  const text = manifestText(manifest)
  await folder.replace(MANIFEST, text)
  await folder.replace(MANIFEST_COPY, text)
}

async function readFile(folder: Folder, name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const file = await folder.open(name, false)
  if (!file) return undefined
  try {
    const bytes = new Uint8Array(await file.size())
    return bytes.subarray(0, await file.read(bytes, 0))
  } finally {
    await file.close()
  }
}

/** A manifest, the number of a format that is not known here, or nothing. */
function parseManifest(bytes: Uint8Array): Manifest | number | undefined {
  const text = new TextDecoder().decode(bytes)
  const found = /^maxsimd store (\d+) ([0-9a-f]{8})\n/.exec(text)
  if (!found) return undefined
  const format = Number(found[1])
  if (format > FORMAT) return format
  const sum = checksumOf(bytes.subarray(found[0].length)).toString(16).padStart(8, '0')
  if (sum !== found[2]) return undefined
  const manifest = JSON.parse(text.slice(found[0].length)) as Manifest
  // a dense vector has no word for it in what it is described with
  const dense = Object.entries(manifest.vectors).map(([name, vector]) => [
    name,
    { multivector_config: null, ...vector },
  ])
  return { ...manifest, vectors: parseStoreVectors(Object.fromEntries(dense)) }
}

/**
 * The manifest, from whichever copy is sound; nothing where there is none. `damage` tells of the other.
 *
 * @throws RangeError for a format that this version does not know
 */
export async function readManifest(
  folder: Folder,
): Promise<{ manifest: Manifest | undefined; damage: Damage[]; isWhole: boolean }> {
  const damage: Damage[] = []
  const found: Manifest[] = []
  let missing = 0
  let newer = 0
  for (const name of [MANIFEST, MANIFEST_COPY]) {
    const bytes = await readFile(folder, name)
    const manifest = bytes && parseManifest(bytes)
    if (typeof manifest === 'number') newer = manifest
    else if (manifest) found.push(manifest)
    else if (!bytes) missing++
    else damage.push({ file: name, offset: 0, what: 'it is not what was written' })
  }
  if (found.length === 0 && newer > 0) {
    throw new RangeError(
      `the store at "${folder.place}" has format ${newer}, and this version of maxsimd reads format ${FORMAT}; ` +
        'open it with a later version',
    )
  }
  const [first] = found.sort((a, b) => b.generation - a.generation)
  const isWhole = found.length === 2 && found.every(({ generation }) => generation === first!.generation)
  return { manifest: first, damage: missing === 2 ? [] : damage, isWhole }
}
