// Timers and promises that a signal can end: what they wait for, and that nothing of them is left on the signal.

import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createPauses, sleep } from '../../src/base/sleep.js'
import { unlessAborted } from '../../src/base/unless-aborted.js'

const listenersOn = (signal: AbortSignal) => getEventListeners(signal, 'abort').length

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('sleep ends after its time, and leaves no listener', async () => {
  const { signal } = new AbortController()
  const ended = vi.fn()
  const slept = sleep(100, signal).then(ended)
  await vi.advanceTimersByTimeAsync(99)
  expect(ended).not.toHaveBeenCalled()
  expect(listenersOn(signal)).toBe(1)
  await vi.advanceTimersByTimeAsync(1)
  expect(ended).toHaveBeenCalled()
  expect(listenersOn(signal)).toBe(0)
  await slept
})

it('sleep rejects with the reason of its signal, before and meanwhile, and leaves no timer', async () => {
  const stop = new AbortController()
  const slept = expect(sleep(1e6, stop.signal)).rejects.toThrow('enough')
  expect(vi.getTimerCount()).toBe(1)
  stop.abort(new Error('enough'))
  await slept
  expect(vi.getTimerCount()).toBe(0)
  await expect(sleep(0, stop.signal)).rejects.toThrow('enough')
  expect(vi.getTimerCount()).toBe(0)
})

it('pauses come after each amount of work, and reject once the signal is aborted', async () => {
  const stop = new AbortController()
  const pause = createPauses(10, stop.signal)
  // whether a call waits for other work
  const waits = async (amount: number) => {
    const called = pause(amount)
    await Promise.resolve()
    const isWaiting = vi.getTimerCount() > 0
    await vi.runAllTimersAsync()
    await called
    return isWaiting
  }
  const amounts = [4, 6, 9, 1, 1, 30, 1]
  const waited: boolean[] = []
  for (const amount of amounts) waited.push(await waits(amount))
  expect(waited).toEqual([false, false, true, false, true, false, true])
  stop.abort(new Error('enough'))
  await pause(9)
  await expect(pause(1)).rejects.toThrow('enough')
})

it('a promise has its value unless the signal is aborted first, and leaves no listener', async () => {
  const { signal } = new AbortController()
  let resolve: (value: number) => void = () => undefined
  const promise = new Promise<number>(done => {
    resolve = done
  })
  const value = unlessAborted(promise, signal)
  expect(listenersOn(signal)).toBe(1)
  resolve(7)
  expect(await value).toBe(7)
  await vi.advanceTimersByTimeAsync(0)
  expect(listenersOn(signal)).toBe(0)
  expect(await unlessAborted(Promise.resolve(8), undefined)).toBe(8)
  await expect(unlessAborted(Promise.reject(new Error('failed')), signal)).rejects.toThrow('failed')
})

it('a promise rejects with the reason of a signal that is aborted before or meanwhile', async () => {
  const never = new Promise<number>(() => undefined)
  const stop = new AbortController()
  const value = expect(unlessAborted(never, stop.signal)).rejects.toThrow('enough')
  stop.abort(new Error('enough'))
  await value
  await expect(unlessAborted(never, stop.signal)).rejects.toThrow('enough')
})
