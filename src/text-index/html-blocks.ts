// The text of a web page, as blocks: paragraphs, list items, table rows and headings, without tags, scripts and styles.
// The tokenizer of parse5 follows the HTML standard, so pages with errors are read as in a browser. Its tree is not built:
// a crafted page could make it take quadratic time.

import type { TextBlock } from './passages.js'

/** The parts of parse5 that are used here. */
interface Parse5 {
  readonly Tokenizer: new (
    options: { readonly sourceCodeLocationInfo: true },
    handler: TokenHandler,
  ) => Tokenizer
  readonly TokenizerMode: Readonly<Record<'RAWTEXT' | 'RCDATA' | 'SCRIPT_DATA' | 'PLAINTEXT', number>>
}

interface Tokenizer {
  state: number
  write(text: string, isLast: boolean): void
}

interface Located {
  readonly location?: { readonly startLine: number } | null
}

interface TagToken extends Located {
  readonly tagName: string
  readonly selfClosing: boolean
}

interface TextToken extends Located {
  readonly chars: string
}

type TokenHandler = Readonly<Record<'onStartTag' | 'onEndTag', (token: TagToken) => void>> &
  Readonly<Record<'onCharacter' | 'onWhitespaceCharacter', (token: TextToken) => void>> &
  Readonly<Record<'onNullCharacter' | 'onComment' | 'onDoctype' | 'onEof' | 'onParseError', () => void>>

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '))

/** Elements whose content is not shown, or not text. */
const HIDDEN = words('script style template svg math iframe noembed noframes select datalist')
/** Elements whose content is text until their end tag, as the standard defines it. */
const RAW = words('style xmp iframe noembed noframes')
/** Elements that end a block where they begin and where they end. Others, such as `b` and `a`, are part of a line. */
const BLOCKS = words(
  'address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure ' +
    'footer form h1 h2 h3 h4 h5 h6 head header hgroup hr html legend li main menu nav ol option p pre search section ' +
    'summary table tbody tfoot thead title tr ul',
)
const CELLS = words('td th')

/** Elements whose content has other rules. A block of HTML ends them, as it does in a browser. */
const FOREIGN = words('svg math')
const HEADING = /^(?:h[1-6]|title)$/

/** The blocks of a web page, in order. `h1` to `h6` and the title are headings. */
export async function htmlBlocks(html: string): Promise<TextBlock[]> {
  // not as a literal: a bundler for browsers, where text indexes do not run, need not see it
  const name = 'parse5'
  const { Tokenizer, TokenizerMode } = (await import(
    /* webpackIgnore: true */ /* @vite-ignore */ name
  )) as Parse5
  const reader = createReader()
  const ignore = () => undefined
  const tokenizer = new Tokenizer(
    { sourceCodeLocationInfo: true },
    {
      onStartTag(token) {
        const { tagName } = token
        reader.start(token)
        if (token.selfClosing) return
        if (RAW.has(tagName)) tokenizer.state = TokenizerMode.RAWTEXT
        else if (tagName === 'script') tokenizer.state = TokenizerMode.SCRIPT_DATA
        else if (tagName === 'title' || tagName === 'textarea') tokenizer.state = TokenizerMode.RCDATA
        else if (tagName === 'plaintext') tokenizer.state = TokenizerMode.PLAINTEXT
      },
      onEndTag: reader.end,
      onCharacter: reader.text,
      onWhitespaceCharacter: reader.text,
      onNullCharacter: ignore,
      onComment: ignore,
      onDoctype: ignore,
      onEof: ignore,
      onParseError: ignore,
    },
  )
  tokenizer.write(html, true)
  return reader.finish()
}

/** Collects text into lines, and lines into blocks. */
function createReader() {
  const blocks: TextBlock[] = []
  let lines: { line: number; text: string }[] = []
  let [isNewLine, isHeading] = [true, false]
  /** The hidden element that is open, and how many of its kind are. */
  let [hidden, depth] = ['', 0]

  const endBlock = () => {
    const shown = lines
      .map(({ line, text }) => ({ line, text: text.replace(/\s+/g, ' ').trim() }))
      .filter(({ text }) => text !== '')
    const heading = isHeading ? shown.map(({ text }) => text).join(' ') : undefined
    if (shown.length > 0) blocks.push({ lines: shown, heading })
    lines = []
    isNewLine = true
  }

  return {
    start({ tagName, selfClosing }: TagToken): void {
      const isBlock = BLOCKS.has(tagName)
      if (FOREIGN.has(hidden) && isBlock && tagName !== 'title') hidden = ''
      if (hidden !== '') {
        if (tagName === hidden && !selfClosing) depth++
        return
      }
      if (isBlock) {
        endBlock()
        isHeading = HEADING.test(tagName)
      } else if (tagName === 'br') isNewLine = true
      else if (CELLS.has(tagName) && !isNewLine) lines.at(-1)!.text += ' '
      if (HIDDEN.has(tagName) && !(selfClosing && FOREIGN.has(tagName))) [hidden, depth] = [tagName, 1]
    },
    end({ tagName }: TagToken): void {
      if (hidden !== '') {
        if (tagName === hidden && --depth === 0) hidden = ''
      } else if (BLOCKS.has(tagName)) {
        endBlock()
        isHeading = false
      }
    },
    text({ chars, location }: TextToken): void {
      if (hidden !== '') return
      for (const [index, text] of chars.split('\n').entries()) {
        if (index > 0) isNewLine = true
        if (!isNewLine) lines.at(-1)!.text += text
        else if (text.trim() !== '') {
          lines.push({ line: (location?.startLine ?? 1) + index, text })
          isNewLine = false
        }
      }
    },
    finish(): TextBlock[] {
      endBlock()
      return blocks
    },
  }
}
