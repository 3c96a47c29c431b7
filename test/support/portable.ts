// Runs the kernel suite and the threads suite in any engine, without a test runner. The caller prints the results.

import { availableKernels } from '../../src/index.js'
import { type Case, cases } from '../kernel/kernel.cases.js'
import { cases as threadCases } from '../threads/threads.cases.js'

/** Plain data, so that a page or a process can send it to the runner. */
export interface Outcome {
  readonly kernels: readonly string[]
  readonly passed: number
  /** Name and error of each failed test. */
  readonly failures: readonly string[]
}

export const runCases = (more: readonly Case[] = []): Promise<Outcome> =>
  runList([...cases, ...threadCases, ...more])

export async function runList(all: readonly Case[]): Promise<Outcome> {
  const failures: string[] = []
  for (const { name, run } of all) {
    try {
      await run()
    } catch (error) {
      failures.push(`${name}: ${error}`)
    }
  }
  return { kernels: availableKernels(), passed: all.length - failures.length, failures }
}
