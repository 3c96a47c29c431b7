// Finds and creates elements of the page.

/** The only element of a selector. The page has it. */
export const find = <T extends Element = HTMLElement>(selector: string) =>
  document.querySelector<T>(selector)!

/** Creates an element with these properties and this text. */
export function element<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  text?: string,
): HTMLElementTagNameMap[K] {
  const made = Object.assign(document.createElement(name), properties)
  if (text !== undefined) made.textContent = text
  return made
}
