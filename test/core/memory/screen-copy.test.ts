// Packed documents and their int8 copies, of which only some slots are meant: results name slots.

import { expect, it } from 'vitest'
import { createPackedFormat, ENTRY_WORDS, startPackedMemory } from '../../../src/core/packed-documents.js'
import { createCopyFormat } from '../../../src/core/screen-copy.js'
import { random, randomRows } from '../../support/random.js'

const DIM = 8
const COUNT = 60

/** Documents of two rows in the memory of a kernel, and their copies. */
async function packedDocuments() {
  const { kernel } = await startPackedMemory({})
  const format = createPackedFormat(kernel, DIM, 'dot', 'f32')
  const copyFormat = createCopyFormat(kernel, DIM, 'dot')
  const next = random(9)
  const directory = new Uint32Array(ENTRY_WORDS * COUNT)
  const copied = new Uint32Array(ENTRY_WORDS * COUNT)
  let largest = 0
  for (let slot = 0; slot < COUNT; slot++) {
    const request = { document: randomRows(next, 2, DIM), rows: 2, path: `document ${slot}` }
    const address = kernel.memory.allocate(2 * format.rowBytes, true)
    const part = [ENTRY_WORDS * slot, ENTRY_WORDS * (slot + 1)] as const
    largest = Math.max(largest, format.pack({ ...request, address }, directory.subarray(...part)))
    const target = kernel.memory.allocate(2 * copyFormat.rowBytes, true)
    copyFormat.pack({ address, rows: 2 }, target, copied.subarray(...part))
  }
  const some = (slots: readonly number[] | undefined, entries: Uint32Array) => ({
    ...{ directory: entries, largest, nameOf: (slot: number) => `slot ${slot}` },
    ...{ length: slots?.length ?? COUNT, slots: slots && Uint32Array.from(slots) },
  })
  return { kernel, format, copyFormat, directory, copied, some, query: randomRows(next, 3, DIM) }
}

it('documents of some slots are ranked as among all, by slot', async () => {
  const { format, directory, some, query } = await packedDocuments()
  const all = format.rank(query, some(undefined, directory), COUNT)
  for (const slots of [[3, 10, 11, 40, 59], [59], [...Array(COUNT).keys()]]) {
    const expected = all.filter(({ index }) => slots.includes(index))
    expect(format.rank(query, some(slots, directory), COUNT)).toEqual(expected)
    expect(format.rank(query, some(slots, directory), 2)).toEqual(expected.slice(0, 2))
  }
})

it('the candidates among copies of some slots have the best of these slots, by slot', async () => {
  const { kernel, format, copyFormat, directory, copied, some, query } = await packedDocuments()
  const before = kernel.memory.used
  for (const slots of [undefined, [3, 10, 11, 40, 59], [59], [20, 21, 22, 23, 24, 25, 26, 50, 51, 52]]) {
    for (const limit of [1, 3]) {
      const best = format.rank(query, some(slots, directory), limit)
      const found = copyFormat.candidates(query, some(slots, copied), limit, -Infinity)!
      const positions = [...found.positions]
      expect(positions).toEqual([...positions].sort((a, b) => a - b))
      expect(best.map(({ index }) => index).filter(index => !positions.includes(index))).toEqual([])
      expect(positions.filter(slot => slots && !slots.includes(slot))).toEqual([])
      // the screen leaves few of all documents
      if (!slots) expect(positions.length).toBeLessThan(COUNT / 2)
      // no bound is below the score of its document
      for (const { index, score } of best)
        expect(found.uppers[positions.indexOf(index)]).toBeGreaterThanOrEqual(score)
      // documents below a floor may be missing, and no others
      const above = copyFormat.candidates(query, some(slots, copied), limit, best[0]!.score)!
      expect([...above.positions]).toContain(best[0]!.index)
    }
  }
  expect(kernel.memory.used).toBe(before)
})

it('numbers that are too large for a screen have no candidates, and take no memory', async () => {
  const { kernel, copyFormat, copied, some } = await packedDocuments()
  const before = kernel.memory.used
  const query = [Array<number>(DIM).fill(3e38)]
  expect(copyFormat.candidates(query, some([1, 2], copied), 1, -Infinity)).toBeUndefined()
  const large = { ...some([1, 2], copied), largest: 3e38 }
  expect(copyFormat.candidates([Array<number>(DIM).fill(1)], large, 1, -Infinity)).toBeUndefined()
  expect(() => copyFormat.candidates([[Number.NaN, ...Array<number>(DIM - 1).fill(1)]], large, 1, 0)).toThrow(
    '"query[0][0]" expected a finite number',
  )
  expect(kernel.memory.used).toBe(before)
})
