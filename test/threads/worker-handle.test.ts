// The caller's side of a worker, on a thread that the test plays, and the number of threads that `auto` starts.

import { afterEach, expect, it, vi } from 'vitest'
import { createScorer } from '../../src/index.js'
import type { Thread, ThreadListener } from '../../src/threads/pool/platform.js'
import { startWorker } from '../../src/threads/pool/worker-handle.js'

afterEach(() => vi.restoreAllMocks())

/** Starts a worker whose first message is answered, and whose later ones are not. */
async function startSilentWorker() {
  const failures: Error[] = []
  const kept: boolean[] = []
  let listener: ThreadListener | undefined
  const end = vi.fn(async () => {})
  const startThread = (given: ThreadListener): Thread => {
    listener = given
    return {
      post(message) {
        const { id } = message as { readonly id: number }
        if (id === 0) queueMicrotask(() => given.onMessage({ id, usedBytes: 1, capacityBytes: 2 }))
      },
      keepAlive: isNeeded => void kept.push(isNeeded),
      end,
    }
  }
  const worker = await startWorker(startThread, { module: undefined, maxBytes: undefined }, error => {
    failures.push(error)
  })
  return { worker, listener: listener!, failures, kept, end }
}

it('rejects all calls with the first failure of a thread, and reports it once', async () => {
  const { worker, listener, failures } = await startSilentWorker()
  const pending = [1, 2].map(corpus => worker.call('closeCorpus', corpus).catch((error: Error) => error))
  const cause = new Error('out of memory')
  listener.onFailure('it threw', cause)
  listener.onFailure('it exited with code 1')
  const [first, second] = await Promise.all(pending)
  expect(first).toMatchObject({ message: expect.stringContaining('it threw'), cause })
  expect(second).toBe(first)
  await expect(worker.call('closeCorpus', 3)).rejects.toBe(first)
  expect(failures).toEqual([first])
  expect(worker.pendingCalls).toBe(0)
})

it('takes the end of a thread that was asked for as no failure', async () => {
  const { worker, listener, failures, end } = await startSilentWorker()
  const pending = worker.call('closeCorpus', 1)
  const reason = new Error('no longer needed')
  const ended = worker.end(reason)
  listener.onFailure('it exited with code 1')
  await expect(pending).rejects.toBe(reason)
  await expect(worker.call('closeCorpus', 2)).rejects.toBe(reason)
  await ended
  expect(end).toHaveBeenCalledTimes(1)
  expect(failures).toEqual([])
})

it('keeps the process alive from the first call without an answer to the last answer', async () => {
  const { worker, listener, kept } = await startSilentWorker()
  expect(kept).toEqual([true, false])
  const calls = [1, 2].map(corpus => worker.call('closeCorpus', corpus))
  expect([kept.length, worker.pendingCalls]).toEqual([3, 2])
  listener.onMessage({ id: 1, usedBytes: 3, capacityBytes: 4 })
  expect(kept).toEqual([true, false, true])
  listener.onMessage({ id: 2, usedBytes: 5, capacityBytes: 6 })
  expect(kept).toEqual([true, false, true, false])
  await Promise.all(calls)
  expect([worker.usedBytes, worker.capacityBytes, worker.pendingCalls]).toEqual([5, 6, 0])
})

it('starts at most 256 threads, however many processors there are', async () => {
  const load = process.getBuiltinModule
  vi.spyOn(process, 'getBuiltinModule').mockImplementation(((name: string) =>
    name === 'node:os' ? { availableParallelism: () => 300 } : load(name)) as typeof load)
  const worker = vi.fn(() => {
    throw new Error('no threads here')
  })
  await expect(createScorer({ threads: 'auto', worker })).rejects.toThrow('no threads here')
  expect(worker).toHaveBeenCalledTimes(256)
})
