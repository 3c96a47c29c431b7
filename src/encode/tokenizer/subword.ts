// What every subword model takes and returns.

/** A piece of a word. */
export interface Subword {
  readonly id: number
  /** As the vocabulary spells it. */
  readonly text: string
  /** How many units of the word it stands for. */
  readonly length: number
  /** The vocabulary does not know it: the id is that of the unknown token. */
  readonly isUnknown: boolean
}

/** A vocabulary and how words are looked up in it. */
export interface VocabularyModel {
  idOf(token: string): number | undefined
  textOf(id: number): string | undefined
  /** The largest id. */
  readonly largest: number
  pieces(word: string): readonly Subword[]
}
