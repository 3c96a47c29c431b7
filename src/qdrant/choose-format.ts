// Chooses how each batch of an upsert is sent: over gRPC once its port has answered, otherwise over REST.

import { unlessAborted } from '../base/unless-aborted.js'
import type { Codec } from '../kernel/codec/codec-types.js'
import { type BatchFormat, type BatchSettings, createJsonFormat } from './batch-format.js'
import { NotInGrpcError } from './grpc/not-in-grpc-error.js'
import type { GrpcLink } from './grpc-link.js'
import { startDeadline } from './wire/deadline.js'

export interface FormatChooser {
  /** Returns the format of the next batch. */
  next(): Promise<BatchFormat>
  /** Chooses REST for all later batches. */
  useRest(reason: string): void
  /** Why REST was chosen; undefined if it was not. */
  readonly reason: string | undefined
}

export function createFormatChooser(
  settings: BatchSettings,
  codec: Codec,
  link: GrpcLink,
  signal?: AbortSignal,
): FormatChooser {
  const json = createJsonFormat(settings, codec)
  let messages: BatchFormat | undefined
  let isFirst = true
  let restReason: string | undefined

  return {
    async next() {
      if (isFirst) await settledWithin(link.connect(), link.patience, signal)
      isFirst = false
      const { createFormat } = link.state
      if (restReason !== undefined || !createFormat) return json
      try {
        messages ??= createFormat(settings)
        return messages
      } catch (error) {
        if (!(error instanceof NotInGrpcError)) throw error
        restReason = error.message
        return json
      }
    },
    useRest(reason) {
      restReason = reason
    },
    get reason() {
      return restReason ?? link.state.reason
    },
  }
}

/** Resolves when the promise is resolved, or the time is over. Rejects with the signal's reason. */
async function settledWithin(
  promise: Promise<void>,
  milliseconds: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const deadline = startDeadline(milliseconds, signal)
  try {
    await unlessAborted(promise, deadline.signal)
  } catch (error) {
    if (!deadline.expired()) throw error
  } finally {
    deadline.clear()
  }
}
