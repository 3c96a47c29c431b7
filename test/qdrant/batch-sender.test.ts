// The batch sender with scripted requests: how many are in flight, which batches wait for others, what a failure does.

import { describe, expect, it } from 'vitest'
import type { Codec } from '../../src/kernel/codec/codec-types.js'
import { type BatchFormat, createJsonFormat } from '../../src/qdrant/batch-format.js'
import { type Batch, type BatchSender, createBatchSender } from '../../src/qdrant/batch-sender.js'

interface Request {
  readonly ids: readonly number[]
  succeed(): void
  fail(error: Error): void
}

const settings = {
  call: 'upsert' as const,
  name: 'c',
  fields: { dense: new Map(), sparse: new Set<string>(), unnamed: false },
  wait: true,
  shard_key: undefined,
}
const anyFormat = createJsonFormat(settings, {} as Codec)

/** A sender whose requests end when the test says so. */
function startSender(concurrency: number) {
  const requests: Request[] = []
  const bodies = new Set<unknown>()
  // bodies of these tests contain no vectors, so no codec is used
  const json = createJsonFormat(settings, {} as Codec)
  const format: BatchFormat = {
    ...json,
    createBody() {
      const body = json.createBody()
      bodies.add(body)
      return body
    },
  }
  const sender = createBatchSender({
    concurrency,
    post: ({ ids }: Batch) =>
      new Promise((resolve, reject) =>
        requests.push({ ids: ids as number[], succeed: resolve, fail: reject }),
      ),
  })
  return { sender, requests, bodies, format }
}

function send(sender: BatchSender, ...ids: number[]): Promise<void> {
  const batch = sender.nextBatch(anyFormat)
  batch.ids.push(...ids)
  return sender.send(batch)
}

/** Resolves after every promise that can go on has gone on. */
const idle = () => new Promise(resolve => setTimeout(resolve))

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  let isOver = false
  promise.then(
    () => (isOver = true),
    () => (isOver = true),
  )
  await idle()
  return !isOver
}

describe('a batch sender', () => {
  it('starts requests until as many are in flight as it may send together', async () => {
    const { sender, requests } = startSender(2)
    await send(sender, 1)
    await send(sender, 2)
    const third = send(sender, 3)
    expect(await isPending(third)).toBe(true)
    expect(requests).toHaveLength(2)
    requests[1]!.succeed()
    await third
    expect(requests.map(({ ids }) => ids)).toEqual([[1], [2], [3]])
  })

  it('waits for a request in flight that contains the same point', async () => {
    const { sender, requests } = startSender(4)
    await send(sender, 1, 2)
    await send(sender, 3)
    const later = send(sender, 4, 2)
    requests[1]!.succeed()
    expect(await isPending(later)).toBe(true)
    requests[0]!.succeed()
    await later
    expect(requests.map(({ ids }) => ids)).toEqual([[1, 2], [3], [4, 2]])
  })

  it('settles when no request is in flight', async () => {
    const { sender, requests } = startSender(2)
    await sender.settle()
    await send(sender, 1)
    await send(sender, 2)
    const settled = sender.settle()
    requests[0]!.succeed()
    expect(await isPending(settled)).toBe(true)
    requests[1]!.fail(new Error('refused'))
    await settled
  })

  it('keeps the first failure and sends nothing after it', async () => {
    const { sender, requests } = startSender(2)
    sender.throwIfFailed()
    await send(sender, 1)
    await send(sender, 2)
    requests[1]!.fail(new Error('first'))
    await idle()
    requests[0]!.fail(new Error('second'))
    await sender.settle()
    expect(() => sender.throwIfFailed()).toThrow('first')
    await expect(send(sender, 3)).rejects.toThrow('first')
    expect(requests).toHaveLength(2)
  })

  it('reuses the body of a batch that was sent, and begins it anew', async () => {
    const { sender, requests, bodies, format } = startSender(1)
    const first = sender.nextBatch(format)
    first.body.bytes(Uint8Array.of(1))
    await sender.send(first)
    requests[0]!.succeed()
    await sender.settle()
    const second = sender.nextBatch(format)
    expect(second.body).toBe(first.body)
    expect(new TextDecoder().decode(second.body.view())).toBe('{"points":[')
    expect(second).toMatchObject({ ids: [], starts: [], rows: [] })
    expect(sender.nextBatch(anyFormat).body).not.toBe(first.body)
    expect(bodies.size).toBe(1)
  })

  it('does not reuse the body of a batch that failed, because its request may still read it', async () => {
    const { sender, requests, format } = startSender(2)
    const first = sender.nextBatch(format)
    await sender.send(first)
    requests[0]!.fail(new Error('cut'))
    await sender.settle()
    expect(sender.nextBatch(format).body).not.toBe(first.body)
  })
})
