// Text output: progress, styles and candidates.

import { describe, expect, it } from 'vitest'
import { parseCandidates } from '../../src/cli/candidates.js'
import { formatBytes, formatCount } from '../../src/cli/output/format-figures.js'
import { createProgress } from '../../src/cli/output/progress.js'
import { createStyle, wantsStyle } from '../../src/cli/output/style.js'

describe('wantsStyle', () => {
  it.each<[boolean, Record<string, string>, boolean | undefined]>([
    [true, {}, true],
    [false, {}, undefined],
    [false, { NO_COLOR: '1' }, true],
    [true, { NO_COLOR: '' }, true],
    [false, { NO_COLOR: '1', FORCE_COLOR: '1' }, true],
    [true, { FORCE_COLOR: '1' }, undefined],
    [false, { FORCE_COLOR: '0' }, true],
    [false, { TERM: 'dumb' }, true],
  ])('is %s with %j and isTTY %s', (expected, environment, isTTY) => {
    expect(wantsStyle(environment, isTTY === undefined ? {} : { isTTY })).toBe(expected)
  })
})

describe('createStyle', () => {
  it('styles text, whatever standard output is', () => {
    const style = createStyle(true)
    expect(style('bold', 'a') + style('dim', 'b') + style('green', 'c') + style('yellow', 'd')).toBe(
      '\x1b[1ma\x1b[22m\x1b[2mb\x1b[22m\x1b[32mc\x1b[39m\x1b[33md\x1b[39m',
    )
    expect(style('bold', '')).toBe('')
  })

  it('returns text unchanged if styles are off', () => {
    expect(createStyle(false)('bold', 'a')).toBe('a')
  })
})

describe('createProgress', () => {
  const written = (isTTY: boolean) => {
    const out: string[] = []
    const progress = createProgress({ isTTY, write: text => out.push(text) })
    progress.phase('reading')
    progress.update(0.5)
    progress.finish('ready')
    return out
  }

  it('writes one line that changes on a terminal', () => {
    const bar = `${'█'.repeat(12)}${'░'.repeat(12)}`
    expect(written(true)).toEqual(['\r\x1b[2Kreading …', `\r\x1b[2Kreading ${bar} 50 %`, '\r\x1b[2Kready\n'])
  })

  it('writes a line for each phase elsewhere', () => {
    expect(written(false)).toEqual(['reading …\n', 'ready\n'])
  })

  it('shows the rate and the remaining time after a second', () => {
    let [time, line] = [0, '']
    const progress = createProgress({ isTTY: true, write: text => (line = text) }, () => time)
    progress.phase('reading')
    time = 2000
    progress.update(0.25, 3000)
    expect(line).toMatch(/ 25 %, 1,500\/s, 6 s left$/)
  })
})

describe('figures', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [7200, '7.2 kB'],
    [2 ** 30, '1.1 GB'],
  ])('formatBytes(%d) is %s', (value, text) => {
    expect(formatBytes(value)).toBe(text)
  })

  it.each([
    [0, '0 queries'],
    [1, '1 query'],
    [1200, '1,200 queries'],
  ])('formatCount(%d) is %s', (value, text) => {
    expect(formatCount(value, 'query', 'queries')).toBe(text)
  })
})

describe('parseCandidates', () => {
  it('reads lines of text and JSON objects with a text', () => {
    expect(parseCandidates('a\n\n{"id":7,"text":"b"}\r\n{broken\n{"x":1}')).toEqual([
      { source: 'a', text: 'a', line: 1 },
      { source: '{"id":7,"text":"b"}', text: 'b', id: 7, line: 3 },
      { source: '{broken', text: '{broken', line: 4 },
      { source: '{"x":1}', text: '{"x":1}', line: 5 },
    ])
  })
})
