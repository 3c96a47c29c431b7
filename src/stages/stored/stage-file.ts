// The file of a first stage, beside the files of the store whose vector it belongs to: VECTOR.stage. It has what new
// documents and queries need, so a store with the vector and without the file is searched exactly.
//
//   maxsimd first-stage 1 89abcdef      the format, and the checksum of everything after this line
//   {"stage": "lemur", ...}             the settings, in one line
//   the bytes of the map                only for LEMUR

import { concatBytes } from '../../base/concat-bytes.js'
import { messageOf } from '../../base/is-a.js'
import { checksumOf } from '../../kernel/checksum.js'
import { type Folder, folderAt, NotAFileError } from '../../store/folders/folder.js'
import { nameOfLemur } from '../lemur/lemur-bytes.js'

/** The first stages that a store can have. */
export const STORED_STAGES = ['lemur', 'mean', 'muvera'] as const

/** The settings of a first stage. */
export interface StageSettings {
  readonly stage: (typeof STORED_STAGES)[number]
  /** Name of its vector. */
  readonly vector: string
  /** Name of the multi-vector that it is made of. */
  readonly using: string
  /** Candidates of a query for ten results. */
  readonly candidates: number
  /** Documents of the store when it was added. */
  readonly documents: number
}

/** The contents of the file. */
export interface StageFile {
  readonly settings: StageSettings
  /** The bytes of LEMUR's map. Empty for other stages. */
  readonly map: Uint8Array
}

/** A larger file is not that of a stage. A map of 4,096 elements and 65,536 samples of 1,024 has 350 MB. */
const MAX_BYTES = 2 ** 30
const MAX_LINE_BYTES = 4096
const LINE_FEED = 10

/** The name of a stage's file. */
export const stageFileName = (vector: string): string => `${vector}.stage`

/** Whether a vector can be that of a first stage, by its name. */
export const isStageVector = (name: string): boolean => /^(?:mean|muvera|lemur-[0-9a-f]{8})$/.test(name)

/** Whether one of these vectors can be that of a first stage, by its name. */
export const hasStageVector = (vectors: object): boolean => Object.keys(vectors).some(isStageVector)

/**
 * The first stage of a store in a folder whose file is lost: a vector of LEMUR without the map that queries need. Undefined
 * if there is none, or the store has another first stage.
 */
export async function lostStageIn(path: string, vectors: object): Promise<string | undefined> {
  const names = Object.keys(vectors).filter(isStageVector)
  const lost = names.find(name => name.startsWith('lemur-'))
  if (lost === undefined) return undefined
  const files = await (await folderAt(path)).list()
  return names.some(name => files.includes(stageFileName(name))) ? undefined : lost
}

const checksumText = (bytes: Uint8Array) => checksumOf(bytes).toString(16).padStart(8, '0')

/** Encodes a file. */
export function encodeStage({ settings, map }: StageFile): Uint8Array<ArrayBuffer> {
  const line = new TextEncoder().encode(`${JSON.stringify(settings)}\n`)
  const checked = concatBytes([line, map])
  const first = new TextEncoder().encode(`maxsimd first-stage 1 ${checksumText(checked)}\n`)
  return concatBytes([first, checked])
}

/** The name of the vector in the bytes of a file, or '' in other bytes. They are not checked. */
export function vectorNamedIn(bytes: Uint8Array): string {
  const text = new TextDecoder().decode(bytes.subarray(0, 512))
  return /"vector":"([\w-]+)"/.exec(text)?.[1] ?? ''
}

/**
 * Decodes a file, called `path` in errors.
 *
 * @throws RangeError if its bytes were cut or changed, or it belongs to another vector
 */
export function decodeStage(bytes: Uint8Array, vector: string, path: string): StageFile {
  const fail = (got: string): never => {
    throw new RangeError(
      `"${path}" expected the first stage of the vector "${vector}", got ${got}; restore the file, or add the first stage again: ` +
        'addFirstStage(), or npx maxsimd index --first-stage lemur',
    )
  }
  const end = bytes.subarray(0, MAX_LINE_BYTES).indexOf(LINE_FEED)
  const first = new TextDecoder().decode(bytes.subarray(0, Math.max(0, end)))
  const [, version, checksum] = /^maxsimd first-stage (\d{1,9}) ([0-9a-f]{8})$/.exec(first) ?? []
  if (version === undefined) return fail('other bytes')
  if (version !== '1') return fail('one of a newer version of maxsimd')
  const checked = bytes.subarray(end + 1)
  if (checksumText(checked) !== checksum) return fail('bytes that were cut or changed')
  const settingsEnd = checked.subarray(0, MAX_LINE_BYTES).indexOf(LINE_FEED)
  const settings = settingsIn(checked.subarray(0, Math.max(0, settingsEnd))) ?? fail('other settings')
  const map = checked.subarray(settingsEnd + 1)
  if (settings.vector !== vector) fail(`that of "${settings.vector}"`)
  if (settings.stage === 'lemur' && vector !== `lemur-${nameOfMap(map)}`) fail('a map of another collection')
  return { settings, map }
}

const nameOfMap = (map: Uint8Array) => (map.length < 16 ? 'none' : nameOfLemur(map))

/** The settings in a line; undefined if they are not those of a stage. */
function settingsIn(line: Uint8Array): StageSettings | undefined {
  try {
    const settings = JSON.parse(new TextDecoder().decode(line)) as StageSettings
    const { stage, vector, using, candidates, documents } = settings
    const isSound =
      STORED_STAGES.includes(stage) &&
      typeof vector === 'string' &&
      typeof using === 'string' &&
      [candidates, documents].every(value => Number.isSafeInteger(value) && value > 0)
    return isSound ? { stage, vector, using, candidates, documents } : undefined
  } catch {
    return undefined
  }
}

/**
 * Reads the file of a vector's stage. Returns undefined if there is none.
 *
 * @throws RangeError if it is not a file, or too large for a stage
 */
export async function readStageFile(folder: Folder, vector: string): Promise<Uint8Array | undefined> {
  const name = stageFileName(vector)
  const path = `${folder.path}/${name}`
  try {
    const file = await folder.open(name, false)
    if (!file) return undefined
    try {
      const size = await file.size()
      if (size > MAX_BYTES) throw new RangeError(`"${path}" expected at most ${MAX_BYTES} bytes, got ${size}`)
      const bytes = new Uint8Array(size)
      return bytes.subarray(0, await file.read(bytes, 0))
    } finally {
      await file.close()
    }
  } catch (error) {
    if (!(error instanceof NotAFileError)) throw error
    throw new RangeError(
      `"${path}" is not a file: ${messageOf(error)}; remove it, and add the first stage again`,
    )
  }
}
