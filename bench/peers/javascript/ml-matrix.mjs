// ml-matrix as people use it: a matrix product for each document, the maxima of its rows, and their sum.

import { Matrix } from 'ml-matrix'
import { versionOf } from './version.mjs'

const matrix = ({ data, dim }) => Matrix.from1DArray(data.length / dim, dim, data)

export function create({ query, documents }) {
  const transposed = documents.map(document => matrix(document).transpose())
  return {
    version: versionOf('ml-matrix'),
    scores() {
      const rows = matrix(query)
      return transposed.map(document =>
        rows
          .mmul(document)
          .max('row')
          .reduce((sum, value) => sum + value, 0),
      )
    },
  }
}
