// How images are prepared, read from preprocessor_config.json: defaults, tables and refusals.

import { describe, expect, it } from 'vitest'
import { readImageSettings, sizeAt } from '../../../src/encode/pages/page-files.js'

const path = 'preprocessor_config.json'
const settingsOf = (json: object) => readImageSettings({ json: { do_resize: true, ...json }, path }, 1)

describe('the settings of images', () => {
  it('that a file leaves out are those of its processor: bytes from 0 to 1, not normalized', () => {
    const { filter, tables } = settingsOf({})
    expect([filter, tables.length]).toEqual([1, 3])
    for (const table of tables) {
      expect([table[0], table[1], table[51], table[255]]).toEqual([
        0,
        ...[1, 51, 255].map(each => Math.fround(each / 255)),
      ])
    }
  })

  it('name the filter, the factor, and the mean and the deviation of each colour', () => {
    const { filter, tables } = settingsOf({
      resample: 3,
      rescale_factor: 0.5,
      do_normalize: true,
      image_mean: [0, 1, 2],
      image_std: [1, 2, 4],
    })
    expect(filter).toBe(3)
    expect(tables.map(table => table[20])).toEqual([10, 4.5, 2])
    expect(settingsOf({ do_rescale: false, rescale_factor: 0.5 }).tables[2]![20]).toBe(20)
  })

  const [image_mean, image_std] = [
    [0, 0, 0],
    [1, 1, 1],
  ]

  it.each<[object, string]>([
    [{ do_resize: false }, 'expected "do_resize": true, got false'],
    [{ do_resize: undefined }, 'expected "do_resize": true, got undefined'],
    [{ resample: 6 }, 'expected "resample" from 1 to 5, got 6'],
    [{ do_normalize: true, image_std }, 'expected three numbers as "image_mean", got undefined'],
    [{ do_normalize: true, image_mean }, 'expected three numbers as "image_std", got undefined'],
    [
      { do_normalize: true, image_mean: [0.5, 0.5], image_std },
      'expected three numbers as "image_mean", got [0.5,0.5]',
    ],
    [
      { do_normalize: true, image_mean, image_std: [1, '1', 1] },
      'expected three numbers as "image_std", got [1,"1",1]',
    ],
  ])('are refused: %j', (json, message) => {
    expect(() => settingsOf(json)).toThrow(new RangeError(`${path} ${message}`))
  })

  it('have sizes from 1 to 65,536, or the usual one if the file names no size', () => {
    const at = (height: unknown, usual?: number) =>
      sizeAt({ json: { size: { height } }, path }, 'size.height', usual)
    expect([at(1), at(65_536, 7), at(undefined, 7)]).toEqual([1, 65_536, 7])
    for (const value of [0, 65_537, 1.5, '448', null, undefined]) {
      expect(() => at(value)).toThrow(
        new RangeError(
          `${path} expected a whole number from 1 to 65536 as "size.height", got ${JSON.stringify(value)}`,
        ),
      )
    }
  })
})
