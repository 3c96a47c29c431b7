// How long an upsert waits for the connection over gRPC before its first batch, and what it leaves behind.

import { getEventListeners } from 'node:events'
import { afterEach, expect, it, vi } from 'vitest'
import type { Codec } from '../../src/kernel/codec/codec-types.js'
import { createFormatChooser } from '../../src/qdrant/choose-format.js'
import type { GrpcLink } from '../../src/qdrant/grpc-link.js'

afterEach(() => vi.restoreAllMocks())

const settings = {
  call: 'upsert' as const,
  name: 'c',
  fields: { dense: new Map(), sparse: new Set<string>(), unnamed: false },
  wait: true,
  shard_key: undefined,
}

const chooserOn = (link: Partial<GrpcLink>, signal?: AbortSignal) =>
  createFormatChooser(
    settings,
    {} as Codec,
    { patience: 12_345, state: {}, connect: async () => {}, ...link },
    signal,
  )

it('leaves no timer and no listener once the connection is known', async () => {
  const [started, cleared] = [vi.spyOn(globalThis, 'setTimeout'), vi.spyOn(globalThis, 'clearTimeout')]
  const { signal } = new AbortController()
  const chooser = chooserOn({ state: { reason: 'no port' } }, signal)
  expect(await chooser.next()).toMatchObject({ transport: 'rest' })
  expect(chooser.reason).toBe('no port')
  const timer = started.mock.results[started.mock.calls.findIndex(([, time]) => time === 12_345)]!.value
  expect(cleared.mock.calls.map(([each]) => each)).toContain(timer)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

it('waits once only, no longer than its patience, and ends with the reason of its signal', async () => {
  const connect = vi.fn(() => new Promise<void>(() => {}))
  const chooser = chooserOn({ patience: 1, connect })
  expect(await chooser.next()).toMatchObject({ transport: 'rest' })
  expect(await chooser.next()).toMatchObject({ transport: 'rest' })
  expect(connect).toHaveBeenCalledTimes(1)
  const stop = new AbortController()
  const waiting = chooserOn({ connect }, stop.signal).next()
  stop.abort(new Error('enough'))
  await expect(waiting).rejects.toThrow('enough')
})

it('uses REST for good once a batch could not be sent over gRPC', async () => {
  const messages = { transport: 'grpc' }
  const chooser = chooserOn({ state: { createFormat: () => messages as never } })
  expect(await chooser.next()).toBe(messages)
  chooser.useRest('an image')
  expect(await chooser.next()).toMatchObject({ transport: 'rest' })
  expect(chooser.reason).toBe('an image')
})
