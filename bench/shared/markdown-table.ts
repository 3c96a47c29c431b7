// Tables in Markdown.

/**
 * A table.
 *
 * @param left number of columns at the start that are aligned to the left; the others are aligned to the right
 */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  left = 1,
): string {
  const align = head.map((_, column) => (column < left ? '---' : '---:'))
  return [head, align, ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}
