// Runs the kernel suite and that of threads in whatever engine this is: no test runner, nothing but the language. The caller prints.

import { availableKernels } from '../../src/index.js'
import { type Case, cases } from '../kernel/kernel.cases.js'
import { cases as threadCases } from '../threads/threads.cases.js'

/** Plain data, so that it crosses from a page or a process to the runner. */
export interface Outcome {
  readonly kernels: readonly string[]
  readonly passed: number
  /** What failed, and how. */
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
