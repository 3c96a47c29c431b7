// Bold, dim and coloured text for terminals, with `styleText` of Node.

import { styleText } from 'node:util'

export type TextStyle = 'bold' | 'dim' | 'green' | 'yellow'

/** Styles a piece of text, or returns it unchanged if styles are off. */
export type Style = (style: TextStyle, text: string) => string

/** Whether to use styles: NO_COLOR turns them off, FORCE_COLOR on; otherwise they need a terminal. */
export function wantsStyle(
  environment: Readonly<Record<string, string | undefined>>,
  stream: { readonly isTTY?: boolean },
): boolean {
  if (environment.NO_COLOR) return false
  if (environment.FORCE_COLOR !== undefined) return environment.FORCE_COLOR !== '0'
  return stream.isTTY === true && environment.TERM !== 'dumb'
}

/** The function that styles text; with `isOn` false it changes nothing. */
export function createStyle(isOn: boolean): Style {
  // `styleText` of Node 22 and later checks process.stdout by default, and here the stream may be another one
  return (style, text) => (isOn && text !== '' ? styleText(style, text, { validateStream: false }) : text)
}
