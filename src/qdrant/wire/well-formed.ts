// Refuses texts with half of a surrogate pair, as a cut inside an emoji leaves: the server refuses the whole request.

/** @throws RangeError that names the text and the character, if a text in `value` has half of a surrogate pair */
export function checkWellFormed(value: unknown, path: string): void {
  if (typeof value === 'string') {
    const index = value.search(/\p{Cs}/u)
    if (index < 0) return
    throw new RangeError(
      `"${path}" expected text, got half of a surrogate pair at character ${index}; cut texts between characters, or repair ` +
        'them with toWellFormed()',
    )
  }
  if (typeof value !== 'object' || value === null) return
  for (const [name, member] of Object.entries(value)) {
    checkWellFormed(name, `${path}, a name in it`)
    checkWellFormed(member, Array.isArray(value) ? `${path}[${name}]` : `${path}.${name}`)
  }
}
