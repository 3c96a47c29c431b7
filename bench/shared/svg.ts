// Building blocks of SVG charts: a card with its own background, light or dark like the reader's system, so that it is
// legible on any page.

/** The colours of series 0 to 4. Series `i` has the class `s${i}`, and its text `t${i}`. */
const SERIES: readonly (readonly [light: string, dark: string])[] = [
  ['#0f7b6c', '#3fc1ad'],
  ['#c2630a', '#f0a04b'],
  ['#5b5bb0', '#9d9df0'],
  ['#a0336f', '#e57ab2'],
  ['#2266c0', '#6cb0ff'],
]

const coloursOf = (shade: 0 | 1) =>
  SERIES.map(
    (pair, i) => `.s${i}{fill:${pair[shade]};stroke:${pair[shade]}}text.t${i}{fill:${pair[shade]}}`,
  ).join('')

const STYLE = [
  'text{font:12px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;fill:#1f2328;stroke:none}',
  '.title{font-size:15px;font-weight:600}.small{font-size:11px}.faint{fill:#59636e}.strong{font-weight:600}',
  'text.halo{paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}.card{fill:#fff;stroke:#d1d9e0}.rule{stroke:#d1d9e0}.peak{stroke:#59636e;stroke-dasharray:4 3}',
  '.bad{fill:#cf222e}.line{fill:none;stroke-width:2}.pale{fill-opacity:.3}',
  coloursOf(0),
  '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.faint{fill:#9198a1}.card{fill:#0d1117;stroke:#3d444d}',
  'text.halo{stroke:#0d1117}',
  `.rule{stroke:#3d444d}.peak{stroke:#9198a1}.bad{fill:#ff7b72}${coloursOf(1)}}`,
  // after the colours, which set a fill
  '.line{fill:none}',
].join('')

/** A whole file. The title is also the label for screen readers. */
export function chart({
  width,
  height,
  title,
  subtitle,
  body,
}: {
  width: number
  height: number
  title: string
  subtitle: string
  body: string
}): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}</style>`,
    `<rect class="card" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8"/>`,
    text(20, 30, title, 'title'),
    text(20, 50, subtitle, 'small faint'),
    body,
    '</svg>',
    '',
  ].join('\n')
}

/** A text at its baseline. `names` are classes of the style sheet. */
export function text(
  x: number,
  y: number,
  content: string,
  names = '',
  anchor: 'start' | 'middle' | 'end' = 'start',
): string {
  return `<text x="${round(x)}" y="${round(y)}" class="${names}" text-anchor="${anchor}">${escaped(content)}</text>`
}

/** A bar. */
export const bar = (x: number, y: number, width: number, height: number, names: string) =>
  `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${height}" rx="2" class="${names}"/>`

/** A straight line. */
export const rule = (x1: number, y1: number, x2: number, y2: number, names = 'rule') =>
  `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" class="${names}"/>`

/** A dot. */
export const point = (x: number, y: number, names: string) =>
  `<circle cx="${round(x)}" cy="${round(y)}" r="3" class="${names}"/>`

/** A line through points, with a dot on each. */
export function curve(points: readonly (readonly [x: number, y: number])[], names: string): string {
  const path = points.map(([x, y]) => `${round(x)},${round(y)}`).join(' ')
  const dots = points.map(([x, y]) => point(x, y, names))
  return [`<polyline points="${path}" class="line ${names}"/>`, ...dots].join('')
}

/** An axis from 0: its end, a round number that is at least `value`, and its ticks. */
export function axis(value: number): { readonly end: number; readonly ticks: readonly number[] } {
  const step = [1, 2, 5, 10, 20, 25, 50, 100].find(step => value / step <= 5) ?? value / 5
  const count = Math.max(1, Math.ceil(value / step))
  return { end: count * step, ticks: Array.from({ length: count + 1 }, (_, i) => i * step) }
}

const round = (value: number) => Math.round(value * 10) / 10

const escaped = (content: string) => content.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`)
