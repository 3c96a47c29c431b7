// The options and the notices of a first stage, without a store: limits, the growth from which drift is measured, words of
// a shell.

import { describe, expect, it } from 'vitest'
import { checkStageOptions, driftOf, driftText, quoted } from '../../src/cli/first-stage/stage-options.js'
import type { StagedStore } from '../../src/stages/index.js'

const drift = { error: 0.314, fittedError: 0.206, isDue: false }

describe('the drift of a first stage', () => {
  const grown = (fitted: number, documents: number) =>
    driftOf({
      count: async () => documents,
      firstStage: { documents: fitted, drift: async () => drift },
    } as unknown as StagedStore)

  it('is measured when more than a tenth of the documents were added', async () => {
    expect([await grown(100, 110), await grown(1000, 1100)]).toEqual([undefined, undefined])
    expect(await grown(100, 111)).toEqual({ ...drift, documents: 111 })
    expect(await driftOf({ count: async () => 9, firstStage: undefined } as unknown as StagedStore)).toBe(
      undefined,
    )
  })

  it('says whether a new fit is due, and with which command', () => {
    const text = (isDue: boolean, store: string) =>
      driftText({ documents: 1000 } as never, { ...drift, isDue, documents: 2500 }, store)
    const grown =
      'the first stage was fitted when there were 1,000 documents, and there are 2,500; its predictions miss 31 % of the ' +
      'variance of scores, and 21 % when it was fitted; '
    expect(text(false, 's')).toBe(`${grown}no new fit is due`)
    expect(text(true, 'my store')).toBe(
      `${grown}fit it again: npx maxsimd index --store 'my store' --first-stage lemur`,
    )
  })
})

it.each([
  ['a/B_1.c:d@e%f+g-h', 'a/B_1.c:d@e%f+g-h'],
  ['a b', "'a b'"],
  ["it's", "'it'\\''s'"],
  ['$HOME', "'$HOME'"],
  ['', "''"],
])('the word %j of a shell is %s', (word, shown) => {
  expect(quoted(word)).toBe(shown)
})

describe('the options of a first stage', () => {
  it.each([{ stageSize: 16 }, { stageSize: 4096 }, { candidates: 10 }, { stageDatatype: 'i8' }] as const)(
    'take %j',
    options => {
      expect(() => checkStageOptions({ firstStage: 'lemur', ...options })).not.toThrow()
    },
  )

  it.each([
    [{ stageSize: 15 }, '"--stage-size" expected a whole number from 16 to 4096, got "15"'],
    [{ stageSize: 4097 }, '"--stage-size" expected a whole number from 16 to 4096, got "4097"'],
    [{ candidates: 9 }, '"--candidates" expected a whole number of at least 10, got "9"'],
    [
      { firstStage: 'none', stageDatatype: 'i8' },
      '"--stage-datatype" requires --first-stage lemur, mean or muvera',
    ],
    [{ firstStage: 'none', candidates: 50 }, '"--candidates" requires --first-stage lemur, mean or muvera'],
  ] as const)('refuse %j', (options, message) => {
    const check = () => checkStageOptions({ firstStage: 'lemur', ...options })
    expect(check).toThrow(expect.objectContaining({ name: 'UsageError', message }))
  })
})
