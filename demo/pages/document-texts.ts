// The documents of the demo of pages: one page each, as lines of text at places of the page, and grey bars.

/** A line of text: its left edge, its baseline from the top, its size in points, and the text in ASCII. */
export type TextLine = readonly [x: number, y: number, size: number, text: string]

/** A grey bar: left, top, width and height in points. */
export type Bar = readonly [x: number, y: number, width: number, height: number]

/** A page of A5. */
export interface DocumentText {
  readonly title: string
  readonly lines: readonly TextLine[]
  readonly bars: readonly Bar[]
}

/** Lines at the same left edge, one below another. */
const column = (x: number, y: number, step: number, ...texts: readonly string[]): TextLine[] =>
  texts.map((text, i) => [x, y + i * step, 11, text])

export const DOCUMENTS: readonly DocumentText[] = [
  {
    title: 'Invoice of a bakery',
    lines: [
      [40, 70, 20, 'Invoice'],
      ...column(40, 110, 18, 'Miller bakery', 'Customer: village school'),
      ...column(40, 180, 24, 'Rolls', 'Rye bread', 'Apple cake', 'Delivery'),
      ...column(300, 180, 24, '48.00', '36.50', '22.00', '5.00'),
      [40, 300, 13, 'Total amount'],
      [300, 300, 13, '111.50'],
      ...column(40, 480, 18, 'Please pay within thirty days', 'by bank transfer.'),
    ],
    bars: [[40, 278, 340, 2]],
  },
  {
    title: 'Timetable of a bus',
    lines: [
      [40, 70, 20, 'Bus timetable'],
      [40, 110, 12, 'Station'],
      [240, 110, 12, 'Departure'],
      ...column(40, 145, 26, 'Railway station', 'Market', 'Hospital', 'Airport', 'Harbour'),
      ...column(240, 145, 26, '08:10', '08:17', '08:25', '08:52', '09:04'),
      ...column(40, 500, 18, 'No service on Sunday', 'and public holidays.'),
    ],
    bars: [[40, 118, 340, 2]],
  },
  {
    title: 'Report on the weather',
    lines: [
      [40, 70, 20, 'Weather in July'],
      ...column(40, 110, 18, 'Rain fell on twelve days.', 'A thunderstorm flooded', 'the streets.'),
      [40, 210, 12, 'Temperature'],
      ...column(60, 400, 18, 'week 1   week 2   week 3   week 4'),
      ...column(40, 470, 18, 'The drought of last summer', 'did not return.'),
    ],
    bars: [
      [70, 330, 40, 52],
      [140, 300, 40, 82],
      [210, 260, 40, 122],
      [280, 290, 40, 92],
    ],
  },
  {
    title: 'Contract for a flat',
    lines: [
      [40, 70, 20, 'Rental contract'],
      ...column(40, 120, 20, 'The landlord lets the apartment', 'on the second floor', 'to the tenant.'),
      ...column(40, 220, 20, 'Monthly rent: 640', 'Heating: 90', 'Deposit: 1280'),
      ...column(40, 330, 20, 'The lease ends in September.', 'Pets need permission.'),
      ...column(40, 520, 20, 'Signature'),
    ],
    bars: [[130, 521, 200, 1]],
  },
  {
    title: 'Leaflet of a medicine',
    lines: [
      [40, 70, 20, 'Leaflet'],
      ...column(40, 115, 20, 'Tablets against headache', 'and fever'),
      ...column(40, 190, 20, 'Adults: one tablet,', 'three times daily'),
      ...column(40, 270, 20, 'Side effects:', 'nausea, dizziness, rash'),
      ...column(40, 350, 20, 'Ask your doctor', 'during pregnancy.'),
      ...column(40, 500, 20, 'Keep away from children.'),
    ],
    bars: [[30, 318, 360, 56]],
  },
  {
    title: 'Programme of a concert',
    lines: [
      [40, 70, 20, 'Concert'],
      ...column(40, 115, 20, 'Saturday evening', 'in the church'),
      ...column(40, 200, 26, 'Sonata for violin', 'Songs for choir', 'Symphony in C'),
      ...column(40, 320, 20, 'Orchestra and soloists', 'Conductor: Anna Weber'),
      ...column(40, 480, 20, 'Tickets at the entrance', 'Students half price'),
    ],
    bars: [[40, 286, 340, 2]],
  },
]
