// All metrics and dtypes, from the tables of the library: a new one is tested without a change here.

import { DTYPES, type Dtype } from '../../src/core/dtype.js'
import { METRICS, type Metric } from '../../src/core/metric.js'

export const METRIC_NAMES = Object.keys(METRICS) as Metric[]
export const DTYPE_NAMES = Object.keys(DTYPES) as Dtype[]

/** The metrics that documents of `dtype` can be scored with. */
export const metricsFor = (dtype: Dtype) =>
  METRIC_NAMES.filter(metric => dtype !== 'binary' || metric !== 'manhattan')

/** The dtypes whose documents can be scored with a metric. */
export const dtypesFor = (metric: Metric) => DTYPE_NAMES.filter(dtype => metricsFor(dtype).includes(metric))

/** Orders two scores, the better one first. */
export const compareScores = (metric: Metric) => (a: number, b: number) =>
  METRICS[metric].ascending ? a - b : b - a
