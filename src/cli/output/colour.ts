// Colour for a terminal, or none. It must not know what is coloured.

/** Ways to set off a piece of text; each returns it unchanged where colour is off. */
export interface Colours {
  readonly strong: (text: string) => string
  readonly faint: (text: string) => string
  readonly good: (text: string) => string
  readonly fair: (text: string) => string
}

/** Whether to colour: NO_COLOR forbids, FORCE_COLOR commands, else what the stream is decides. */
export function wantsColour(
  environment: Readonly<Record<string, string | undefined>>,
  stream: { readonly isTTY?: boolean },
): boolean {
  if (environment.NO_COLOR) return false
  if (environment.FORCE_COLOR !== undefined) return environment.FORCE_COLOR !== '0'
  return stream.isTTY === true && environment.TERM !== 'dumb'
}

/** The colours, or as many functions that do nothing. */
export function createColours(on: boolean): Colours {
  const code = (start: number, end: number) => (text: string) =>
    on && text !== '' ? `\x1b[${start}m${text}\x1b[${end}m` : text
  return { strong: code(1, 22), faint: code(2, 22), good: code(32, 39), fair: code(33, 39) }
}
