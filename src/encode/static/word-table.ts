// The rows of words, found in the text of a word file: to make a string of each of 50,000 words, and a map of them, takes longer
// than many a search.
//
//   text    the words, one per line                    starts   where each line starts, and the end of the text plus 1
//   slots   a hash table: the number of a word plus 1, at the hash of the word or after it; 0 is a free slot

/** The row of each word. A Map is one. */
export interface WordTable {
  readonly size: number
  get(word: string): number | undefined
  keys(): Iterable<string>
}

/**
 * Creates the table of a text.
 *
 * @throws RangeError if the text does not have `count` words, or a word is empty or twice in it
 */
export function createWordTable(text: string, count: number): WordTable {
  const starts = new Uint32Array(count + 1)
  const hashes = new Int32Array(count)
  const slots = new Uint32Array(2 ** Math.ceil(Math.log2(2 * count)))
  /** The slot of a word, which is free if the word is not in the table. `isWord`: whether a number is that of the word. */
  const slotOf = (hash: number, isWord: (number: number) => boolean): number => {
    let slot = spread(hash) & (slots.length - 1)
    while (slots[slot] !== 0 && !(hashes[slots[slot]! - 1] === hash && isWord(slots[slot]! - 1)))
      slot = (slot + 1) & (slots.length - 1)
    return slot
  }
  const wordAt = (number: number) => text.slice(starts[number], starts[number + 1]! - 1)
  let [number, hash] = [0, 0]
  for (let at = 0; at <= text.length; at++) {
    const code = at === text.length ? LINE_END : text.charCodeAt(at)
    if (code !== LINE_END) {
      hash = addTo(hash, code)
      continue
    }
    if (number < count) {
      starts[number + 1] = at + 1
      if (starts[number] === at) throw new RangeError(`"bytes" has no word for row ${number}`)
      const slot = slotOf(hash, other => wordAt(other) === wordAt(number))
      if (slots[slot] !== 0) {
        const rows = `rows ${slots[slot]! - 1} and ${number}`
        throw new RangeError(`"bytes" has "${wordAt(number)}" twice, in ${rows}`)
      }
      hashes[number] = hash
      slots[slot] = number + 1
    }
    number++
    hash = 0
  }
  if (number !== count) throw new RangeError(`"bytes" expected ${count} words, got ${number}`)
  return {
    size: count,
    get(word) {
      let own = 0
      for (let i = 0; i < word.length; i++) own = addTo(own, word.charCodeAt(i))
      const isWord = (number: number) =>
        starts[number + 1]! - starts[number]! === word.length + 1 && text.startsWith(word, starts[number])
      const found = slots[slotOf(own, isWord)]!
      return found === 0 ? undefined : found - 1
    },
    keys: () => text.split('\n'),
  }
}

const LINE_END = 0x0a

/** Adds a UTF-16 unit to the hash of a word. */
const addTo = (hash: number, code: number): number => Math.imul(hash ^ code, 0x01000193)

/** The low bits of a hash depend on the low bits of the word only. */
const spread = (hash: number): number => hash ^ (hash >>> 15)
