// Candidates of `maxsimd rerank`: one per line of standard input.

/** A text to rank. */
export interface Candidate {
  readonly text: string
  readonly id?: string | number | undefined
  /** The input line, which is also the output line. */
  readonly source: string
  /** Number of the line, from 1. */
  readonly line: number
}

/**
 * Parses candidates. A line is a JSON object with a `text` and optionally an `id` or `_id`; every other line is a text
 * itself. Empty lines are skipped.
 */
export function parseCandidates(input: string): Candidate[] {
  return input.split(/\r?\n/).flatMap((source, index) => {
    if (source.trim() === '') return []
    const { text, id } = parseRecord(source)
    return [
      {
        source,
        line: index + 1,
        text: typeof text === 'string' ? text : source,
        ...(id !== undefined && { id: id as string | number }),
      },
    ]
  })
}

function parseRecord(line: string): { readonly text?: unknown; readonly id?: unknown } {
  if (!line.startsWith('{')) return {}
  try {
    const { text, id, _id } = JSON.parse(line) as Record<string, unknown>
    return { text, id: id ?? _id }
  } catch {
    // a plain text can begin with a brace
    return {}
  }
}
