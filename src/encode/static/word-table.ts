// The rows of words, found in the text of a word file: to make a string of each of 50,000 words, and a map of them, takes longer
// than many a search.
//
//   text    the words, one per line
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
  const lines = readLines(text, count)
  const { starts, hashes } = lines
  const slots = fillSlots(text, lines)
  return {
    size: count,
    get(word) {
      let hash = 0
      for (let i = 0; i < word.length; i++) hash = addTo(hash, word.charCodeAt(i))
      for (let slot = firstSlot(slots, hash); slots[slot] !== 0; slot = (slot + 1) & (slots.length - 1)) {
        const number = slots[slot]! - 1
        const isSame = hashes[number] === hash && starts[number + 1]! - starts[number]! === word.length + 1
        if (isSame && text.startsWith(word, starts[number])) return number
      }
      return undefined
    },
    keys: () => text.split('\n'),
  }
}

/** Where each line starts, and its hash. The start after the last line is the end of the text plus 1. */
interface Lines {
  readonly starts: Int32Array
  readonly hashes: Int32Array
}

// Two short loops: the engine optimizes each soon. One loop with both tasks takes twice as long in a process that just started.

function readLines(text: string, count: number): Lines {
  const starts = new Int32Array(count + 1)
  const hashes = new Int32Array(count)
  let [number, hash] = [0, 0]
  for (let at = 0; at <= text.length; at++) {
    const code = at === text.length ? LINE_END : text.charCodeAt(at)
    if (code !== LINE_END) {
      hash = addTo(hash, code)
      continue
    }
    if (number < count) {
      if (starts[number] === at) throw new RangeError(`"bytes" has no word for row ${number}`)
      starts[number + 1] = at + 1
      hashes[number] = hash
    }
    number++
    hash = 0
  }
  if (number !== count) throw new RangeError(`"bytes" expected ${count} words, got ${number}`)
  return { starts, hashes }
}

function fillSlots(text: string, { starts, hashes }: Lines): Int32Array {
  const slots = new Int32Array(2 ** Math.ceil(Math.log2(2 * hashes.length)))
  const wordAt = (number: number) => text.slice(starts[number], starts[number + 1]! - 1)
  for (let number = 0; number < hashes.length; number++) {
    const hash = hashes[number]!
    let slot = firstSlot(slots, hash)
    for (; slots[slot] !== 0; slot = (slot + 1) & (slots.length - 1)) {
      const other = slots[slot]! - 1
      if (hashes[other] === hash && wordAt(other) === wordAt(number)) {
        throw new RangeError(`"bytes" has "${wordAt(number)}" twice, in rows ${other} and ${number}`)
      }
    }
    slots[slot] = number + 1
  }
  return slots
}

const LINE_END = 0x0a

/** Adds a UTF-16 unit to the hash of a word. */
const addTo = (hash: number, code: number): number => Math.imul(hash ^ code, 0x01000193)

/** Where the search of a word begins. The low bits of its hash depend on the low bits of the word only. */
const firstSlot = (slots: Int32Array, hash: number): number => (hash ^ (hash >>> 15)) & (slots.length - 1)
