// Measures all peers on one workload. First, each loads the files and is checked, two at a time. Then they are timed in
// interleaved rounds, one at a time, because other programs on a shared machine slow down the peer that runs at that moment.

import { stderr } from 'node:process'
import type { Expected } from '../../test/support/oracle.js'
import { summarize, type Timing } from '../shared/timing.js'
import type { WorkloadRows } from '../shared/workload-rows.js'
import type { Workload } from '../shared/workloads.js'
import { writeInputs } from './inputs.js'
import { judgeResults, type Verdict } from './judge.js'
import type { Peer } from './peers.js'
import { type Session, startSession } from './session.js'

/** The identity of a peer. */
type PeerIdentity = Pick<Peer, 'name' | 'kind' | 'engine'>

/** The result of one peer. The field names are those of bench/results/peers.json. */
export interface PeerResult extends PeerIdentity, Verdict, Timing {
  readonly version: string
  readonly instructions: string
  /** 2 x rows x dim x query rows / median. */
  readonly gflops: number
  /** Number of processors that it kept busy while it was timed. */
  readonly cpu: number
}

/** A peer that did not run. */
export interface Failure extends PeerIdentity {
  /** The reason. */
  readonly why: string
}

/** The results of one workload with one number of threads. */
export interface Round {
  readonly workload: string
  readonly shape: string
  readonly documents: number
  readonly threads: number
  readonly results: readonly PeerResult[]
  readonly failures: readonly Failure[]
}

/** A workload to measure. */
export interface MeasureOptions {
  readonly workload: Workload
  readonly rows: WorkloadRows
  /** The f64 score of each document. */
  readonly expected: readonly Expected[]
  /** The folder for the workload's files. */
  readonly folder: string
  /** How long each peer is timed. */
  readonly milliseconds: number
  readonly peers: readonly Peer[]
  readonly threads: number
}

interface Running {
  readonly peer: Peer
  readonly session: Session
  readonly verdict: Verdict
  readonly version: string
  readonly instructions: string
  readonly samples: number[]
  cpu: number
}

const ROUNDS = 10

/** Measures all peers on a workload. */
export async function measurePeers(options: MeasureOptions): Promise<Round> {
  const { workload, rows, folder, milliseconds, threads } = options
  writeInputs(folder, rows)
  const sessions = new Set<Session>()
  const failures: Failure[] = []
  const fail = ({ name, kind, engine }: Peer, error: unknown) => {
    const why = (error as Error).message
    stderr.write(`  ${name} (${engine}) did not run: ${why}\n`)
    failures.push({ name, kind, engine, why })
  }
  try {
    const running = await startAll(options, sessions, fail)
    stderr.write(
      `  measuring ${running.length} peers, ${threads === 1 ? 'one thread' : 'two threads'} each\n`,
    )
    const alive = new Set(running)
    for (let round = 0; round <= ROUNDS; round++) {
      for (const peer of alive) {
        try {
          const { milliseconds: samples, cpu } = await peer.session.time(milliseconds / ROUNDS)
          // the first round is a warm-up
          if (round === 0) continue
          peer.samples.push(...samples)
          peer.cpu += cpu / ROUNDS
        } catch (error) {
          fail(peer.peer, error)
          alive.delete(peer)
        }
      }
    }
    const operations = 2 * rows.query.data.length * rows.documents.reduce((sum, d) => sum + d.data.length, 0)
    const results = [...alive].map(({ peer, verdict, version, instructions, samples, cpu }): PeerResult => {
      const { name, kind, engine } = peer
      const timing = summarize(samples)
      const gflops = operations / rows.query.dim / timing.median / 1e6
      return { name, kind, engine, version, instructions, ...verdict, ...timing, gflops, cpu }
    })
    const { name, shape } = workload
    return {
      workload: name,
      shape,
      documents: rows.documents.length,
      threads,
      results: results.sort((a, b) => b.gflops - a.gflops),
      failures,
    }
  } finally {
    for (const session of sessions) session.end()
  }
}

/** Starts the peers, two at a time, and judges their results. Returns those that run, in their order. */
async function startAll(
  { folder, peers, threads, expected }: MeasureOptions,
  sessions: Set<Session>,
  fail: (peer: Peer, error: unknown) => void,
): Promise<Running[]> {
  const started: (Running | undefined)[] = []
  const waiting = peers.entries()
  const startNext = async () => {
    for (const [i, peer] of waiting) {
      const session = startSession(peer.command(threads))
      sessions.add(session)
      try {
        const loaded = await session.load(folder)
        const verdict = judgeResults(loaded, expected, peer.rounds)
        if (verdict.answer === 'wrong') {
          stderr.write(`  ${peer.name}: ${verdict.outside} scores are wrong, by up to ${verdict.error}\n`)
        }
        const instructions = loaded.instructions ?? peer.instructions
        started[i] = { peer, session, verdict, version: loaded.version, instructions, samples: [], cpu: 0 }
      } catch (error) {
        fail(peer, error)
        session.end()
      }
    }
  }
  await Promise.all([startNext(), startNext()])
  return started.filter(peer => peer !== undefined)
}
