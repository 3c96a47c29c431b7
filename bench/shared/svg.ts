// Pictures of figures: a card that brings its own background, dark where the reader's system is, so that it can be read
// on any page. Knows shapes and colours, no figures.

/** A colour for each series, by its place; and names for classes of a style sheet. */
const SERIES: readonly (readonly [light: string, dark: string])[] = [
  ['#0f7b6c', '#3fc1ad'],
  ['#c2630a', '#f0a04b'],
  ['#5b5bb0', '#9d9df0'],
  ['#a0336f', '#e57ab2'],
]

const colours = (shade: 0 | 1) =>
  SERIES.map(
    (pair, i) => `.s${i}{fill:${pair[shade]};stroke:${pair[shade]}}text.t${i}{fill:${pair[shade]}}`,
  ).join('')

const STYLE = [
  'text{font:12px system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif;fill:#1f2328;stroke:none}',
  '.title{font-size:15px;font-weight:600}.small{font-size:11px}.faint{fill:#59636e}.strong{font-weight:600}',
  'text.halo{paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}.card{fill:#fff;stroke:#d1d9e0}.rule{stroke:#d1d9e0}.peak{stroke:#59636e;stroke-dasharray:4 3}',
  '.bad{fill:#cf222e}.line{fill:none;stroke-width:2}.pale{fill-opacity:.3}',
  colours(0),
  '@media(prefers-color-scheme:dark){text{fill:#e6edf3}.faint{fill:#9198a1}.card{fill:#0d1117;stroke:#3d444d}',
  'text.halo{stroke:#0d1117}',
  `.rule{stroke:#3d444d}.peak{stroke:#9198a1}.bad{fill:#ff7b72}${colours(1)}}`,
  // after the colours, which fill what they are given to
  '.line{fill:none}',
].join('')

/** A whole file; `title` is also what a screen reader says. */
export function picture(
  width: number,
  height: number,
  title: string,
  subtitle: string,
  body: string,
): string {
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

export function text(
  x: number,
  y: number,
  content: string,
  names = '',
  anchor: 'start' | 'middle' | 'end' = 'start',
): string {
  return `<text x="${round(x)}" y="${round(y)}" class="${names}" text-anchor="${anchor}">${escaped(content)}</text>`
}

export const bar = (x: number, y: number, width: number, height: number, names: string) =>
  `<rect x="${round(x)}" y="${round(y)}" width="${round(width)}" height="${height}" rx="2" class="${names}"/>`

export const rule = (x1: number, y1: number, x2: number, y2: number, names = 'rule') =>
  `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" class="${names}"/>`

export const point = (x: number, y: number, names: string) =>
  `<circle cx="${round(x)}" cy="${round(y)}" r="3" class="${names}"/>`

/** A line through points, with a dot on each. */
export function curve(points: readonly (readonly [x: number, y: number])[], names: string): string {
  const path = points.map(([x, y]) => `${round(x)},${round(y)}`).join(' ')
  const dots = points.map(([x, y]) => point(x, y, names))
  return [`<polyline points="${path}" class="line ${names}"/>`, ...dots].join('')
}

/** A round number that is at least `value`, and the steps to it: an axis from 0. */
export function axis(value: number): { readonly end: number; readonly ticks: readonly number[] } {
  const step = [1, 2, 5, 10, 20, 25, 50, 100].find(step => value / step <= 5) ?? value / 5
  const count = Math.max(1, Math.ceil(value / step))
  return { end: count * step, ticks: Array.from({ length: count + 1 }, (_, i) => i * step) }
}

const round = (value: number) => Math.round(value * 10) / 10

const escaped = (content: string) => content.replace(/[&<>"]/g, character => `&#${character.charCodeAt(0)};`)
