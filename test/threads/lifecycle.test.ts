// How calls and workers end: by a signal, by a failure, by disposal, and with the process.

import { spawnSync } from 'node:child_process'
import type { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { createScorer, DisposedError, type ThreadedCorpus, type ThreadedScorer } from '../../src/index.js'
import { chooseKernel, startKernel } from '../../src/kernel/load-kernel.js'
import { createLocalWorker } from '../../src/threads/pool/worker-handle.js'
import { random, randomRows } from '../support/random.js'
import { watchWorkers } from '../support/watched-workers.js'

// biome-ignore lint/suspicious/noExplicitAny: a value that a caller without types may pass
const as = (value: unknown) => value as any
const query = [
  [1, 0],
  [0, 1],
]
const scorerDisposed = new DisposedError('scorer', 'make a new one with createScorer()')

const watched = watchWorkers()

describe('a signal', () => {
  const reason = new Error('the user has left')

  it('rejects a call whose signal is already aborted, without an effect', async () => {
    await using scorer = await createScorer({ threads: 2 })
    const corpus = scorer.corpus({ dim: 2 })
    const signal = AbortSignal.abort(reason)
    for (const call of [
      corpus.add(query, { signal }),
      corpus.scores(query, { signal }),
      corpus.rank(query, { signal }),
      scorer.score(query, query, { signal }),
      scorer.rank(query, [query], { signal }),
    ]) {
      await expect(call).rejects.toBe(reason)
    }
    expect(corpus.length).toBe(0)
    expect(await corpus.add(query)).toBe(0)
  })

  it('cancels waiting and running calls without an effect on later ones', async () => {
    await using scorer = await createScorer({ threads: 2 })
    const corpus = scorer.corpus({ dim: 2 })
    for (let i = 0; i < 100; i++) void corpus.add([[i, 0]])
    const controller = new AbortController()
    const cancelled = Array.from({ length: 8 }, () => corpus.rank(query, { signal: controller.signal }))
    const late = corpus.add([[1000, 0]], { signal: controller.signal })
    const kept = corpus.rank(query, { limit: 1 })
    controller.abort(reason)
    const results = await Promise.allSettled([...cancelled, late])
    for (const result of results) expect(result).toEqual({ status: 'rejected', reason })
    expect(await kept).toEqual([{ index: 99, score: 99 }])
    expect(corpus.length).toBe(100)
  })

  it('rejects a batch without queries, too, if its signal is aborted', async () => {
    await using scorer = await createScorer({ threads: 2 })
    const corpus = scorer.corpus({ dim: 2 })
    expect(await corpus.rankBatch([])).toEqual([])
    await expect(corpus.rankBatch([], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })

  it('refuses a signal that is not an AbortSignal', async () => {
    await using scorer = await createScorer({ threads: 1 })
    await expect(scorer.score(query, query, { signal: as('now') })).rejects.toThrow(
      new TypeError('"signal" expected an AbortSignal, got string'),
    )
  })
})

describe('a worker that fails', () => {
  const ways: readonly [string, (worker: Worker) => unknown, string][] = [
    ['is terminated', worker => worker.terminate(), 'it exited with code 1'],
    [
      'throws outside a call',
      worker => worker.postMessage({ name: 'nonsense' }),
      'a worker of maxsimd received an unknown message',
    ],
  ]

  it.each(ways)('rejects all calls, pending and later, when a worker %s', async (_, kill, reason) => {
    const scorer = await createScorer({ threads: 2 })
    const corpus = scorer.corpus({ dim: 2 })
    const other = scorer.corpus({ dim: 2 })
    for (let i = 0; i < 10; i++) await corpus.add(query)
    kill(watched.started[1]!)
    const message = `a worker of the scorer failed: ${reason}; its documents are lost, create a new scorer`
    const pending = [
      corpus.rank(query),
      corpus.add(query),
      corpus.add(query),
      other.scores(query),
      corpus.scores(query),
    ]
    const results = await Promise.allSettled(pending)
    expect(results.filter(({ status }) => status === 'rejected').length).toBeGreaterThan(0)
    for (const call of [
      () => corpus.rank(query),
      () => corpus.add(query),
      () => corpus.explain(query, 0),
      () => scorer.score(query, query),
      () => scorer.rank(query, [query]),
      () => scorer.corpus({ dim: 3 }).add([[1, 2, 3]]),
    ]) {
      await expect(call()).rejects.toThrow(new Error(message))
    }
    await corpus.dispose()
    await scorer.dispose()
    expect(watched.running).toBe(0)
    await expect(scorer.score(query, query)).rejects.toThrow(scorerDisposed)
  })

  it('rejects the call that a failing worker was computing', async () => {
    const scorer = await createScorer({ threads: 2, kernel: 'reference' })
    const corpus = scorer.corpus({ dim: 512 })
    for (let i = 0; i < 25; i++) await corpus.add(randomRows(random(i), 100, 512))
    const long = corpus.rank(randomRows(random(99), 200, 512))
    const after = corpus.rank(randomRows(random(98), 2, 512))
    setTimeout(() => watched.started[0]!.terminate(), 20)
    const text =
      'a worker of the scorer failed: it exited with code 1; its documents are lost, create a new scorer'
    await expect(long).rejects.toThrow(text)
    await expect(after).rejects.toThrow(text)
    await scorer.dispose()
    expect(watched.running).toBe(0)
  })
})

describe('disposing', () => {
  it.each([1, 2])(
    'rejects pending and later calls of a disposed scorer of %i threads, which may be disposed again',
    async threads => {
      const scorer = await createScorer({ threads })
      const corpus = scorer.corpus({ dim: 2 })
      await corpus.add(query)
      const pending = corpus.rank(query)
      const ended = scorer.dispose()
      await expect(pending).rejects.toThrow(scorerDisposed)
      await Promise.all([ended, scorer.dispose()])
      await scorer.dispose()
      for (const call of [
        () => scorer.score(query, query),
        () => scorer.rank(query, [query]),
        () => corpus.rank(query),
      ]) {
        await expect(call()).rejects.toThrow(scorerDisposed)
      }
      expect(() => scorer.corpus({ dim: 2 })).toThrow(scorerDisposed)
      expect(scorer.memoryBytes).toBe(0)
      expect(watched.running).toBe(0)
    },
  )

  it('returns the memory of the only thread to the engine', async () => {
    const kernel = await startKernel((await chooseKernel('simd', undefined)).module, undefined)
    const local = createLocalWorker(kernel)
    const pending = local.call('closeCorpus', 1)
    const reason = new Error('ended')
    await local.end(reason)
    expect([kernel.memory.used, kernel.memory.capacity]).toEqual([0, 0])
    await expect(pending).rejects.toBe(reason)
    await expect(local.call('closeCorpus', 1)).rejects.toBe(reason)
  })

  it('lets the earlier calls of a disposed corpus finish', async () => {
    await using scorer = await createScorer({ threads: 2 })
    const corpus = scorer.corpus({ dim: 2 })
    const added = corpus.add(query)
    const ranked = corpus.rank(query)
    const disposed = corpus.dispose()
    expect([corpus.length, corpus.rows, corpus.byteLength]).toEqual([0, 0, 0])
    expect(await added).toBe(0)
    expect(await ranked).toEqual([{ index: 0, score: 2 }])
    await disposed
    expect([corpus.length, corpus.rows, corpus.byteLength]).toEqual([0, 0, 0])
    await corpus.dispose()
    const error = new DisposedError('corpus', 'make a new one with scorer.corpus()')
    await expect(corpus.rank(query)).rejects.toThrow(error)
    await expect(corpus.add(query)).rejects.toThrow(error)
  })

  it('happens at the end of a block with `await using`, to a corpus and to a scorer', async () => {
    let scorerLeft: ThreadedScorer
    {
      await using scorer = await createScorer({ threads: 1 })
      scorerLeft = scorer
      let corpusLeft: ThreadedCorpus
      {
        await using corpus = scorer.corpus({ dim: 2 })
        await corpus.add(query)
        corpusLeft = corpus
      }
      await expect(corpusLeft.add(query)).rejects.toThrow(DisposedError)
      expect(await scorer.score(query, query)).toBe(2)
    }
    await expect(scorerLeft.score(query, query)).rejects.toThrow(DisposedError)
    expect(() => scorerLeft.corpus({ dim: 2 })).toThrow(DisposedError)
  })
})

describe('a process', () => {
  /** Runs a program and returns what it printed. Fails if the process has not ended by itself after 10 s. */
  function run(code: string, ...flags: readonly string[]): string {
    const { stdout, stderr, status, error } = spawnSync(
      process.execPath,
      [...flags, '--input-type=module', '-e', code],
      {
        encoding: 'utf8',
        timeout: 10_000,
        killSignal: 'SIGKILL',
      },
    )
    const isAlive = (error as NodeJS.ErrnoException | undefined)?.code === 'ETIMEDOUT'
    expect(isAlive, `after 10 s the process was still alive; it had printed ${JSON.stringify(stdout)}`).toBe(
      false,
    )
    expect(status, stderr).toBe(0)
    return stdout
  }
  const start = `
    import { createScorer } from './dist/index.js'
    const scorer = await createScorer({ threads: 2 })
    const corpus = scorer.corpus({ dim: 2 })
    await corpus.add([[1, 0]])`

  it('lets a process end when its scorer is disposed or idle', () => {
    expect(run(`${start}\nawait scorer.dispose(); console.log('done')`)).toBe('done\n')
    expect(run(`${start}\nconsole.log('done')`)).toBe('done\n')
  })

  it('is kept alive by the workers while a call is pending only', () => {
    const code = `const ports = () => process.getActiveResourcesInfo().filter(name => name === 'MessagePort').length
      ${start}
      // both workers have answered after it
      await corpus.add([[1, 0]])
      await corpus.rank([[1, 0]])
      const idle = ports()
      const pending = corpus.rank([[2, 0]])
      // no answer can be received before the end of the microtasks
      for (let i = 0; i < 50; i++) await undefined
      const busy = ports()
      await pending
      console.log(idle, busy > 0, ports())`
    expect(run(code)).toBe('0 true 0\n')
  })

  it('finds threads in a Node without getBuiltinModule', () => {
    const code = `delete process.getBuiltinModule\n${start}\nconsole.log(scorer.threads, (await corpus.rank([[2, 0]])).length)`
    expect(run(code)).toBe('2 1\n')
  })

  it('keeps a process alive while a call is pending', () => {
    expect(run(`${start}\nvoid corpus.rank([[2, 0]]).then(best => console.log(best[0].score))`)).toBe('2\n')
  })

  /** Counts the workers of a process that have not ended, and collects garbage until there are `count`. */
  const watch = `
    import workerThreads from 'node:worker_threads'
    import { createScorer } from './dist/index.js'
    let running = 0
    workerThreads.Worker = class extends workerThreads.Worker {
      constructor(...args) {
        super(...args)
        running++
        this.on('exit', () => running--)
      }
    }
    async function collect(count) {
      for (let i = 0; i < 100 && running !== count; i++) {
        gc()
        await new Promise(resolve => setTimeout(resolve, 20))
      }
      return running
    }`

  it('ends the workers of a scorer that was dropped, but not of one that a corpus or a call belongs to', () => {
    const code = `${watch}
      const document = { data: new Float32Array(100 * 128).fill(0.5), dim: 128 }
      async function fill(kernel) {
        const scorer = await createScorer({ threads: 2, kernel })
        const corpus = scorer.corpus({ dim: 128 })
        await Promise.all(Array.from({ length: 12 }, () => corpus.add(document)))
        return corpus
      }
      let corpus = await fill()
      await (await fill()).rank(document)
      const left = await collect(2)
      const [best] = await corpus.rank(document)
      corpus = undefined
      // nothing refers to this scorer but its calls, which take some 100 ms on this kernel
      const timer = setInterval(gc, 5)
      const calls = await fill('reference').then(corpus => [corpus.rank(document), corpus.scores(document)])
      const results = await Promise.all(calls)
      clearInterval(timer)
      console.log(left, best.index, results.map(({ length }) => length), await collect(0))`
    expect(run(code, '--expose-gc')).toBe('2 0 [ 10, 12 ] 0\n')
  })
})
