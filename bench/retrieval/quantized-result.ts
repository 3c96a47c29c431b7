// The result of one setting of a server.

/** The result of one datatype or quantization. The field names are those of bench/results/retrieval.json. */
export interface QuantizedResult {
  readonly setting: string
  /** The name of the backend. */
  readonly place: string
  /** Bytes per document that every query reads. */
  readonly searched: number
  /** Bytes per document that are read to rescore the best documents. */
  readonly readAgain: number
  /** Median per query. */
  readonly milliseconds: number
  readonly recall: number
  readonly ndcg: number
}
