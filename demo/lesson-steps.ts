// The steps of the lesson, each printed with what it did and what it cost. Makes collections and leaves them to the
// caller to remove; must not know where they lie.

import { formatDuration } from '../src/base/format-duration.js'
import { type CallCost, type VectorConfig, verify } from '../src/qdrant/index.js'
import type { LessonEncoder } from './lesson-encoder.js'
import type { LessonCollection, LessonPlace } from './lesson-place.js'
import { documents, question } from './lesson-texts.js'

export interface LessonContext {
  readonly place: LessonPlace
  /** The first collection's name; the second's is longer by `-on-disk`. */
  readonly name: string
  readonly encoder: LessonEncoder
  readonly print: (line: string) => void
  /** Prints the title of a step. */
  readonly step: (title: string) => void
  readonly signal: AbortSignal
}

/** Runs all steps but the cleaning up, and tells whether the place scored as the kernel does. */
export async function runLesson(context: LessonContext): Promise<boolean> {
  const { name, encoder, place, print, step } = context
  const size = encoder.encoder.dim
  print(encoder.about)
  const vector: VectorConfig = { size, distance: 'Dot' }

  step('Create a collection for multi-vectors')
  const inMemory = await create(context, name, vector)
  print(`  asked for: size ${size}, distance Dot`)
  print(`  filled in: ${inMemory.filledIn}`)

  step('Index the documents')
  await index(context, inMemory)

  step('Query with MaxSim')
  print(`  ${question}`)
  await ask(context, inMemory)

  step('Offload the vectors to disk')
  const onDisk = await create(context, `${name}-on-disk`, { ...vector, on_disk: true })
  await index(context, onDisk)
  await ask(context, onDisk)
  for (const [at, collection] of [
    ['in memory', inMemory],
    ['on disk', onDisk],
  ] as const) {
    for (const line of await collection.cost()) print(`  ${at}: ${line}`)
  }

  step(`Verify: does the ${place.scorer} score as the kernel here does?`)
  const reports = [await check(context, inMemory), await check(context, onDisk)]
  return reports.every(ok => ok)
}

async function create(
  { place, print }: LessonContext,
  name: string,
  vector: VectorConfig,
): Promise<LessonCollection> {
  const started = performance.now()
  const collection = await place.create(name, vector)
  const took = formatDuration((performance.now() - started) / 1000)
  print(`  "${name}" on ${place.name}${vector.on_disk ? ', on_disk: true' : ''}: ${took}`)
  return collection
}

async function index(
  { encoder, place, print, signal }: LessonContext,
  collection: LessonCollection,
): Promise<void> {
  const points = documents.map((text, i) => ({
    id: i + 1,
    vector: { colbert: { text, model: encoder.model } },
    payload: { text },
  }))
  const report = await collection.upsert(points, { signal })
  print(
    `  ${report.points} documents, ${report.rows} rows: ${place.loaded(report)}: ${formatDuration(report.seconds)}`,
  )
}

async function ask(
  { encoder, place, print, signal }: LessonContext,
  collection: LessonCollection,
): Promise<void> {
  let cost: CallCost | undefined
  const hits = await collection.query(
    { text: question, model: encoder.model },
    { using: 'colbert', limit: 4, with_payload: true, signal, onCost: told => (cost = told) },
  )
  for (const { id, score, payload } of hits) {
    print(`  ${score.toFixed(4)}  document ${id}: ${String(payload?.text).slice(0, 80)} …`)
  }
  if (cost) print(`  ${place.asked(cost)}`)
}

async function check(
  { encoder, print, signal }: LessonContext,
  { name, readable }: LessonCollection,
): Promise<boolean> {
  const started = performance.now()
  const query = await encoder.encoder.query(question)
  const report = await verify(readable, [query], { using: 'colbert', signal })
  const took = formatDuration((performance.now() - started) / 1000)
  print(`  "${name}": ${report.disagreements} of ${report.hits} scores beyond their bound: ${took}`)
  for (const { id, server, local, difference, bound } of report.checks) {
    print(
      `    document ${id}  there ${server.toFixed(6)}  kernel ${local.toFixed(6)}  ` +
        `apart ${difference.toExponential(1)}, bound ${bound.toExponential(1)}`,
    )
  }
  return report.ok
}
