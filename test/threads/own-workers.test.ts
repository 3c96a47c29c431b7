// The option `worker`: the caller starts the workers, from the file maxsimd/worker.js.

import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { createScorer } from '../../src/index.js'
import { random, randomRows } from '../support/random.js'

// biome-ignore lint/suspicious/noExplicitAny: a value that a caller without types may pass
const as = (value: unknown) => value as any
const file = new URL('../../dist/worker.js', import.meta.url)
const running: Worker[] = []
const worker = () => {
  const started = new Worker(file)
  running.push(started)
  started.on('exit', () => running.splice(running.indexOf(started), 1))
  return started
}
const query = [
  [1, 0],
  [0, 1],
]

afterEach(() => vi.unstubAllGlobals())

/** A Web Worker on a worker of Node. */
function webWorker() {
  const started = worker()
  return {
    addEventListener(event: string, listener: (event: object) => void) {
      started.on(event, value => listener(event === 'message' ? { data: value } : value))
    },
    postMessage: (message: unknown, transfer: ArrayBuffer[]) => started.postMessage(message, transfer),
    terminate: () => void started.terminate(),
  }
}

describe('the option worker', () => {
  it.each([
    ['a worker of Node', worker],
    ['a Web Worker', webWorker],
  ])('starts each thread with %s, and the results are those of one thread', async (_, start) => {
    const create = vi.fn(start)
    const next = random(14)
    const documents = Array.from({ length: 40 }, () => randomRows(next, 7, 32))
    const rows = randomRows(next, 5, 32)
    using one = await createScorer()
    await using scorer = await createScorer({ threads: 2, worker: create })
    expect(create).toHaveBeenCalledTimes(2)
    expect([scorer.threads, running.length]).toEqual([2, 2])
    const corpora = [one.corpus({ dim: 32 }), scorer.corpus({ dim: 32 })] as const
    for (const document of documents) {
      corpora[0].add(document)
      void corpora[1].add(document)
    }
    expect(await corpora[1].rank(rows)).toEqual(corpora[0].rank(rows))
    await scorer.dispose()
    await vi.waitFor(() => expect(running).toEqual([]))
  })

  it('gets a call without waiting for the answers of others, on the thread with the fewest calls', async () => {
    const events: string[] = []
    let threads = 0
    await using scorer = await createScorer({
      threads: 2,
      worker() {
        const thread = threads++
        const started = worker()
        const { postMessage } = started
        started.on('message', () => events.push('an answer'))
        started.postMessage = (...message) => {
          events.push(`a call to ${thread}`)
          postMessage.apply(started, message)
        }
        return started
      },
    })
    events.length = 0
    await Promise.all([scorer.score(query, query), scorer.score(query, query)])
    expect(events).toEqual(['a call to 0', 'a call to 1', 'an answer', 'an answer'])
    events.length = 0
    await scorer.score(query, query)
    await scorer.score(query, query)
    expect(events).toEqual(['a call to 0', 'an answer', 'a call to 0', 'an answer'])
    // a document goes to the thread with the fewest rows of its corpus, then to the one with the most room
    events.length = 0
    for (let corpora = 0; corpora < 2; corpora++) await scorer.corpus({ dim: 2 }).add(query)
    const calls = events.filter(event => event.startsWith('a call'))
    // each corpus is opened on both
    expect(calls.map(event => Number(event.at(-1)))).toEqual([0, 1, 0, 0, 1, 1])
  })

  it('is not called for one thread', async () => {
    await using scorer = await createScorer({
      threads: 1,
      worker: () => {
        throw new Error('called')
      },
    })
    expect(await scorer.score(query, query)).toBe(2)
  })

  it.each([
    [
      'throws',
      () => {
        throw new Error('blocked')
      },
      'blocked',
    ],
    [
      'returns no worker',
      () => ({ postMessage() {} }),
      '"worker" expected a function that returns a Worker, got one that returns object',
    ],
    [
      'returns nothing',
      () => undefined,
      '"worker" expected a function that returns a Worker, got one that returns undefined',
    ],
    [
      'starts a missing file',
      () => new Worker(new URL('missing.js', file)),
      /Cannot find module .*missing.js/,
    ],
  ])('is named in the error if the function %s', async (_, start, reason) => {
    const error: Error = await createScorer({ threads: 2, worker: as(start) }).catch(thrown => thrown)
    expect(error).toBeInstanceOf(TypeError)
    expect(error.message).toMatch(reason)
    expect(error.message).toMatch(/^a worker did not start: /)
    expect(error.message).toMatch(
      /; use \{ threads: 1 \}, or allow workers: "worker" must start the file maxsimd\/worker\.js, and a content security policy must allow it with "worker-src"$/,
    )
  })

  it('ends the workers that started if another one does not start', async () => {
    let calls = 0
    const start = () => {
      if (++calls === 2) throw new Error('no more')
      return worker()
    }
    await expect(createScorer({ threads: 3, worker: start })).rejects.toThrow(
      'a worker did not start: no more',
    )
    expect(calls).toBe(3)
    await vi.waitFor(() => expect(running).toEqual([]))
  })

  it('ends the others if one fails while they start', async () => {
    let exited: Promise<unknown> | undefined
    const scorer = createScorer({
      threads: 2,
      worker() {
        const started = worker()
        if (exited === undefined) {
          exited = new Promise(resolve => started.once('exit', resolve))
          started.once('message', () => void started.terminate())
        } else {
          const { postMessage } = started
          started.postMessage = (...message) => void exited!.then(() => postMessage.apply(started, message))
        }
        return started
      },
    })
    await expect(scorer).rejects.toThrow('a worker of the scorer failed: it exited with code 1')
    await vi.waitFor(() => expect(running).toEqual([]))
  })

  it.each([
    ['a worker of Node', worker],
    ['a Web Worker', webWorker],
  ])('fails the scorer if %s sends a message that cannot be read, or throws', async (_, start) => {
    for (const [event, error, reason] of [
      ['messageerror', new Error('cut'), 'it could not read a message'],
      ['error', new Error('the program threw'), 'the program threw'],
    ] as const) {
      const scorer = await createScorer({ threads: 2, worker: start })
      running[0]!.emit(event, error)
      await expect(scorer.score(query, query)).rejects.toThrow(
        expect.objectContaining({
          message: expect.stringContaining(`a worker of the scorer failed: ${reason};`),
          cause: error,
        }),
      )
      await scorer.dispose()
      await vi.waitFor(() => expect(running).toEqual([]))
    }
  })

  it('ends a worker whose kernel does not start', async () => {
    const program = `const { parentPort } = require('node:worker_threads')
      const error = { name: 'RangeError', message: 'no memory' }
      parentPort.on('message', () => parentPort.postMessage({ id: 0, error, usedBytes: 0, capacityBytes: 0 }))`
    const start = () => {
      const started = new Worker(program, { eval: true })
      running.push(started)
      started.on('exit', () => running.splice(running.indexOf(started), 1))
      return started
    }
    await expect(createScorer({ threads: 2, worker: start })).rejects.toThrow(
      'a worker did not start: no memory',
    )
    await vi.waitFor(() => expect(running).toEqual([]))
  })

  it('is refused if it is not a function, or without threads', async () => {
    await expect(createScorer({ threads: 2, worker: as(worker()) })).rejects.toThrow(
      new TypeError('"worker" expected a function that returns a Worker, got Worker'),
    )
    await running[0]!.terminate()
    await expect(createScorer(as({ worker }))).rejects.toThrow(
      new RangeError(
        'unknown option "options.worker"; valid options of createScorer: kernel, module, maxBytes, threads',
      ),
    )
  })
})

describe('an engine without threads', () => {
  it('runs on one thread in Cloudflare Workers, which claim to be Node with nodejs_compat', async () => {
    vi.stubGlobal('navigator', { userAgent: 'Cloudflare-Workers' })
    await using scorer = await createScorer({ threads: 4 })
    expect(scorer.threads).toBe(1)
    expect(await scorer.score(query, query)).toBe(2)
  })
})
