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

describe('progress on a terminal of a certain width', () => {
  const paths = [
    'notes',
    'a-folder-with-a-long-name/embeddings-train-00000-of-00001.parquet',
    '日本語の長いフォルダ/文書の埋め込みベクトル.npz',
    '👩‍👩‍👧‍👦/é́/ＦＵＬＬ/한국어/🇩🇪/e\u0301.jsonl',
    '',
  ]
  /** Columns by a rule of its own: every character beyond Latin takes two. */
  const widthOf = (line: string) =>
    [...line.normalize('NFC')].reduce(
      (sum, c) => sum + (/\p{Mark}|\u200d/u.test(c) ? 0 : c > '\u02ff' && !/[█░…]/.test(c) ? 2 : 1),
      0,
    )

  it.each([20, 40, 80, 1, 9])('never fills a line of %d columns, whatever the path', columns => {
    for (const path of paths) {
      let time = 0
      const lines: string[] = []
      const progress = createProgress({ isTTY: true, columns, write: text => lines.push(text) }, () => time)
      progress.phase('reading', path)
      for (const share of [0, 0.3, 0.5, 1]) {
        time += 5000
        progress.update(share, 1_234_567 * share)
      }
      for (const line of lines) {
        expect(line.startsWith('\r\x1b[2K'), line).toBe(true)
        expect(widthOf(line.slice(5)), `${columns} columns: ${line.slice(5)}`).toBeLessThan(columns)
      }
      expect(lines).toHaveLength(5)
    }
  })

  it('cuts the start of the path first, then leaves out the bar, then the rate', () => {
    const lineAt = (columns: number) => {
      let [time, line] = [0, '']
      const progress = createProgress(
        { isTTY: true, columns, write: text => (line = text.slice(5)) },
        () => time,
      )
      progress.phase('reading', 'folder/embeddings-00000-of-00001.parquet')
      time = 2000
      progress.update(0.25, 3000)
      return line
    }
    const bar = `${'█'.repeat(6)}${'░'.repeat(18)}`
    expect(lineAt(120)).toBe(
      `reading folder/embeddings-00000-of-00001.parquet ${bar} 25 %, 1,500/s, 6 s left`,
    )
    expect(lineAt(80)).toBe(`reading …0000-of-00001.parquet ${bar} 25 %, 1,500/s, 6 s left`)
    expect(lineAt(60)).toBe('reading …ngs-00000-of-00001.parquet 25 %, 1,500/s, 6 s left')
    expect(lineAt(40)).toBe('reading …gs-00000-of-00001.parquet 25 %')
    expect(lineAt(20)).toBe('reading …rquet 25 %')
  })

  it('follows the width when the window changes, and takes 80 columns if there is none', () => {
    const terminal: { isTTY: boolean; columns?: number | undefined; write(text: string): void } = {
      isTTY: true,
      columns: 100,
      write: text => lines.push(text.slice(5)),
    }
    const lines: string[] = []
    let time = 0
    const progress = createProgress(terminal, () => time)
    progress.phase('reading', 'x'.repeat(200))
    for (const columns of [30, undefined, 0]) {
      terminal.columns = columns
      time += 100
      progress.update(0.5)
    }
    expect(lines.map(line => line.length)).toEqual([99, 29, 79, 79])
  })

  it('does not cut on another stream', () => {
    const lines: string[] = []
    createProgress({ write: text => lines.push(text) }).phase('reading', 'x'.repeat(200))
    expect(lines).toEqual([`reading ${'x'.repeat(200)} …\n`])
  })

  it('has no rate before the first item is done', () => {
    let [time, line] = [0, '']
    const progress = createProgress({ isTTY: true, write: text => (line = text) }, () => time)
    progress.phase('reading')
    time = 3000
    progress.update(0.5, 0)
    expect(line).toMatch(/ 50 %, 3 s left$/)
  })

  it('updates the line at most every 80 ms, and always at the end', () => {
    const [times, lines]: [number[], string[]] = [[0, 10, 79, 80, 100, 160, 161], []]
    let time = 0
    const progress = createProgress({ isTTY: true, write: text => lines.push(text) }, () => time)
    progress.phase('reading')
    for (time of times) progress.update(time / 1000)
    time = 162
    progress.update(1)
    expect(lines.map(line => / (\d+) %/.exec(line)?.[1])).toEqual([undefined, '0', '8', '16', '100'])
  })

  it.each([
    [0.5, 10, '10 s left'],
    [0.5, 90, '2 min left'],
    [0.1, 1000, '2.5 h left'],
    [0.25, 20, '1 min left'],
  ])('after share %d in %d seconds shows %s', (share, seconds, text) => {
    let [time, line] = [0, '']
    const progress = createProgress({ isTTY: true, write: text => (line = text) }, () => time)
    progress.phase('reading')
    time = 1000 * seconds
    progress.update(share)
    expect(line.endsWith(`, ${text}`), line).toBe(true)
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
