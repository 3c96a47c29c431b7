// The steps of the lesson. Each prints its result and its cost. The caller removes the collections.

import { formatDuration } from '../src/base/format-duration.js'
import { formatBrief, formatCount } from '../src/cli/output/format-figures.js'
import { type CallCost, type PointId, verify } from '../src/qdrant/index.js'
import type { LessonBackend, LessonCollection, LessonVector } from './lesson-backend.js'
import type { LessonEncoder } from './lesson-encoder.js'
import { documents, question } from './lesson-texts.js'

export interface LessonContext {
  readonly backend: LessonBackend
  /** Name of the first collection; the second one is called `<name>-on-disk`. */
  readonly name: string
  readonly encoder: LessonEncoder
  readonly print: (line: string) => void
  /** Prints the title of a step. */
  readonly printStep: (title: string) => void
  readonly signal: AbortSignal
}

/** Runs all steps but the clean-up. Returns whether all scores equal the kernel's. */
export async function runLesson(context: LessonContext): Promise<boolean> {
  const { name, encoder, backend, print, printStep } = context
  const size = encoder.encoder.dim
  print(encoder.description)
  const vector: LessonVector = { size, distance: 'Dot', hnsw_config: { m: 0 } }

  printStep('Create a collection for multi-vectors')
  const inMemory = await createCollection(context, name, vector)
  print(`  requested: size ${size}, distance Dot, no graph (m: 0)`)
  print(`  defaults: ${inMemory.defaults}`)

  printStep('Index the documents')
  await indexDocuments(context, inMemory)

  printStep('Query with MaxSim')
  print(`  ${question}`)
  const best = await runQuery(context, inMemory)
  print(
    best === 1
      ? '  document 1 is first: it answers every part of the question'
      : '  document 1 should be first, because it answers every part of the question; these rows do not show that',
  )

  printStep('Offload the vectors to disk')
  const onDisk = await createCollection(context, `${name}-on-disk`, { ...vector, on_disk: true })
  await indexDocuments(context, onDisk)
  await runQuery(context, onDisk)
  for (const line of await inMemory.cost()) print(`  in memory: ${line}`)
  for (const line of await onDisk.cost()) print(`  on disk: ${line}`)

  printStep(`Verify: do the ${backend.shortName} and the kernel compute the same scores?`)
  const isEqualInMemory = await verifyScores(context, inMemory)
  const isEqualOnDisk = await verifyScores(context, onDisk)
  return isEqualInMemory && isEqualOnDisk
}

async function createCollection(
  { backend, print }: LessonContext,
  name: string,
  vector: LessonVector,
): Promise<LessonCollection> {
  const started = performance.now()
  const collection = await backend.create(name, vector)
  const setting = vector.on_disk ? ', on_disk: true' : ''
  print(`  created "${name}" on ${backend.name}${setting}, in ${durationSince(started)}`)
  return collection
}

async function indexDocuments(
  { encoder, backend, print, signal }: LessonContext,
  collection: LessonCollection,
): Promise<void> {
  const points = documents.map((text, index) => ({
    id: index + 1,
    vector: { colbert: { text, model: encoder.model } },
    payload: { text },
  }))
  const report = await collection.upsert(points, { signal })
  const size = `${formatCount(report.points, 'document')}, ${formatCount(report.rows, 'row')}`
  print(`  indexed ${size}: ${backend.upsertCost(report)}`)
}

/** Returns the id of the best document. */
async function runQuery(
  { encoder, backend, print, signal }: LessonContext,
  collection: LessonCollection,
): Promise<PointId | undefined> {
  let cost: CallCost | undefined
  const onCost = (callCost: CallCost) => {
    cost = callCost
  }
  const hits = await collection.query(
    { text: question, model: encoder.model },
    { using: 'colbert', limit: 4, with_payload: true, signal, onCost },
  )
  for (const { id, score, payload } of hits) {
    print(`  ${score.toFixed(4)}  document ${id}: ${String(payload?.text).slice(0, 80)} …`)
  }
  if (cost) print(`  ${backend.queryCost(cost)}`)
  return hits[0]?.id
}

async function verifyScores(
  { encoder, backend, print, signal }: LessonContext,
  { name, readable }: LessonCollection,
): Promise<boolean> {
  const started = performance.now()
  const query = await encoder.encoder.query(question)
  const report = await verify(readable, [query], { using: 'colbert', signal })
  const agreeing = report.hits - report.disagreements
  print(`  "${name}": ${agreeing} of ${report.hits} scores agree, checked in ${durationSince(started)}`)
  for (const { id, server, local, difference, bound } of report.checks) {
    print(
      `    document ${id}: ${backend.shortName} ${server.toFixed(6)}, kernel ${local.toFixed(6)}; ` +
        `difference ${formatBrief(difference)}, allowed ${formatBrief(bound)}`,
    )
  }
  return report.ok === true
}

const durationSince = (started: number) => formatDuration((performance.now() - started) / 1000)
