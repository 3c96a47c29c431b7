// The width of texts on a terminal, in columns. Wide characters (Chinese, Japanese, Korean, emoji) take two, marks none.
// Terminals differ in characters that are joined, such as flags: the sum of their parts is what the widest ones take.

// East Asian Wide and Fullwidth, and emoji: ranges of Unicode's EastAsianWidth.txt, rounded up to whole blocks
const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18aff}\u{1b000}-\u{1b2ff}\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u
const EMPTY = /[\p{Mark}\p{Format}]/u

/** The columns of a text. */
export function textWidth(text: string): number {
  let width = 0
  for (const character of text) width += EMPTY.test(character) ? 0 : WIDE.test(character) ? 2 : 1
  return width
}

/** The text, or its end after an ellipsis if it takes more than `width` columns. The end of a path says most. */
export function cutStart(text: string, width: number): string {
  if (textWidth(text) <= width) return text
  if (width < 1) return ''
  let [kept, left] = ['', width - 1]
  const graphemes = Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment)
  for (const grapheme of graphemes.reverse()) {
    left -= textWidth(grapheme)
    if (left < 0) break
    kept = grapheme + kept
  }
  return `…${kept}`
}
