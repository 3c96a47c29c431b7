// The end of each command's help: details, examples and exit codes.

export const EXIT_CODES_LINE =
  'Exit codes: 0 success, 1 problems found or no results, 2 error, 3 not judged, 130 interrupted'

/** The text that follows a command's options. */
export function helpText(details: string, examples: readonly string[]): string {
  const lines = examples.map(example => `  ${example}\n`)
  return `\n${details.trim()}\n\nExamples:\n${lines.join('')}\n${EXIT_CODES_LINE}`
}
