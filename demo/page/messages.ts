// Messages between the page and its worker. Types only.

import type { Answer, WordComparison } from '../dictionary.js'

/** A request of the page. The response has the same `id`. */
export type Request =
  | { readonly id: number; readonly type: 'answer'; readonly query: string; readonly limit: number }
  | { readonly id: number; readonly type: 'explain'; readonly query: string; readonly index: number }

/** A message of the worker. */
export type Message =
  | { readonly type: 'progress'; readonly phase: string; readonly share: number }
  | {
      readonly type: 'ready'
      readonly definitions: number
      readonly rows: number
      readonly byteLength: number
    }
  | { readonly type: 'failed'; readonly reason: string }
  | { readonly type: 'answer'; readonly id: number; readonly answer: Answer }
  | { readonly type: 'explain'; readonly id: number; readonly comparison: WordComparison }
