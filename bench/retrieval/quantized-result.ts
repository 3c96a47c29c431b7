// The result of one quantization setting.

export interface QuantizedResult {
  readonly setting: string
  readonly place: string
  /** Bytes a document that every query goes through, and that are read again of the best. */
  readonly searched: number
  readonly readAgain: number
  readonly milliseconds: number
  readonly recall: number
  readonly ndcg: number
}
