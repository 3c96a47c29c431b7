// How long each contestant takes: tinybench, in short rounds that take turns (A B C, A B C, ...), because on a shared
// machine a neighbour slows down whoever runs at that moment. All rounds' samples are one sample.

import { Bench } from 'tinybench'
import type { Contestant } from './contestant.js'

/** Milliseconds of one query. */
export interface Timing {
  readonly samples: number
  readonly median: number
  readonly p25: number
  readonly p75: number
  readonly min: number
  readonly max: number
}

const ROUNDS = 8

/** Runs every contestant for at least `milliseconds` in all, and at least once in each of eight rounds. */
export function measure(contestants: readonly Contestant[], milliseconds: number): Timing[] {
  const samples: number[][] = contestants.map(() => [])
  for (let round = 0; round < ROUNDS; round++) {
    const bench = new Bench({
      time: milliseconds / ROUNDS,
      iterations: 1,
      retainSamples: true,
      throws: true,
      // optimized code is there after the first round's
      warmup: round === 0,
      warmupTime: milliseconds / ROUNDS,
      warmupIterations: 3,
    })
    for (const { name, rank } of contestants) bench.add(name, rank)
    for (const [i, { result }] of bench.runSync().entries()) {
      if (result.state !== 'completed') throw new Error(`${contestants[i]!.name} did not finish`)
      samples[i]!.push(...(result.latency.samples ?? []))
    }
  }
  return samples.map(summarize)
}

/** The middle half and the ends of some measurements. */
export function summarize(samples: readonly number[]): Timing {
  const sorted = Float64Array.from(samples).sort()
  // between the two nearest samples where the place is not a whole number
  const at = (share: number) => {
    const place = share * (sorted.length - 1)
    const low = sorted[Math.floor(place)]!
    return low + (sorted[Math.ceil(place)]! - low) * (place % 1)
  }
  return { samples: sorted.length, median: at(0.5), p25: at(0.25), p75: at(0.75), min: at(0), max: at(1) }
}
