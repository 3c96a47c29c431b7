// Text output: progress, styles and candidates.

import { describe, expect, it } from 'vitest'
import { parseCandidates } from '../../src/cli/candidates.js'
import { withFlags } from '../../src/cli/indexing/index-arguments.js'
import { collectionInfoText } from '../../src/cli/output/collection-info-text.js'
import { formatBytes, formatCount } from '../../src/cli/output/format-figures.js'
import { highlight, hitsText, ignoredWordsText, withoutRowsText } from '../../src/cli/output/hits-text.js'
import { createProgress } from '../../src/cli/output/progress.js'
import { storeInfoText } from '../../src/cli/output/store-info-text.js'
import { createStyle, wantsStyle } from '../../src/cli/output/style.js'
import { verifyText } from '../../src/cli/output/verify-text.js'

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

  it('fills all columns but the last one before it leaves out the bar or cuts the text', () => {
    const lineAt = (columns: number) => {
      const lines: string[] = []
      const progress = createProgress({ isTTY: true, columns, write: text => lines.push(text.slice(5)) })
      progress.phase('reading')
      progress.update(0.5)
      return lines.at(-1)
    }
    const full = `reading ${'█'.repeat(12)}${'░'.repeat(12)} 50 %`
    expect([lineAt(full.length + 1), lineAt(full.length)]).toEqual([full, 'reading 50 %'])
    expect([lineAt(13), lineAt(12)]).toEqual(['reading 50 %', '…ading 50 %'])
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

  it.each([
    [0.999, 5, ' 50 %'],
    [1, 5, ' 50 %, 5.0/s, 1 s left'],
    [4, 10, ' 50 %, 2.5/s, 4 s left'],
    [4, 40, ' 50 %, 10/s, 4 s left'],
    [59, 0, ' 50 %, 59 s left'],
    [3599, 0, ' 50 %, 60 min left'],
    [3600, 0, ' 50 %, 1.0 h left'],
  ])('after %d seconds and %d items shows "%s"', (seconds, count, text) => {
    let [time, line] = [0, '']
    const progress = createProgress({ isTTY: true, write: text => (line = text) }, () => time)
    progress.phase('reading')
    time = 1000 * seconds
    progress.update(0.5, count)
    expect(line.slice(line.lastIndexOf(' 50'))).toBe(text)
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
    // JSON may have blanks and a line end of Windows
    expect(parseCandidates('{ "id": 7, "text": "b" }\r\n{\t"text":"c"}')).toMatchObject([
      { id: 7, text: 'b' },
      { text: 'c' },
    ])
    // the ids of BEIR's files, and a line that is not JSON from its first character
    expect(
      parseCandidates('{"_id":"d1","text":"b"}\n{"_id":2,"id":0,"text":"c"}\n {"text":"d"}'),
    ).toMatchObject([{ id: 'd1', text: 'b' }, { id: 0, text: 'c' }, { text: ' {"text":"d"}' }])
  })
})

it.each([
  [
    'expected a "vector"; the option "columns" sets other names',
    'expected a "vector"; choose others with --vector-column or --text-column',
  ],
  ['set the option "columns.id" to one of a, b', 'set --id-column to one of a, b'],
  [
    '"columns.vector" and "columns.text" are the same, "columns.id" is not',
    '"--vector-column" and "--text-column" are the same, "--id-column" is not',
  ],
])('a message of the library has the options of the command line: %s', (message, shown) => {
  expect(withFlags(message)).toBe(shown)
})

describe('hitsText', () => {
  const plain = createStyle(false)
  const match = (query: string, contribution: number, start = 0, end = 0) => ({
    query,
    document: query,
    contribution,
    start,
    end,
  })
  const hit = { location: 'a.md:1', score: 0.5, text: 'text', matches: [] }

  it('shows the matches that add at least a tenth of what the strongest adds', () => {
    const matches = [match('a', 10), match('b', 1), match('c', 0.99)]
    expect(hitsText([{ ...hit, matches }], plain)).toBe(
      ' 1. a.md:1  0.500\n    text\n    a ~ a 10.00, b ~ b 1.00\n',
    )
  })

  it('shows a function word only if it matches itself, and measures the others by the strongest shown', () => {
    const found = (query: string, document: string, contribution: number) => ({
      ...match(query, contribution),
      document,
    })
    const matches = [
      found('fear', 'that', 10),
      found('fear', 'afraid', 1.9),
      found('off', 'up', 1.5),
      found('Of', 'fear', 1.4),
      found('The', 'the', 1.3),
      found('of', 'The', 1.2),
    ]
    expect(
      hitsText(
        [
          { ...hit, matches },
          { ...hit, matches: matches.slice(0, 1) },
        ],
        plain,
      ),
    ).toBe(
      ' 1. a.md:1  0.500\n    text\n    fear ~ afraid 1.90, The ~ the 1.30\n 2. a.md:1  0.500\n    text\n',
    )
  })

  it('marks the earlier of two matches that overlap, and the neighbours of both', () => {
    const style = createStyle(true)
    const mark = (text: string) => style('green', style('bold', text))
    const matches = [match('c', 1, 4, 6), match('a', 1, 0, 3), match('b', 1, 2, 4), match('d', 1, 6, 8)]
    expect(highlight('aaabccdd', matches, style)).toBe(`${mark('aaa')}b${mark('cc')}${mark('dd')}`)
  })

  it('shows the part of a long passage with the best matches, between words', () => {
    const text = `${'word '.repeat(119)}longword end`
    expect(text.slice(600)).toBe('ord end')
    const style = createStyle(true)
    const shown = highlight(text, [match('end', 1, 604, 607)], style)
    expect(shown).toMatch(/^… word .* word longword /)
    expect(shown.endsWith(`longword ${style('green', style('bold', 'end'))}`)).toBe(true)
    expect(shown.length).toBeLessThan(440)
    expect(highlight(text, [match('word', 1, 0, 4)], plain)).toMatch(/^word .* word …$/)
    // a match beyond the part that is shown
    const both = [match('word', 1, 0, 4), match('word', 1, 500, 504)]
    expect(highlight(text, both, plain)).toBe(highlight(text, both.slice(0, 1), plain))
    expect(highlight('x'.repeat(700), [], plain)).toBe(`${'x'.repeat(400)} …`)
    expect(highlight('x'.repeat(400), [], plain)).toBe('x'.repeat(400))
  })

  it('writes no control character of a passage, a place, a word or a token', () => {
    const evil = '\x1b[2J'
    const token = { text: evil, start: 0, end: 4 }
    const row = { row: 0, similarity: 1, contribution: 1, token, queryToken: token }
    const shown = {
      location: evil,
      heading: `${evil}h`,
      score: 1,
      text: `a ${evil}`,
      matches: [match(evil, 1)],
    }
    for (const rows of [{}, { rows: [] }, { rows: [row] }]) {
      const text = hitsText([{ ...shown, ...rows }], plain)
      expect(text).not.toContain('\x1b')
      expect(text.split('\ufffd[2J')).toHaveLength(6)
    }
  })

  it('leaves out a heading that is the passage itself, and numbers the hits', () => {
    const hits = [
      { ...hit, heading: 'text' },
      { ...hit, heading: 'Title', text: 'a\n  b' },
      { ...hit, text: '' },
    ]
    expect(hitsText(hits, plain)).toBe(
      ' 1. a.md:1  0.500\n    text\n 2. a.md:1  Title  0.500\n    a b\n 3. a.md:1  0.500\n',
    )
  })
})

describe('verifyText', () => {
  const report = {
    ...{
      ok: false,
      collection: 'c',
      version: '1.19.0',
      kernel: 'simd',
      using: 'v',
      distance: 'Dot',
      datatype: 'float32',
    },
    ...{
      queries: 2,
      hits: 1200,
      disagreements: 1,
      maxDifference: 0.0123,
      allowedDifference: 0.0481,
      maxRatio: 0.256,
      bound: 'the bound',
    },
    ...{
      judged: true,
      checks: [],
      order: [],
      missed: [],
      documents: [],
      scanned: 0,
      placement: undefined,
      notes: [] as string[],
      problems: [] as string[],
      recall: undefined as number | undefined,
    },
  }
  const text = (changes: object) =>
    verifyText({ ...report, ...changes } as never, [{ id: 'q' }, { id: undefined }], createStyle(false))

  it('has what was compared, and the verdict', () => {
    expect(text({})).toBe(
      'c, Qdrant 1.19.0: "v", Dot, float32; kernel simd\n' +
        '2 queries; 1,200 hits checked; not scanned for missed points\n' +
        'largest difference 0.012, allowed 0.048; at most 26 % of what is allowed\nthe allowed difference is the bound\n' +
        'All scores are right, but the stored documents have faults.\n',
    )
    const wrong = { query: 0, id: 7, rank: 0, server: 1, local: 2, difference: 1, bound: 0.5, ok: false }
    for (const changes of [
      { checks: [wrong] },
      { order: [{ query: 0, worse: 4, better: 5, gap: 0.25 }] },
      { missed: [{ query: 0, id: 9, local: 3.5, lastScore: 1.5 }] },
    ])
      expect(text(changes)).toMatch(/\nThe server and the kernel do not agree\.\n$/)
    expect(
      text({
        ok: true,
        scanned: 5,
        using: '',
        version: undefined,
        placement: { shards: 2, replicas: 3, active: 3 },
      }),
    ).toBe(
      'c, 2 shards in 3 copies: unnamed vector, Dot, float32; kernel simd\n' +
        '2 queries; 1,200 hits checked; 5 points scanned, none missed\nlargest difference 0.012, allowed 0.048; at most 26 % of what is allowed\nthe allowed difference is the bound\n' +
        'The server and the kernel agree.\n',
    )
  })

  it('names copies only if there are several', () => {
    const subject = (replicas: number) =>
      text({ placement: { shards: 2, replicas, active: replicas } }).split(':')[0]
    expect([1, 2].map(subject)).toEqual(['c, Qdrant 1.19.0', 'c, Qdrant 1.19.0, 2 shards in 2 copies'])
  })

  it('says what was not judged', () => {
    const lines = text({
      ok: undefined,
      judged: false,
      scanned: 5,
      recall: 0.875,
      notes: ['other', 'not judged: codes'],
    }).split('\n')
    expect(lines.slice(1)).toEqual([
      '2 queries; 1,200 hits checked; 5 points scanned, none missed, recall 88 %',
      'largest difference 0.012; not judged',
      'note: other',
      'note: not judged: codes',
      'Not judged: codes.',
      '',
    ])
  })

  it('names the place and the figures of each problem', () => {
    const check = { query: 0, id: 7, rank: 0, server: 1, local: 2, difference: 1, bound: 0.5, ok: false }
    const lines = text({
      checks: [check, { ...check, query: 1, rank: 4, row: 3 }, { ...check, ok: true }],
      order: [{ query: 1, worse: 4, better: 5, gap: 0.25 }],
      missed: [{ query: 0, id: 9, local: 3.5, lastScore: 1.5 }],
      documents: [
        { id: 1, fault: 'stale', row: 2 },
        { id: 2, fault: 'swapped', row: 0, other: 3 },
        { id: 4, fault: 'missing' },
      ],
      problems: ['a problem'],
      scanned: 10,
      notes: ['a note'],
    }).split('\n')
    expect(lines[1]).toBe('2 queries; 1,200 hits checked; 10 points scanned, 1 missed')
    expect(lines.slice(4, -2)).toEqual([
      'a problem',
      'wrong score: query q, hit 1, point 7: server 1, kernel 2; difference 1, allowed 0.5',
      'wrong score: query 1, hit 5, point 7: server 1, kernel 2; difference 1, allowed 0.5; first in query row 3',
      'wrong order: query 1, point 4 is ranked before point 5, whose score is better by 0.25',
      'stale document: point 1, first different row 2',
      'swapped document: point 2, has the rows of point 3',
      'missing document: point 4',
      'missed: query q, point 9 has the score 3.500000, the last hit has 1.500000',
      'note: a note',
    ])
  })

  it('lists at most 20 problems', () => {
    const documents = (count: number) => Array.from({ length: count }, (_, id) => ({ id, fault: 'missing' }))
    expect(text({ documents: documents(20) }).match(/^missing/gm)).toHaveLength(20)
    expect(text({ documents: documents(20) })).not.toContain('more')
    expect(text({ documents: documents(23) })).toContain(
      '\nmissing document: point 19\nand 3 more; --json lists all\n',
    )
  })
})

describe('collectionInfoText', () => {
  const vector = {
    size: 128,
    distance: 'Dot',
    multivector_config: { comparator: 'max_sim' },
    hnsw_config: { m: 0 },
  }
  const cost = { originals: 1_500_000, quantized: 0, graph: 0 }
  const info = {
    ...{
      version: '1.19.0',
      status: 'green',
      points: 1,
      segments: 2,
      shards: 1,
      active: 1,
      replicas: 2,
      queued: 0,
    },
    warnings: [] as string[],
    size: { points: 1, rows: { v: 3.25 }, payloadBytes: 2 },
    estimate: { disk: 2e9, resident: 3e6, cached: 4e3, vectors: { v: cost } },
    config: { vectors: { v: vector }, payload_indexes: {} },
  }
  const text = (changes: object) =>
    collectionInfoText('c', { ...info, ...changes } as never, createStyle(false))

  it('has the state, the vectors and the costs', () => {
    expect(text({})).toBe(
      'c, Qdrant 1.19.0: green, 1 point in 2 segments, 1 shard, 1 of 2 replicas active\n' +
        '  v: 128 x float32, Dot, max_sim, no graph, 3.3 rows per document\n    originals 1.5 MB\n' +
        'one replica needs about 2.0 GB of disk, 3.0 MB of memory and 4.0 kB of page cache (estimated from 1 document)\n',
    )
  })

  it('has everything that a collection may have', () => {
    const quantized = { ...vector, datatype: 'float16', on_disk: true, memory: 'ram', hnsw_config: undefined }
    const lines = text({
      queued: 1,
      warnings: ['careful'],
      config: {
        vectors: { v: quantized },
        sparse_vectors: { words: {} },
        quantization_config: { scalar: {} },
        payload_indexes: { language: 'keyword', year: { type: 'integer' } },
      },
      estimate: { ...info.estimate, vectors: { v: { originals: 1, quantized: 1, graph: 1 } } },
    }).split('\n')
    expect(lines[0]).toBe(
      'c, Qdrant 1.19.0: green, 1 point in 2 segments, 1 shard, 1 of 2 replicas active, 1 update queued',
    )
    expect(lines.slice(1, 5)).toEqual([
      '  v: 128 x float16, Dot, max_sim, graph, on disk, ram, quantized: scalar, 3.3 rows per document',
      '    originals 1 B, quantized copies 1 B, graph 1 B',
      '  words: sparse',
      '  payload indexes: language (keyword), year (integer)',
    ])
    expect(lines.at(-2)).toBe('warning: careful')
    // a vector's own quantization comes first
    const own = { ...vector, quantization_config: { binary: {} } }
    expect(
      text({ config: { ...info.config, quantization_config: { scalar: {} }, vectors: { v: own } } }),
    ).toContain('quantized: binary')
  })
})

describe('the notice of', () => {
  it.each<[unknown: string[], suggestions: object[] | undefined, text: string | undefined]>([
    [[], undefined, undefined],
    [['a', 'b'], undefined, undefined],
    [['xyzzy', 'a', 'xyzzy'], undefined, 'ignored unknown word: xyzzy'],
    [['xyzzy', 'plugh'], undefined, 'ignored unknown words: xyzzy, plugh'],
    [
      ['spidre', 'x', 'plugh'],
      [{ word: 'spidre', nearest: 'spider' }, { word: 'x' }],
      'not in the index: spidre (did you mean spider?), x, plugh',
    ],
    [['a\x1b[1m'], undefined, 'ignored unknown word: a\ufffd[1m'],
  ])('unknown words %j with suggestions %j', (unknown, suggestions, text) => {
    expect(ignoredWordsText(unknown, suggestions as never)).toBe(text)
  })

  it('passages without rows', () => {
    expect([1, 2].map(count => withoutRowsText(count).slice(0, 45))).toEqual([
      '1 passage without rows yet, found by words on',
      '2 passages without rows yet, found by words o',
    ])
  })
})

describe('storeInfoText', () => {
  const info = {
    ...{
      points: 4,
      segments: 1,
      bytes: 7200,
      dead: 0,
      kernel: 'simd',
      memory: { budget: 1000 },
      damage: [] as unknown[],
    },
    vectors: { v: { rows: 10, bytes: 1000, on_disk: false } },
  }
  const vectors = {
    v: { size: 2, datatype: 'float16', distance: 'Dot', multivector_config: { comparator: 'max_sim' } },
  }
  const text = (changes: object) =>
    storeInfoText('s', { ...info, ...changes } as never, vectors as never, {}, createStyle(false))

  it('says where vectors are when a query runs', () => {
    expect(text({})).toBe(
      's: 4 points in 1 segment, 7.2 kB on disk\n  v: 2 x float16, Dot, max_sim, 2.5 rows per document\n' +
        '    1.0 kB of vectors, in memory after the first query\n',
    )
    const stored = (bytes: number, on_disk: boolean) => text({ vectors: { v: { rows: 10, bytes, on_disk } } })
    expect(stored(1001, false)).toContain(
      '1.0 kB of them stay in memory, each query reads the rest from disk',
    )
    expect(stored(10, true)).toContain('10 B of vectors, read from disk by each query')
    // the copies that screen the rows are in memory too
    const copied = (copy: number) =>
      text({ vectors: { v: { rows: 10, bytes: 600, copy: { bytes: copy }, on_disk: false } } })
    expect(copied(400)).toContain(
      '600 B of vectors and 400 B of int8 copies, in memory after the first query',
    )
    expect(copied(401)).toContain('1.0 kB of them stay in memory, each query reads the rest from disk')
  })

  it('counts deleted points, and names damage', () => {
    expect(text({ dead: 1 })).toContain('on disk, 1 deleted or replaced point not yet removed from disk\n')
    expect(text({ damage: [{ file: 'a' }] })).toMatch(/\ndamaged: \{"file":"a"\}\n$/)
    expect(text({ points: 0 })).toContain('max_sim\n')
  })
})
