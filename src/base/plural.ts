// Counts in messages, with the noun in singular or plural.

/** `1 document`, `2 documents`, `2 queries`. The default plural adds an s. */
export const plural = (count: number, noun: string, nouns = `${noun}s`): string =>
  `${count} ${count === 1 ? noun : nouns}`
