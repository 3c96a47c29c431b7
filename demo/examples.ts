// Meanings to try, in the terminal and on the page. The first answer to each of them is right.

export const EXAMPLES: readonly string[] = [
  'a place where planes take off and land',
  'unable to read or write',
  'a building where books are kept and lent',
  'to sleep through the winter',
]
