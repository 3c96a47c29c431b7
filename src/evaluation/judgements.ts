// What a run is held against, as types: TREC's words. `maxsimd/formats` reads and writes them.

/** For each query the judged documents: 0 is not relevant, more is more relevant. */
export type Qrels = ReadonlyMap<string, ReadonlyMap<string, number>>

/** For each query the documents that were found, with their scores: larger is better. */
export type Run = ReadonlyMap<string, ReadonlyMap<string, number>>
