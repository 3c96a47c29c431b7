// What the page and its worker say to each other. Types only.
import type { Answer, Comparison } from '../dictionary.js'

/** From the page. An answer carries the question's `id`. */
export type Question =
  | { readonly id: number; readonly kind: 'answer'; readonly query: string; readonly limit: number }
  | { readonly id: number; readonly kind: 'explain'; readonly query: string; readonly index: number }

/** From the worker. */
export type Message =
  | { readonly kind: 'progress'; readonly stage: string; readonly share: number }
  | {
      readonly kind: 'ready'
      readonly definitions: number
      readonly rows: number
      readonly byteLength: number
    }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'answer'; readonly id: number; readonly answer: Answer }
  | { readonly kind: 'explain'; readonly id: number; readonly comparison: Comparison }
