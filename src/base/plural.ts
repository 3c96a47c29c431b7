// Counts in messages, with the noun in singular or plural.

/** Returns a count with its noun: `1 document`, `2 documents`, `2 queries`. `nouns`: the plural. Default: with an s. */
export const plural = (count: number, noun: string, nouns = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : nouns}`
