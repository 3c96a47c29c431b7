// Tokens that stand in a text as they are, such as [MASK]: `added_tokens` of tokenizer.json. They are found before
// anything else is cut, the leftmost first, the longest of those.
import { type Aligned, cut } from './aligned.js'
import { type Node, stringAt } from './json.js'
import { space } from './unicode.js'

/** A token of its own. */
export interface AddedToken {
  readonly id: number
  readonly text: string
  readonly isSpecial: boolean
  /** Looked for after the text has been normalized, in its normalized form. */
  readonly isNormalized: boolean
  readonly node: Node
}

/** A piece of text, or a token found in it. */
export interface Section {
  readonly piece: Aligned
  readonly token?: AddedToken
}

export function readAddedTokens(nodes: readonly Node[]): readonly AddedToken[] {
  return nodes.map(node => ({
    id: Number(node.id),
    text: stringAt(node.content),
    isSpecial: node.special === true,
    isNormalized: node.normalized === true || (node.normalized === undefined && node.special !== true),
    node,
  }))
}

/**
 * Tokens with those of special_tokens_map.json in place of their like, as FastEmbed adds them: a string there is a token
 * that eats no space. What the vocabulary does not have is left out.
 */
export function withSpecialTokens(
  added: readonly AddedToken[],
  map: Node | undefined,
  idOf: (token: string) => number | undefined,
): readonly AddedToken[] {
  const byText = new Map(added.map(token => [token.text, token]))
  for (const value of Object.values(map ?? {}).flat()) {
    const node = typeof value === 'string' ? { content: value } : (value as Node | null)
    const text = stringAt(node?.content)
    const id = byText.get(text)?.id ?? idOf(text)
    if (id === undefined) continue
    byText.set(text, { id, text, isSpecial: true, isNormalized: node?.normalized === true, node: node ?? {} })
  }
  return [...byText.values()]
}

/** A way to find tokens, each by how it is spelled. */
export function createFinder(
  tokens: readonly { readonly token: AddedToken; readonly spelling: string }[],
): (piece: Aligned) => readonly Section[] {
  const bySpelling = new Map(
    tokens.filter(({ spelling }) => spelling !== '').map(one => [one.spelling, one.token]),
  )
  if (bySpelling.size === 0) return piece => [{ piece }]
  const longestFirst = [...bySpelling.keys()].sort((a, b) => b.length - a.length)
  const pattern = new RegExp(
    longestFirst.map(text => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')).join('|'),
    'gu',
  )
  const isSpace = new RegExp(`^${space}$`, 'u')

  return piece => {
    const sections: Section[] = []
    let at = 0
    for (const { 0: found, index } of piece.text.matchAll(pattern)) {
      const token = bySpelling.get(found)!
      let [from, to] = [index, index + found.length]
      if (token.node.single_word === true && isInsideWord(piece.text, from, to)) continue
      if (token.node.lstrip === true) while (from > at && isSpace.test(piece.text[from - 1]!)) from--
      if (token.node.rstrip === true) while (to < piece.text.length && isSpace.test(piece.text[to]!)) to++
      if (from > at) sections.push({ piece: cut(piece, at, from) })
      sections.push({ piece: cut(piece, from, to), token })
      at = to
    }
    if (at < piece.text.length) sections.push({ piece: cut(piece, at, piece.text.length) })
    return sections
  }
}

function isInsideWord(text: string, from: number, to: number): boolean {
  return (
    // the last character, of one unit or two
    /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}]$/u.test(text.slice(Math.max(0, from - 2), from)) ||
    /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}]/u.test(text.slice(to, to + 2))
  )
}
