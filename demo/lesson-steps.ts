// The steps of the lesson, each printed with what it did and what it cost. Makes collections and leaves them to the
// caller to remove; must not know how the server came to be there.

import type { QdrantClient } from '@qdrant/js-client-rest'
import type { StaticEncoder } from '../src/encode/index.js'
import {
  type CallCost,
  createCollection,
  duration,
  type QdrantCollection,
  type VectorConfig,
  verify,
} from '../src/qdrant/index.js'
import { documents, question } from './lesson-texts.js'

export interface LessonContext {
  readonly client: QdrantClient
  /** The first collection's name; the second's is longer by `-on-disk`. */
  readonly name: string
  readonly encoder: StaticEncoder
  readonly print: (line: string) => void
  /** Prints the title of a step. */
  readonly step: (title: string) => void
  /** Told of every collection as soon as it is there. */
  readonly made: (name: string) => void
  readonly signal: AbortSignal
}

const bytes = (count: number) => (count < 1e6 ? `${count} bytes` : `${Math.round(count / 1e6)} MB`)

/** Runs all steps but the cleaning up, and tells whether the server scored as the kernel does. */
export async function runLesson(context: LessonContext): Promise<boolean> {
  const { name, encoder, print, step } = context
  print(
    `Rows are static word vectors here: ${encoder.dim} numbers a known word, the same wherever it stands. A ColBERT model\n` +
      'gives 128 numbers a token, which depend on the words around it: "size" is 128 then, and all else the same.',
  )
  const vector: VectorConfig = { size: encoder.dim, distance: 'Dot' }

  step('Create a collection for multi-vectors')
  const inMemory = await create(context, name, vector)
  const { multivector_config, hnsw_config } = inMemory.config.vectors.colbert!
  print(`  asked for: size ${encoder.dim}, distance Dot`)
  print(
    `  filled in: comparator ${multivector_config?.comparator}, m ${hnsw_config?.m}, as the server tells it`,
  )

  step('Index the documents')
  await index(context, inMemory)

  step('Query with MaxSim')
  print(`  ${question}`)
  await ask(context, inMemory)

  step('Offload the vectors to disk')
  const onDisk = await create(context, `${name}-on-disk`, { ...vector, on_disk: true })
  await index(context, onDisk)
  await ask(context, onDisk)
  const lessonSize = { points: 1000, rows: 500 }
  const [kept, offloaded] = [inMemory.estimate(lessonSize), onDisk.estimate(lessonSize)]
  print(
    `  1,000 documents of 500 tokens want ${bytes(kept.cached)} of memory, on disk ${bytes(offloaded.cached)}; ` +
      `both ${bytes(kept.disk)} of disk`,
  )

  step('Verify: does the server score as the kernel here does?')
  const reports = [await check(context, inMemory), await check(context, onDisk)]
  return reports.every(ok => ok)
}

async function create(
  { client, encoder, made, print }: LessonContext,
  name: string,
  colbert: VectorConfig,
): Promise<QdrantCollection> {
  const started = performance.now()
  const collection = await createCollection(client, name, { vectors: { colbert } }, { encoder })
  made(name)
  const took = duration((performance.now() - started) / 1000)
  print(`  "${name}" on Qdrant ${collection.version}${colbert.on_disk ? ', on_disk: true' : ''}: ${took}`)
  return collection
}

async function index({ print, signal }: LessonContext, collection: QdrantCollection): Promise<void> {
  const points = documents.map((text, i) => ({
    id: i + 1,
    vector: { colbert: { text, model: 'static' } },
    payload: { text },
  }))
  const report = await collection.upsert(points, { signal })
  const stored = collection.estimate({ points: report.points, rows: report.rows / report.points })
  print(
    `  ${report.points} documents, ${report.rows} rows: ${bytes(report.bytes)} of JSON sent, ` +
      `${bytes(stored.vectors.colbert!.originals)} of vectors stored: ${duration(report.seconds)}`,
  )
}

async function ask({ print, signal }: LessonContext, collection: QdrantCollection): Promise<void> {
  let cost: CallCost | undefined
  const hits = await collection.query(
    { text: question, model: 'static' },
    { using: 'colbert', limit: 2, with_payload: true, signal, onCost: told => (cost = told) },
  )
  for (const { id, score, payload } of hits) {
    print(`  ${score.toFixed(4)}  document ${id}: ${String(payload?.text).slice(0, 80)} …`)
  }
  if (!cost) return
  const { seconds, serverSeconds, bytesSent, bytesReceived } = cost
  print(
    `  ${bytes(bytesSent)} there, ${bytes(bytesReceived)} back: ${duration(seconds)}` +
      (serverSeconds === undefined ? '' : `, ${duration(serverSeconds)} of it the server's`),
  )
}

async function check(
  { encoder, print, signal }: LessonContext,
  collection: QdrantCollection,
): Promise<boolean> {
  const started = performance.now()
  const report = await verify(collection, [encoder.query(question)], { using: 'colbert', signal })
  const took = duration((performance.now() - started) / 1000)
  print(
    `  "${collection.name}": ${report.disagreements} of ${report.hits} scores beyond their bound: ${took}`,
  )
  for (const { id, server, ours, difference, bound } of report.checks) {
    print(
      `    document ${id}  server ${server.toFixed(6)}  kernel ${ours.toFixed(6)}  ` +
        `apart ${difference.toExponential(1)}, bound ${bound.toExponential(1)}`,
    )
  }
  return report.ok
}
