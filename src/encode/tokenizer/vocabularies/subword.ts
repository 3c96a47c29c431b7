// The types that the subword models share.

/** A piece of a word. */
export interface Subword {
  readonly id: number
  /** The token as the vocabulary spells it. */
  readonly text: string
  /** UTF-16 units of the word that it covers. */
  readonly length: number
  /** Whether the piece is not in the vocabulary: then the id is that of the unknown token. */
  readonly isUnknown: boolean
}

/** A vocabulary with a method to split words into its tokens. */
export interface VocabularyModel {
  idOf(token: string): number | undefined
  textOf(id: number): string | undefined
  /** The largest id in the vocabulary. */
  readonly maxId: number
  /** Number of tokens in the vocabulary. */
  readonly size: number
  /** Splits a word into pieces. Their lengths add up to that of the word. */
  pieces(word: string): readonly Subword[]
}
