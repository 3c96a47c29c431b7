// The types that an evaluation compares. The names are TREC's. `maxsimd/formats` reads and writes both as files.

/** Relevance judgements: query id -> document id -> grade. A grade of 0 is not relevant, a larger one is more relevant. */
export type Qrels = ReadonlyMap<string, ReadonlyMap<string, number>>

/** Search results: query id -> document id -> score. A larger score is better. */
export type Run = ReadonlyMap<string, ReadonlyMap<string, number>>
