// Times contestants with tinybench, in short interleaved rounds (A B C, A B C, ...), because other programs on a shared
// machine slow down the contestant that runs at that moment. The samples of all rounds are summarized together.

import { Bench } from 'tinybench'
import type { Contestant } from './contestant.js'

/** Milliseconds per query, summarized over `samples` queries. */
export interface Timing {
  readonly samples: number
  readonly median: number
  readonly p25: number
  readonly p75: number
  readonly min: number
  readonly max: number
}

const ROUNDS = 8

/**
 * Runs every contestant for at least `milliseconds` in total, and at least once in each of the eight rounds. A contestant
 * takes its queries in turns, so eight queries are all measured.
 */
export function measureInRounds(contestants: readonly Contestant[], milliseconds: number): Timing[] {
  const samples: number[][] = contestants.map(() => [])
  const turns = contestants.map(({ rank, queries = 1 }) => {
    let turn = 0
    return () => {
      rank(turn++ % queries)
    }
  })
  for (let round = 0; round < ROUNDS; round++) {
    const bench = new Bench({
      time: milliseconds / ROUNDS,
      iterations: 1,
      retainSamples: true,
      throws: true,
      // after the first round, the code is optimized
      warmup: round === 0,
      warmupTime: milliseconds / ROUNDS,
      warmupIterations: 3,
    })
    for (const [i, { name }] of contestants.entries()) bench.add(name, turns[i]!)
    for (const [i, { result }] of bench.runSync().entries()) {
      if (result.state !== 'completed') throw new Error(`${contestants[i]!.name} did not finish`)
      samples[i]!.push(...(result.latency.samples ?? []))
    }
  }
  return samples.map(summarize)
}

/** The quartiles and the extremes of measurements. */
export function summarize(samples: readonly number[]): Timing {
  const sorted = Float64Array.from(samples).sort()
  // linear interpolation between the two nearest samples
  const quantile = (share: number) => {
    const position = share * (sorted.length - 1)
    const low = sorted[Math.floor(position)]!
    return low + (sorted[Math.ceil(position)]! - low) * (position % 1)
  }
  return {
    samples: sorted.length,
    median: quantile(0.5),
    p25: quantile(0.25),
    p75: quantile(0.75),
    min: quantile(0),
    max: quantile(1),
  }
}
