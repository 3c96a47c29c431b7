// `--first-stage` of `maxsimd index`: adds a first stage to a store or a text index in place, and keeps it complete.

import { type Command, Option } from 'commander'
import {
  addFirstStage,
  type LemurDrift,
  removeFirstStage,
  type StagedStore,
  type StageSettings,
  withFirstStage,
} from '../../stages/index.js'
import { hasStageVector, lostStageIn, stageFileName } from '../../stages/stored/stage-file.js'
import { openStore, readStoreConfig } from '../../store/index.js'
import { isTextIndex } from '../../text-index/index.js'
import { countOption } from '../options.js'
import { formatCount, secondsSince } from '../output/format-figures.js'
import { storeFolder } from '../store-options.js'
import { printJson, printNotice, progressOn, type Terminal, UsageError } from '../terminal.js'

/** The options of a first stage. */
export interface StageArguments {
  readonly firstStage?: StageSettings['stage'] | 'none'
  readonly stageSize?: number
  readonly stageDatatype?: 'float32' | 'i8'
  readonly candidates?: number
}

/** The options of the command that a first stage depends on. */
interface StoreOptions extends StageArguments {
  readonly store: string
  readonly json?: boolean
  readonly using?: string
}

/** Documents that were added since the fit, as a share of those before, from which drift is measured. */
const GROWTH = 0.1

/** Adds the options of a first stage to a command. */
export const withStageOptions = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--first-stage <stage>',
        'add a first stage to the index or store, in place, which makes search fast in large ones; none removes it',
      ).choices(['lemur', 'mean', 'muvera', 'none']),
    )
    .addOption(
      countOption('--stage-size <n>', 'with --first-stage lemur: numbers of a document (default: 1024)'),
    )
    .addOption(
      new Option(
        '--stage-datatype <type>',
        'with --first-stage: storage type of its numbers (default: i8)',
      ).choices(['float32', 'i8']),
    )
    .addOption(
      countOption(
        '--candidates <n>',
        'with --first-stage: documents that are scored exactly for ten results (default: 200)',
      ),
    )

/** @throws UsageError if an option of a first stage is given without one, or does not fit it */
export function checkStageOptions({
  firstStage,
  stageSize,
  stageDatatype,
  candidates,
}: StageArguments): void {
  const isAdded = firstStage !== undefined && firstStage !== 'none'
  for (const [flag, value] of [
    ['--stage-size', stageSize],
    ['--stage-datatype', stageDatatype],
    ['--candidates', candidates],
  ] as const) {
    if (value !== undefined && !isAdded)
      throw new UsageError(`"${flag}" requires --first-stage lemur, mean or muvera`)
  }
  if (stageSize !== undefined && firstStage !== 'lemur')
    throw new UsageError('"--stage-size" requires --first-stage lemur')
  if (stageSize !== undefined && (stageSize < 16 || stageSize > 4096)) {
    throw new UsageError(`"--stage-size" expected a whole number from 16 to 4096, got "${stageSize}"`)
  }
  if (candidates !== undefined && candidates < 10) {
    throw new UsageError(`"--candidates" expected a whole number of at least 10, got "${candidates}"`)
  }
}

/**
 * Adds or removes the first stage that the options name.
 *
 * @param isAlone whether the command does nothing else, so that `--json` prints the result
 */
export async function changeStage(
  options: StoreOptions,
  terminal: Terminal,
  isAlone: boolean,
): Promise<void> {
  const { store, json, firstStage, stageSize, stageDatatype, candidates, using } = options
  const print = (text: string, result: object) => {
    if (json && isAlone) printJson(terminal, { path: store, ...result })
    else if (!json) terminal.stdout.write(`${text}\n`)
  }
  const path = await storeFolder(store)
  const { signal } = terminal
  if (firstStage === 'none') {
    const isRemoved = await removeFirstStage(path, { signal })
    print(isRemoved ? 'first stage removed' : 'there is no first stage', { removed: isRemoved })
    return
  }
  const progress = progressOn(terminal)
  const started = performance.now()
  let current = ''
  const settings = await addFirstStage(path, {
    ...{ stage: firstStage, size: stageSize, datatype: stageDatatype, candidates, using, signal },
    onProgress({ phase, share }) {
      if (phase !== current)
        progress.phase(phase === 'fit' ? 'fitting the first stage' : 'making the vectors')
      current = phase
      progress.update(share)
    },
  }).catch((cause: unknown) => {
    throw cause instanceof RangeError ? new Error(withFlags(cause.message), { cause }) : cause
  })
  progress.clear()
  const seconds = secondsSince(started)
  const documents = formatCount(settings.documents, 'document')
  print(`first stage ${settings.vector} for ${documents}, ${seconds} s; searches use it`, settings)
}

/** A message of the library with the options of the command line. */
const withFlags = (message: string) =>
  message
    .replace('"documents" expected', 'the index expected')
    .replace(
      'pass more documents, or a size of at most',
      'add more documents, or pass --stage-size with at most',
    )
    .replace('pass more documents', 'add more documents')

/** After documents were added: makes the missing vectors of the first stage, and says if a new fit is due. */
export async function keepStage(options: StoreOptions, terminal: Terminal): Promise<void> {
  const path = (await isTextIndex(options.store)) ? `${options.store}/store` : options.store
  const config = await readStoreConfig(path)
  if (!hasStageVector(config?.vectors ?? {})) return
  const store = await withFirstStage(await openStore(path))
  try {
    const { firstStage } = store
    if (!firstStage) {
      const lost = await lostStageIn(path, store.config.vectors)
      if (lost !== undefined) printNotice(terminal, lostStageText(lost, options.store))
      return
    }
    if ((await firstStage.missing()) > 0) await firstStage.complete({ signal: terminal.signal })
    const drift = await driftOf(store)
    if (drift) printNotice(terminal, driftText(firstStage, drift, options.store))
  } finally {
    await store.close()
  }
}

/** What to do about a first stage whose file is lost. */
export const lostStageText = (vector: string, store: string): string =>
  `the file ${stageFileName(vector)} of the first stage is missing, so queries search all documents; restore it, or add ` +
  `the first stage again: npx maxsimd index --store ${quoted(store)} --first-stage lemur`

/** The drift of a store that has grown since the fit of its first stage, and the number of its documents now. */
export async function driftOf(store: StagedStore): Promise<(LemurDrift & { documents: number }) | undefined> {
  const { firstStage } = store
  if (!firstStage) return undefined
  const documents = await store.count()
  if (documents <= (1 + GROWTH) * firstStage.documents) return undefined
  const drift = await firstStage.drift()
  return drift && { ...drift, documents }
}

/** Whether a new fit is due, and why. */
export function driftText(
  { documents }: StageSettings,
  drift: LemurDrift & { readonly documents: number },
  store: string,
): string {
  const percent = (share: number) => `${(100 * share).toFixed(0)} %`
  const errors = `its predictions miss ${percent(drift.error)} of the variance of scores, and ${percent(drift.fittedError)} when it was fitted`
  const grown = `the first stage was fitted when there were ${formatCount(documents, 'document')}, and there are ${drift.documents.toLocaleString('en')}`
  const due = drift.isDue
    ? `; fit it again: npx maxsimd index --store ${quoted(store)} --first-stage lemur`
    : '; no new fit is due'
  return `${grown}; ${errors}${due}`
}

/** A word of a shell command. */
export const quoted = (word: string): string =>
  /^[\w./:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
