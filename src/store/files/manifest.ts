// The manifest: the vectors of a store, and its segments. It is a text that is always replaced as a whole. There are
// two copies, so that a damaged byte in one of them loses nothing.
//
//   maxsimd store 1 89abcdef       the format, and the checksum of everything after this line
//   { "generation": ..., "vectors": ..., "segments": ... }

import { wholeNumber } from '../../base/check-options.js'
import { messageOf } from '../../base/is-a.js'
import { typeName } from '../../base/type-name.js'
import { checksumOf } from '../../core/packed-documents.js'
import { parseDescription, type StoreDescription } from '../config.js'
import { type Folder, NotAFileError } from '../folders/folder.js'
import type { Damage } from './damage.js'
import { MAX_SEGMENT_NUMBER } from './file-names.js'
import { FORMAT } from './log.js'
import { MAX_LOG_BYTES } from './storage.js'

/** A segment in a manifest. */
export interface ManifestSegment {
  readonly number: number
  /** Bytes of the log if it is sealed: it does not grow, or not before the manifest changes. */
  readonly log?: number | undefined
}

/** The contents of a manifest. */
export interface Manifest extends StoreDescription {
  /** Increases by 1 whenever the manifest is replaced. */
  readonly generation: number
  /** The last one is the active segment, which receives new points. */
  readonly segments: readonly ManifestSegment[]
}

/** The name of the manifest. */
export const MANIFEST = 'manifest'
/** The name of its copy. */
export const MANIFEST_COPY = 'manifest.copy'

/** A larger file is not a manifest. */
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024
/** The most files of all segments. A manifest of a few kilobytes could otherwise name millions. */
export const MAX_FILES = 2 ** 18
/** Leaves room for generations to come. */
const MAX_GENERATION = 2 ** 52

/** The format of a store with sparse vectors or copies of vectors. */
const NEWEST_FORMAT = 2

/** The format of a store. A version that has no sparse vectors and copies refuses it, instead of taking its logs for damaged. */
function formatOf({ vectors, sparse_vectors }: Manifest): number {
  const isNewest = sparse_vectors || Object.values(vectors).some(({ screen }) => screen)
  return isNewest ? NEWEST_FORMAT : FORMAT
}

const checksumText = (bytes: Uint8Array) => checksumOf(bytes).toString(16).padStart(8, '0')

/** The number of files of the segments of a manifest: logs, payloads, and rows of vectors and copies. */
export function countFiles({ vectors, sparse_vectors = {}, segments }: Manifest): number {
  const screens = Object.values(vectors).filter(({ screen }) => screen).length
  return segments.length * (2 + Object.keys(vectors).length + Object.keys(sparse_vectors).length + screens)
}

/**
 * Checks that a manifest can be read again, also when its last log is sealed and its generation is higher.
 *
 * @throws RangeError if it would be too large
 */
export function checkSize(manifest: Manifest): void {
  const { segments } = manifest
  const sealed = { number: segments.at(-1)!.number, log: MAX_LOG_BYTES }
  encodeManifest({ ...manifest, generation: MAX_GENERATION, segments: [...segments.slice(0, -1), sealed] })
}

/** Encodes a manifest. Throws a RangeError if it could not be read. */
function encodeManifest(manifest: Manifest): Uint8Array {
  const body = new TextEncoder().encode(`${JSON.stringify(manifest, undefined, 2)}\n`)
  const firstLine = new TextEncoder().encode(`maxsimd store ${formatOf(manifest)} ${checksumText(body)}\n`)
  const text = new Uint8Array(firstLine.length + body.length)
  text.set(firstLine)
  text.set(body, firstLine.length)
  if (text.length > MAX_MANIFEST_BYTES) {
    throw new RangeError(
      `the names and segments of a store expected at most ${MAX_MANIFEST_BYTES} bytes, got ${text.length}; use fewer vectors, or shorter names`,
    )
  }
  if (countFiles(manifest) > MAX_FILES) {
    throw new RangeError(
      `a store expected at most ${MAX_FILES} files, got ${countFiles(manifest)}; use fewer vectors, or several stores`,
    )
  }
  return text
}

/**
 * Replaces the manifest and then its copy.
 *
 * @throws RangeError if it could not be read
 */
export async function writeManifest(folder: Folder, manifest: Manifest): Promise<void> {
  const text = encodeManifest(manifest)
  await folder.replace(MANIFEST, text)
  await folder.replace(MANIFEST_COPY, text)
}

/** Reads a copy of the manifest. Returns undefined if there is none, and a description if it is not a manifest. */
async function readCopy(folder: Folder, name: string): Promise<Manifest | number | string | undefined> {
  try {
    const file = await folder.open(name, false)
    if (!file) return undefined
    try {
      const size = await file.size()
      if (size > MAX_MANIFEST_BYTES) return `${size} bytes are more than a manifest can have`
      const bytes = new Uint8Array(size)
      return parseManifest(bytes.subarray(0, await file.read(bytes, 0)))
    } finally {
      await file.close()
    }
  } catch (error) {
    if (error instanceof NotAFileError) return `it is ${error.found}`
    throw error
  }
}

/** Returns a manifest, the number of a newer format, or a description of the damage. */
function parseManifest(bytes: Uint8Array): Manifest | number | string {
  const text = new TextDecoder().decode(bytes)
  const firstLine = /^maxsimd store (\d{1,9}) ([0-9a-f]{8})\n/.exec(text)
  if (!firstLine) return 'the contents are damaged'
  const format = Number(firstLine[1])
  if (format > NEWEST_FORMAT) return format
  if (checksumText(bytes.subarray(firstLine[0].length)) !== firstLine[2]) return 'the contents are damaged'
  try {
    return checkManifest(JSON.parse(text.slice(firstLine[0].length)))
  } catch (error) {
    const reason = messageOf(error)
    return `the contents are not those of a manifest: ${reason.slice(0, 200)}`
  }
}

/**
 * Checks every value of a manifest. Its checksum shows that it is complete, but not that maxsimd wrote it.
 *
 * @throws TypeError or RangeError that names the wrong value
 */
function checkManifest(manifest: unknown): Manifest {
  const { generation, vectors, sparse_vectors, segments } = (manifest ?? {}) as Partial<Manifest>
  wholeNumber(generation, 'generation', 0, MAX_GENERATION)
  if (typeof vectors !== 'object' || vectors === null) {
    throw new TypeError(`"vectors" expected an object, got ${typeName(vectors)}`)
  }
  if (!Array.isArray(segments) || segments.length === 0) {
    throw new TypeError('"segments" expected an array of at least one segment')
  }
  const numbers = new Set<number>()
  for (const [i, segment] of (segments as readonly Partial<ManifestSegment>[]).entries()) {
    const { number, log } = segment ?? {}
    wholeNumber(number, `segments[${i}].number`, 1, MAX_SEGMENT_NUMBER)
    if (numbers.has(number!)) throw new RangeError(`"segments[${i}].number" is used twice: ${number}`)
    numbers.add(number!)
    if (log !== undefined) wholeNumber(log, `segments[${i}].log`, 0, Number.MAX_SAFE_INTEGER)
  }
  // the manifest has no multivector_config for a dense vector, while a configuration has null; and no screen if it is off
  const described = Object.entries(vectors).map(([name, vector]) => [
    name,
    { multivector_config: null, screen: 'off', ...vector },
  ])
  const checked: Manifest = {
    generation: generation!,
    ...parseDescription({ vectors: Object.fromEntries(described), sparse_vectors }),
    segments: segments.map(({ number, log }) => ({ number, ...(log !== undefined && { log }) })),
  }
  const files = countFiles(checked)
  if (files > MAX_FILES) throw new RangeError(`"segments" expected at most ${MAX_FILES} files, got ${files}`)
  return checked
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
  let newerFormat = 0
  for (const name of [MANIFEST, MANIFEST_COPY]) {
    const manifest = await readCopy(folder, name)
    if (manifest === undefined) continue
    if (typeof manifest === 'number') newerFormat = manifest
    else if (typeof manifest === 'string') damage.push({ file: name, offset: 0, problem: manifest })
    else found.push(manifest)
  }
  if (found.length === 0 && newerFormat > 0) {
    throw new RangeError(
      `the store at "${folder.path}" has format ${newerFormat}, and this version of maxsimd reads formats up to ${NEWEST_FORMAT}; ` +
        'open it with a newer version',
    )
  }
  const [newest] = found.sort((a, b) => b.generation - a.generation)
  const isComplete = found.length === 2 && found.every(({ generation }) => generation === newest!.generation)
  return { manifest: newest, damage, isComplete }
}
