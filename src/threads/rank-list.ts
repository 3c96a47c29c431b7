// A list of documents ranked by the lanes, and kept by none. It is cut into the blocks that one thread would make, and a
// block is never divided: so scores have the bits of one thread.

import { type Block, splitIntoBlocks } from '../core/memory/blocks.js'
import { METRICS, type Metric } from '../core/metric.js'
import { type MultiVector, shapeOf } from '../core/multivector.js'
import { beyondF32 } from '../core/ranking/score-blocks.js'
import type { ScoredDocument } from '../core/ranking/top-k.js'
import { copyList } from './copy-input.js'
import { mergeRankings } from './merge-rankings.js'
import type { CopiedQuery } from './shard.js'
import type { WorkerHandle } from './worker-handle.js'

/** Blocks of a list, in runs of about as many rows, one for each lane. */
function runsOf(blocks: readonly Block[], lanes: number): Block[][] {
  const total = blocks.reduce((sum, { rows }) => sum + rows, 0)
  const runs: Block[][] = Array.from({ length: lanes }, () => [])
  let before = 0
  for (const block of blocks) {
    // the middle of a block decides whose it is
    runs[Math.min(lanes - 1, Math.floor((lanes * (before + block.rows / 2)) / total))]!.push(block)
    before += block.rows
  }
  return runs.filter(run => run.length > 0)
}

/**
 * Checks and copies documents, whose names in errors `place` gives, and returns what ranks them: to be called when it is
 * their turn.
 */
export function prepareListRanking(
  lanes: readonly WorkerHandle[],
  question: CopiedQuery,
  metric: Metric,
  documents: readonly MultiVector[],
  limit: number,
  place: (index: number) => string,
): () => Promise<ScoredDocument[]> {
  const { dim } = question.query
  const shapes = documents.map((document, index) => shapeOf(document, place(index), dim))
  const runs = runsOf(splitIntoBlocks(shapes, dim), lanes.length).map(blocks => {
    const { first } = blocks[0]!
    const last = blocks.at(-1)!
    const run = shapes.slice(first, last.first + last.count)
    const rows = Uint32Array.from(run, shape => shape.rows)
    const data = copyList(documents.slice(first, first + rows.length), run, dim, place, first)
    const local = blocks.map(block => ({ ...block, first: block.first - first }))
    return {
      first,
      request: { ...question, metric, limit: Math.min(limit, rows.length), dim, rows, data, blocks: local },
    }
  })
  return async () => {
    const idle = [...lanes].sort((a, b) => a.pending - b.pending)
    const answers = await Promise.all(
      runs.map(({ request }, i) => idle[i]!.call('list', request, [request.data.buffer as ArrayBuffer])),
    )
    const parts = answers.map((answer, i) => {
      const { first } = runs[i]!
      if (answer.beyond !== undefined) throw beyondF32(`"${place(first + answer.beyond)}"`)
      return { best: answer.result, indexOf: (index: number) => first + index }
    })
    return mergeRankings(parts, METRICS[metric].ascending, limit)
  }
}
