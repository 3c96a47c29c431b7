// Exact rankings from inexact scores: which documents can be among the best, by the bounds of their scores.
//
// With lower <= f32 score <= upper for every document, the k-th largest lower bound is a score that k documents reach.
// A document whose upper bound is below it is none of the best k; the others, few of them, are scored again. The ranking
// is then exactly that of the f32 kernel, scores and ties included.

import type { Kernel } from '../../kernel/kernel.js'
import { forEachBlock } from '../memory/blocks.js'
import type { ScorableDocuments } from '../memory/document-table.js'
import type { LoadedQueries } from './score-blocks.js'
import { createTopK, type TopK } from './top-k.js'

/** The documents that can be among the best. */
export interface Candidates {
  /** Where they are, rising, and the upper bound of each one's score. */
  readonly positions: Uint32Array
  readonly uppers: Float32Array
  /** The best lower bounds of any, best first: as many as are asked for. */
  readonly lowers: Float32Array
}

export interface CandidateFilter {
  /** Takes the bounds of `count` documents from position `first`; `lowerAt` is where the lower ones are in memory. */
  offer(first: number, count: number, bounds: { upper: Float32Array; lowerAt: number }): void
  /** Those that may reach `floor`. */
  candidates(floor: number): Candidates
  dispose(): void
}

/** For the best `limit` of `total` documents. */
export function createCandidateFilter(kernel: Kernel, limit: number, total: number): CandidateFilter {
  const ranking: TopK = createTopK(kernel, 'dot', limit)
  const uppers = new Float32Array(total)
  return {
    offer(first, count, { upper, lowerAt }) {
      uppers.set(upper, first)
      ranking.offer(lowerAt, count, first)
    },
    candidates(floor) {
      const lowers = Float32Array.from(ranking.take(), ({ score }) => score)
      const threshold = Math.max(floor, lowers.at(-1) ?? Infinity)
      const found = new Uint32Array(total)
      let size = 0
      for (let position = 0; position < total; position++) {
        if (uppers[position]! >= threshold) found[size++] = position
      }
      const positions = found.slice(0, size)
      return { positions, uppers: Float32Array.from(positions, position => uppers[position]!), lowers }
    },
    dispose: () => ranking.dispose(),
  }
}

/**
 * The documents that can be among the best `limit`, for each query, by their scores as they are stored or, where all
 * are fixable, in whole numbers, and the bounds of these scores. Their positions are indices. Of documents that score
 * less than `floor` none is needed.
 */
export function filterByBounds(
  kernel: Kernel,
  loaded: LoadedQueries,
  documents: ScorableDocuments,
  subset: Uint32Array | undefined,
  limit: number,
  inWholeNumbers: boolean,
  floor = -Infinity,
): Candidates[] {
  const total = subset?.length ?? documents.length
  const certificates = Array.from({ length: loaded.length }, () =>
    createCandidateFilter(kernel, limit, total),
  )
  try {
    forEachBlock(total, (first, count) => {
      const table = documents.table(first, count, subset)
      const name = (i: number) => documents.nameOf(subset?.[first + i] ?? first + i)
      if (inWholeNumbers) loaded.screen(documents.dtype, table)
      else loaded.score(documents.dtype, table, documents.largest, name)
      certificates.forEach((certificate, q) => {
        certificate.offer(first, count, loaded.bounds(q, count))
      })
    })
    return certificates.map(certificate => {
      const { positions, ...rest } = certificate.candidates(floor)
      return { positions: positions.map(position => subset?.[position] ?? position), ...rest }
    })
  } finally {
    for (const certificate of certificates) certificate.dispose()
  }
}
