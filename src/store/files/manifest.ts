// The manifest: the vectors of a store, and its segments. It is a text that is always replaced as a whole. There are
// two copies, so that a damaged byte in one of them loses nothing.
//
//   maxsimd store 1 89abcdef       the format, and the checksum of everything after this line
//   { "generation": ..., "vectors": ..., "segments": ... }

import { checksumOf } from '../../core/packed-documents.js'
import { parseStoreVectors, type StoreVectors } from '../config.js'
import type { Folder } from '../folders/folder.js'
import type { Damage } from './damage.js'
import { FORMAT } from './log.js'

/** A segment in a manifest. */
export interface ManifestSegment {
  readonly number: number
  /** Bytes of the log if it is sealed: it does not grow, or not before the manifest changes. */
  readonly log?: number | undefined
}

/** The contents of a manifest. */
export interface Manifest {
  /** Increases by 1 whenever the manifest is replaced. */
  readonly generation: number
  readonly vectors: StoreVectors
  /** The last one is the active segment, which receives new points. */
  readonly segments: readonly ManifestSegment[]
}

/** The name of the manifest. */
export const MANIFEST = 'manifest'
/** The name of its copy. */
export const MANIFEST_COPY = 'manifest.copy'

const checksumText = (bytes: Uint8Array) => checksumOf(bytes).toString(16).padStart(8, '0')

/** Replaces the manifest and then its copy. */
export async function writeManifest(folder: Folder, manifest: Manifest): Promise<void> {
  const body = new TextEncoder().encode(`${JSON.stringify(manifest, undefined, 2)}\n`)
  const firstLine = new TextEncoder().encode(`maxsimd store ${FORMAT} ${checksumText(body)}\n`)
  const text = new Uint8Array(firstLine.length + body.length)
  text.set(firstLine)
  text.set(body, firstLine.length)
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

/** Returns a manifest, the number of a newer format, or undefined if the text is damaged. */
function parseManifest(bytes: Uint8Array): Manifest | number | undefined {
  const text = new TextDecoder().decode(bytes)
  const firstLine = /^maxsimd store (\d+) ([0-9a-f]{8})\n/.exec(text)
  if (!firstLine) return undefined
  const format = Number(firstLine[1])
  if (format > FORMAT) return format
  if (checksumText(bytes.subarray(firstLine[0].length)) !== firstLine[2]) return undefined
  const manifest = JSON.parse(text.slice(firstLine[0].length)) as Manifest
  // the manifest has no multivector_config for a dense vector, while a configuration has null
  const vectors = Object.entries(manifest.vectors).map(([name, vector]) => [
    name,
    { multivector_config: null, ...vector },
  ])
  return { ...manifest, vectors: parseStoreVectors(Object.fromEntries(vectors)) }
}

/** The result of `readManifest`. */
export interface FoundManifest {
  /** The newest intact copy; undefined if there is none. */
  readonly manifest: Manifest | undefined
  /** Damage of the copies; none if neither exists. */
  readonly damage: Damage[]
  /** True if both copies are intact and equal. */
  readonly isComplete: boolean
}

/**
 * Reads both copies of the manifest.
 *
 * @throws RangeError if the format is newer than this version reads
 */
export async function readManifest(folder: Folder): Promise<FoundManifest> {
  const damage: Damage[] = []
  const found: Manifest[] = []
  let missing = 0
  let newerFormat = 0
  for (const name of [MANIFEST, MANIFEST_COPY]) {
    const bytes = await readFile(folder, name)
    const manifest = bytes && parseManifest(bytes)
    if (typeof manifest === 'number') newerFormat = manifest
    else if (manifest) found.push(manifest)
    else if (!bytes) missing++
    else damage.push({ file: name, offset: 0, problem: 'the contents are damaged' })
  }
  if (found.length === 0 && newerFormat > 0) {
    throw new RangeError(
      `the store at "${folder.path}" has format ${newerFormat}, and this version of maxsimd reads format ${FORMAT}; ` +
        'open it with a newer version',
    )
  }
  const [newest] = found.sort((a, b) => b.generation - a.generation)
  const isComplete = found.length === 2 && found.every(({ generation }) => generation === newest!.generation)
  return { manifest: newest, damage: missing === 2 ? [] : damage, isComplete }
}
