// The results of `npm run bench:load`, and the table in docs/qdrant.md.

import { summarize } from '../shared/timing.js'

/** One load. */
export interface Load {
  readonly seconds: number
  /** CPU seconds of the client. */
  readonly cpu: number
  /** Peak of the client's resident memory, in bytes. */
  readonly memory: number
}

export interface LoadRun {
  readonly date: string
  readonly engine: string
  readonly processor: string
  readonly cores: number
  /** Load of the machine before the run. */
  readonly load: number
  /** The server's version. */
  readonly server: string
  readonly points: number
  /** Bytes of f32. */
  readonly bytes: number
  /** Loads of each client, by round. Python's may be missing. */
  readonly loads: Readonly<Record<string, readonly Load[]>>
}

export const GRPC = 'maxsimd, gRPC'
export const REST = 'maxsimd, REST'
export const PYTHON = 'qdrant-client (Python), gRPC, one process'

const median = (values: readonly number[]) => summarize(values).median

/** Median of the rounds' ratios: how many times faster gRPC is than another client. */
export const speedup = ({ loads }: LoadRun, other: string): number =>
  median(loads[GRPC]!.map(({ seconds }, round) => loads[other]![round]!.seconds / seconds))

export function toMarkdown(run: LoadRun): string {
  const { engine, processor, cores, server, points, bytes, loads, load } = run
  const rounds = loads[GRPC]!.length
  const rows = Object.entries(loads).map(([client, results]) => {
    const rate = median(results.map(({ seconds }) => bytes / 1e6 / seconds))
    const cpu = median(results.map(result => result.cpu))
    const memory = median(results.map(result => result.memory)) / 1e6
    const ratio = client === GRPC ? '' : speedup(run, client).toFixed(1)
    return `| ${client} | ${rate.toFixed(0)} | ${ratio} | ${cpu.toFixed(1)} | ${memory.toFixed(0)} |`
  })
  return [
    `${points.toLocaleString('en')} documents of 128 x 128 f32 (${(bytes / 1e6).toFixed(0)} MB) into Qdrant ${server}; server and client ` +
      `on ${cores} cores of ${processor}, ${engine.replace(/ \(.*/, '')}, load ${load.toFixed(1)}; medians of ${rounds} rounds, one client after the other:`,
    '',
    '| client | MB of f32 a second | gRPC is faster by | CPU seconds of the client | peak MB of the client |',
    '| --- | ---: | ---: | ---: | ---: |',
    ...rows,
    '',
  ].join('\n')
}
