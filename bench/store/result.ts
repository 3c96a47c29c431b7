// The content of bench/results/store.json.

/** The results of `npm run bench:store` that docs/speed.md compares with goals. */
export interface StoreRun {
  readonly date: string
  readonly engine: string
  readonly processor: string
  /** The time of the first query of a cold store, as a part of the time of `cat` of its f32 rows. */
  readonly coldOfCat: number
  /** The time of `cat` of the int8 copies, which a cold query reads completely, as a part of the same time. */
  readonly copiesOfCat: number
  /** The time of a query of a store that is three times as large as its memory, as a part of that in memory. */
  readonly smallOfResident: number
}
