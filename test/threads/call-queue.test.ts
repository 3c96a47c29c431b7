// The order and the number of the calls that a scorer runs at the same time.

import { getEventListeners } from 'node:events'
import { expect, it } from 'vitest'
import { createCallQueue } from '../../src/threads/pool/call-queue.js'

/** Calls that run until they are ended by hand. */
function callsOf() {
  const started: string[] = []
  const ends = new Map<string, () => void>()
  return {
    started,
    run: (name: string) => () => {
      started.push(name)
      return new Promise<void>(resolve => ends.set(name, resolve))
    },
    async end(name: string) {
      ends.get(name)!()
      await new Promise(setImmediate)
    },
  }
}

it('runs as many queries at a time as it may, in the order of their calls', async () => {
  const queue = createCallQueue(2)
  const { started, run, end } = callsOf()
  const all = ['a', 'b', 'c', 'd'].map(name => queue.query(undefined, run(name)))
  expect(started).toEqual(['a', 'b'])
  await end('b')
  expect(started).toEqual(['a', 'b', 'c'])
  await end('a')
  expect(started).toEqual(['a', 'b', 'c', 'd'])
  await end('c')
  await end('d')
  await Promise.all(all)
})

it('starts a query when every earlier addition has ended, and an addition while earlier queries run', async () => {
  const queue = createCallQueue(2)
  const { started, run, end } = callsOf()
  const all = [
    queue.add(undefined, () => true, run('first addition')),
    queue.add(undefined, () => true, run('second addition')),
    queue.query(undefined, run('query')),
    queue.add(undefined, () => true, run('third addition')),
  ]
  expect(started).toEqual(['first addition', 'second addition'])
  await end('second addition')
  expect(started).toEqual(['first addition', 'second addition'])
  await end('first addition')
  expect(started.slice(2)).toEqual(['query', 'third addition'])
  await end('query')
  await end('third addition')
  await Promise.all(all)
})

it('lets an addition wait for the running ones if they may not overlap', async () => {
  const queue = createCallQueue(2)
  const { started, run, end } = callsOf()
  const all = ['a', 'b'].map(name => queue.add(undefined, () => false, run(name)))
  expect(started).toEqual(['a'])
  await end('a')
  expect(started).toEqual(['a', 'b'])
  await end('b')
  await Promise.all(all)
})

it('starts what waited behind an aborted call at once', async () => {
  const queue = createCallQueue(1)
  const { started, run, end } = callsOf()
  const controller = new AbortController()
  const all = [
    queue.query(undefined, run('running')),
    queue.query(controller.signal, run('aborted')).catch(() => {}),
    queue.add(undefined, () => true, run('addition')),
  ]
  expect(started).toEqual(['running'])
  controller.abort()
  expect(started).toEqual(['running', 'addition'])
  await end('addition')
  await end('running')
  await Promise.all(all)
})

it('starts nothing that waited for a call when it was closed', async () => {
  const queue = createCallQueue(1)
  const { started, run, end } = callsOf()
  const running = queue.query(undefined, run('running'))
  const waiting = queue.query(undefined, run('waiting'))
  queue.close(new Error('closed'))
  await expect(waiting).rejects.toThrow('closed')
  await end('running')
  await running
  expect(started).toEqual(['running'])
})

it('leaves no listener on a signal when a call has ended, failed, started to add, or was rejected by the end', async () => {
  const queue = createCallQueue(1)
  const { run, end } = callsOf()
  const { signal } = new AbortController()
  const listeners = () => getEventListeners(signal, 'abort').length
  const query = queue.query(signal, run('query'))
  expect(listeners()).toBe(1)
  await end('query')
  await query
  expect(listeners()).toBe(0)
  await queue.query(signal, () => Promise.reject(new Error('no'))).catch(() => {})
  await new Promise(setImmediate)
  expect(listeners()).toBe(0)
  const addition = queue.add(signal, () => true, run('addition'))
  expect(listeners()).toBe(0)
  const waiting = [queue.query(signal, run('never')), queue.add(signal, () => false, run('never'))]
  expect(listeners()).toBe(2)
  const settled = Promise.allSettled(waiting)
  queue.close(new Error('closed'))
  expect(listeners()).toBe(0)
  await end('addition')
  await addition
  expect(await settled).toMatchObject([{ reason: new Error('closed') }, { reason: new Error('closed') }])
})
