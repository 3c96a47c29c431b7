// SimSIMD, whose successor NumKong is not on npm: its native dot product of two rows. The maxima are computed here.

import simsimd from 'simsimd'
import { versionOf } from './version.mjs'

const rowsOf = ({ data, dim }) =>
  Array.from({ length: data.length / dim }, (_, row) => data.subarray(row * dim, (row + 1) * dim))

export function create({ query, documents }) {
  const held = documents.map(rowsOf)
  return {
    version: versionOf('simsimd'),
    scores() {
      const rows = rowsOf(query)
      return held.map(document => {
        let score = 0
        for (const q of rows) {
          let best = -Infinity
          for (const d of document) {
            const similarity = simsimd.dot(q, d)
            if (similarity > best) best = similarity
          }
          score += best
        }
        return score
      })
    },
  }
}
