// tokenizer.json as it is read: objects of unknown shape, told apart by their `type`. Every error names the file.

/** An object of the file. */
export type Node = Readonly<Record<string, unknown>>

/** An object of the file, or undefined where there is none. */
export function nodeAt(value: unknown, path: string): Node | undefined {
  if (value === null || value === undefined) return undefined
  if (typeof value !== 'object' || Array.isArray(value)) throw new RangeError(`${path} expected an object`)
  return value as Node
}

/** A list of objects; none where there is none. */
export function nodesAt(value: unknown, path: string): readonly Node[] {
  if (value === null || value === undefined) return []
  if (!Array.isArray(value)) throw new RangeError(`${path} expected an array`)
  return value.map((one, i) => nodeAt(one, `${path}[${i}]`) ?? {})
}

/** A string of the file, or what stands for none. */
export const stringAt = (value: unknown, otherwise = ''): string =>
  typeof value === 'string' ? value : otherwise

/** Says that a part of the file is of a kind that this tokenizer does not know. */
export function unsupportedType(
  path: string,
  part: string,
  { type }: Node,
  known: readonly string[],
): RangeError {
  return new RangeError(
    `${path} has a ${part} of type ${JSON.stringify(type)}; known are ${known.join(', ')}. Take another model, or encode elsewhere`,
  )
}
