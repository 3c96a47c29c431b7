// Adds a first stage to a store in a folder, in place, or removes it. The order of the writes makes it safe to interrupt:
//
//   fit  ->  write the file of the stage  ->  rebuild the store with its vector  ->  remove the file of the old stage

import {
  checkAbortSignal,
  checkCallback,
  checkKnownOptions,
  oneOf,
  wholeNumber,
} from '../../base/check-options.js'
import { type Field, fieldIn } from '../../collection/vector-fields.js'
import { type Folder, folderAt } from '../../store/folders/folder.js'
import { openStore, readStoreConfig, rebuildStore, type Store } from '../../store/index.js'
import { fitLemur, type Lemur } from '../lemur/lemur.js'
import type { Stages } from '../two-stage.js'
import { drawDocuments } from './draw-documents.js'
import { createStageOf } from './first-stage.js'
import {
  decodeStage,
  encodeStage,
  isStageVector,
  readStageFile,
  STORED_STAGES,
  type StageSettings,
  stageFileName,
  vectorNamedIn,
} from './stage-file.js'

/** The options of `addFirstStage`. */
export interface AddStageOptions {
  /** `lemur`, `mean` or `muvera`: as the presets lemurFirst, meanFirst and muveraFirst. Default: `lemur`. */
  readonly stage?: StageSettings['stage'] | undefined
  /** Elements of LEMUR's vector, from 16 to 4,096. Default: 1,024. */
  readonly size?: number | undefined
  /** How the vectors of the stage are stored. Default: `i8`, which reads a quarter of the bytes. */
  readonly datatype?: 'float32' | 'i8' | undefined
  /** Candidates of a query for ten results, at least 10. More results get more in proportion. Default: 200. */
  readonly candidates?: number | undefined
  /** Name of the multi-vector. Default: the only one. */
  readonly using?: string | undefined
  /** Seed of what is drawn at random. Default: 1. */
  readonly seed?: number | undefined
  /** Cancels the call, which leaves the store as it was and rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Called from time to time with the phase and the share of it that is done, from 0 to 1. */
  readonly onProgress?: ((progress: AddStageProgress) => void) | undefined
}

/** Progress of `addFirstStage`: a map is fitted to a sample, then each document gets its vector. */
export interface AddStageProgress {
  readonly phase: 'fit' | 'write'
  readonly share: number
}

const OPTIONS: readonly (keyof AddStageOptions)[] = [
  'stage',
  'size',
  'datatype',
  'candidates',
  'using',
  'seed',
  'signal',
  'onProgress',
]

/** Documents that a map is fitted to, if their rows have at most `MAX_FIT_BYTES`. */
const FIT_DOCUMENTS = 10_000
const MAX_FIT_BYTES = 2 ** 29

/** See `addFirstStage`. */
export async function addStageTo(path: string, options: AddStageOptions = {}): Promise<StageSettings> {
  const given = parseOptions(options)
  const { signal, onProgress } = options
  const folder = await folderAt(path)
  const store = await openStore(path, { readOnly: true })
  const made = await makeStage(store, path, given, options).finally(() => store.close())
  const { settings, stages, bytes } = made
  const { vector, using } = settings
  const old = await oldStages(folder, Object.keys(store.config.vectors))
  const config = { ...stages.vectors[vector]!, datatype: given.datatype }
  signal?.throwIfAborted()
  const name = stageFileName(vector)
  // a file that cannot be read is not worth keeping
  const before = old.includes(vector) ? await readStageFile(folder, vector).catch(() => undefined) : undefined
  await folder.replace(name, bytes)
  try {
    await rebuildStore(path, {
      add: { [vector]: { config, from: using, make: rows => stages.document(rows)[vector]! } },
      remove: old,
      signal,
      onProgress: (points, total) => onProgress?.({ phase: 'write', share: points / Math.max(1, total) }),
    })
  } catch (error) {
    if (before) await folder.replace(name, before).catch(() => undefined)
    else if (!old.includes(vector)) await folder.remove(name).catch(() => undefined)
    throw error
  }
  await removeStageFiles(folder, name => name !== vector)
  return settings
}

/** See `removeFirstStage`. */
export async function removeStageFrom(
  path: string,
  options: Pick<AddStageOptions, 'signal'> = {},
): Promise<boolean> {
  checkKnownOptions(options, ['signal'], 'removeFirstStage')
  const folder = await folderAt(path)
  const old = await oldStages(folder, await vectorsIn(path))
  if (old.length > 0) await rebuildStore(path, { remove: old, signal: options.signal })
  await removeStageFiles(folder, () => true)
  return old.length > 0
}

/** The checked options. */
interface ParsedOptions {
  readonly stage: StageSettings['stage']
  readonly datatype: 'float32' | 'i8'
  readonly candidates: number
  readonly seed: number
}

function parseOptions(options: AddStageOptions): ParsedOptions {
  checkKnownOptions(options, OPTIONS, 'addFirstStage')
  checkAbortSignal(options.signal)
  checkCallback(options.onProgress, 'onProgress')
  const stage = oneOf(options.stage ?? 'lemur', STORED_STAGES, 'stage')
  if (options.size !== undefined && stage !== 'lemur') {
    throw new RangeError(`"size" is for the stage lemur, got the stage ${stage}; leave it out`)
  }
  if (options.size !== undefined) wholeNumber(options.size, 'size', 16, 4096)
  return {
    stage,
    datatype: oneOf(options.datatype ?? 'i8', ['float32', 'i8'] as const, 'datatype'),
    candidates: wholeNumber(options.candidates ?? 200, 'candidates', 10),
    seed: wholeNumber(options.seed ?? 1, 'seed', 0, Number.MAX_SAFE_INTEGER),
  }
}

/** A stage for a store: its settings, what makes its vectors, and its file. */
interface MadeStage {
  readonly settings: StageSettings
  readonly stages: Stages
  readonly bytes: Uint8Array
}

async function makeStage(
  store: Store,
  path: string,
  { stage, candidates, seed }: ParsedOptions,
  options: AddStageOptions,
): Promise<MadeStage> {
  const field = fieldOf(store, options.using)
  const { name: using, size, distance } = field
  const { vectors } = await store.info()
  const { points: documents, rows } = vectors[using]!
  if (documents === 0) {
    throw new RangeError(`the store at "${path}" has no documents with "${using}"; add documents first`)
  }
  const bytesEach = (4 * size * rows) / documents
  const count = Math.max(2, Math.min(FIT_DOCUMENTS, Math.floor(MAX_FIT_BYTES / bytesEach)))
  const lemur =
    stage === 'lemur'
      ? await fitTo(await drawDocuments(store, using, count, seed, options.signal), field, options)
      : undefined
  const stages = createStageOf({ stage, using }, { size, distance, lemur })
  if (!stages)
    throw new RangeError(`the stage muvera expected rows of at least 8 numbers, got ${size}; use lemur`)
  const vector = Object.keys(stages.vectors).find(name => name !== using)!
  const settings = { stage, vector, using, candidates, documents }
  return { settings, stages, bytes: encodeStage({ settings, map: lemur?.toBytes() ?? new Uint8Array(0) }) }
}

function fitTo(
  documents: Parameters<typeof fitLemur>[0],
  { size: dim, distance }: Field,
  { size, seed, signal, onProgress }: AddStageOptions,
): Promise<Lemur> {
  return fitLemur(documents, {
    ...{ dim, size, seed, signal, metric: distance === 'Cosine' ? 'cosine' : 'dot' },
    onProgress: onProgress && (share => onProgress({ phase: 'fit', share })),
  })
}

/** @throws RangeError if there is no such multi-vector that a first stage can be made of */
function fieldOf(store: Store, using: string | undefined): Field {
  const field = fieldIn(store, using)
  const { name, multi, distance } = field
  const isUsable = multi && (distance === 'Dot' || distance === 'Cosine')
  if (isUsable && name !== '') return field
  if (isUsable) {
    throw new RangeError(
      'the vector of the store has no name, so a first stage cannot be added; copy the points to a new store with a named vector',
    )
  }
  const got = multi ? distance : 'a vector of one row'
  throw new RangeError(`"${name}" expected a multi-vector with the distance Dot or Cosine, got ${got}`)
}

/** The vectors of first stages that a store has. A vector whose file is lost is one too if its name is that of a map. */
async function oldStages(folder: Folder, names: readonly string[]): Promise<string[]> {
  const listed = new Set(await folder.list())
  return names.filter(
    name => isStageVector(name) && (name.startsWith('lemur-') || listed.has(stageFileName(name))),
  )
}

async function removeStageFiles(folder: Folder, isRemoved: (vector: string) => boolean): Promise<void> {
  for (const name of await folder.list()) {
    const vector = name.replace(/\.stage(?:\.new)?$/, '')
    if (vector !== name && isStageVector(vector) && isRemoved(vector)) await folder.remove(name)
  }
}

/** See `readFirstStage`. */
export async function readStageOf(path: string): Promise<Uint8Array | undefined> {
  const folder = await folderAt(path)
  const { vectors = {} } = (await readStoreConfig(path)) ?? {}
  for (const vector of Object.keys(vectors).filter(isStageVector)) {
    const bytes = await readStageFile(folder, vector)
    if (!bytes) continue
    decodeStage(bytes, vector, `${path}/${stageFileName(vector)}`)
    return bytes
  }
  return undefined
}

/** See `writeFirstStage`. */
export async function writeStageTo(path: string, bytes: Uint8Array): Promise<StageSettings> {
  const names = await vectorsIn(path)
  const folder = await folderAt(path)
  const vector = vectorNamedIn(bytes)
  const { settings } = decodeStage(bytes, vector, 'bytes')
  for (const name of [vector, settings.using]) {
    if (names.includes(name)) continue
    throw new RangeError(
      `"bytes" expected the first stage of the store at "${path}", which has no vector "${name}"`,
    )
  }
  await folder.replace(stageFileName(vector), bytes)
  return settings
}

/** The names of the dense vectors of a store. @throws RangeError if there is none */
async function vectorsIn(path: string): Promise<string[]> {
  const config = await readStoreConfig(path)
  if (config) return Object.keys(config.vectors)
  throw new RangeError(`there is no store at "${path}"; create one with createStore()`)
}
