// Draws the figures of README.md and docs/: `node scripts/make-figures.mjs`, after a build. The numbers are real: the built
// package scores the texts with the static word vectors of data/words.bin.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

const STYLE = `text{font:13px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;fill:#1f2328}
.title{font-weight:600}.faint{fill:#59636e}.number{font-variant-numeric:tabular-nums}.cell{fill:#0f7b6c}
.card{fill:#fff;stroke:#d1d9e0}.best{fill:none;stroke:#c2630a;stroke-width:2}.sum{fill:#c2630a;font-weight:600}
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.faint{fill:#9198a1}.card{fill:#0d1117;stroke:#3d444d}
.cell{fill:#3fc1ad}.best{stroke:#f0a04b}.sum{fill:#f0a04b}}`

const CELL = { width: 82, height: 30 }
const LEFT = 90
const TOP = 84

const escapeXml = value => String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;')
const text = (x, y, value, names = '', anchor = 'start') =>
  `<text x="${x}" y="${y}" class="${names}" text-anchor="${anchor}">${escapeXml(value)}</text>`

/**
 * Draws the similarities of query words (lines) and document words (columns). The best cell of each line has a frame, and
 * their sum is the score.
 */
export function matrixFigure({ query, document, similarity }) {
  const right = LEFT + document.length * CELL.width
  const bottom = TOP + query.length * CELL.height
  const [width, height] = [right + 96, bottom + 48]
  const parts = [
    text(20, 28, `“${query.join(' ')}” in “${document.join(' ')}”`, 'title'),
    text(20, 48, 'similarity of each pair of words; the best of each line counts', 'faint'),
    ...document.map((word, j) => text(LEFT + (j + 0.5) * CELL.width, TOP - 10, word, '', 'middle')),
  ]
  let score = 0
  for (const [i, word] of query.entries()) {
    const y = TOP + i * CELL.height
    parts.push(text(LEFT - 10, y + 20, word, '', 'end'))
    const line = document.map((_, j) => similarity(i, j))
    const best = line.indexOf(Math.max(...line))
    score += line[best]
    for (const [j, value] of line.entries()) {
      const x = LEFT + j * CELL.width
      const opacity = (Math.max(0, value) ** 2 * 0.75).toFixed(3)
      parts.push(
        `<rect class="cell" x="${x + 1}" y="${y + 1}" width="${CELL.width - 2}" height="${CELL.height - 2}" rx="3" fill-opacity="${opacity}"/>`,
        text(x + CELL.width / 2, y + 20, value.toFixed(2), j === best ? 'number' : 'number faint', 'middle'),
      )
    }
    const x = LEFT + best * CELL.width
    parts.push(
      `<rect class="best" x="${x + 2}" y="${y + 2}" width="${CELL.width - 4}" height="${CELL.height - 4}" rx="3"/>`,
      text(right + 76, y + 20, `${i === 0 ? '' : '+ '}${line[best].toFixed(2)}`, 'number sum', 'end'),
    )
  }
  parts.push(text(right + 76, bottom + 24, `MaxSim = ${score.toFixed(2)}`, 'number sum', 'end'))
  const label = `MaxSim of “${query.join(' ')}” and “${document.join(' ')}”: ${score.toFixed(2)}`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(label)}">
<style>${STYLE.replaceAll('\n', '')}</style>
<rect class="card" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8"/>
${parts.join('\n')}
</svg>
`
}

/** Draws all figures. Returns their texts by file name. */
export async function makeFigures() {
  const load = path => import(pathToFileURL(join(root, 'dist', path)).href)
  const [{ createScorer }, { createStaticEncoder }] = await Promise.all([
    load('index.js'),
    load('encode/index.js'),
  ])
  const encoder = createStaticEncoder(readFileSync(join(root, 'data/words.bin')))
  const scorer = await createScorer()
  const [question, passage] = ['cheap flights to Italy', 'inexpensive airline tickets from London to Rome']
  const query = encoder.query(question)
  const [document] = encoder.documents([passage])
  const corpus = scorer.corpus({ dim: encoder.dim })
  corpus.add(document)
  const matrix = corpus.explain(query, 0).matrix()
  scorer.dispose()
  return {
    'docs/images/match-matrix.svg': matrixFigure({
      query: query.tokens.map(({ start, end }) => question.slice(start, end)),
      document: document.tokens.map(({ start, end }) => passage.slice(start, end)),
      similarity: (i, j) => matrix[i * document.tokens.length + j],
    }),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [file, content] of Object.entries(await makeFigures())) {
    mkdirSync(join(root, file, '..'), { recursive: true })
    writeFileSync(join(root, file), content)
    console.log(file)
  }
}
