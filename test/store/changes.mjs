// The changes that kills interrupt. Each change has a number, and is the same in every process.

export const DIM = 16
/** Largest id. */
const IDS = 400
/** Points of an upsert. */
const POINTS = 30
/** Points of a batch. */
export const BATCH = 10

export function randomOf(seed) {
  let state = (seed * 2654435761) >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

const between = (random, low, high) => low + Math.floor(random() * (high - low + 1))

/** Returns random rows, for a query or a document. */
export function rowsOf(random, rows) {
  return { data: Float32Array.from({ length: rows * DIM }, () => random() - 0.5), dim: DIM }
}

/**
 * Returns change `n`: points to upsert, ids to delete, ids whose payload changes (`marked`), points whose vector changes
 * (`moved`), or a compaction.
 */
export function changeOf(n) {
  const random = randomOf(n + 1)
  const choice = random()
  if (choice < 0.12) return { compact: true }
  if (choice < 0.4 && choice >= 0.3) {
    const marked = Array.from({ length: between(random, 1, 40) }, () => between(random, 1, IDS))
    return { marked, mark: n }
  }
  if (choice < 0.3)
    return { ids: Array.from({ length: between(random, 1, 40) }, () => between(random, 1, IDS)) }
  const isMove = choice >= 0.4 && choice < 0.5
  // no id twice, so that repeating a change that was interrupted has the same result
  const ids = new Set()
  while (ids.size < POINTS) ids.add(between(random, 1, IDS))
  const points = Array.from(ids, id => ({
    id,
    vector: { colbert: rowsOf(random, between(random, 1, 6)) },
    ...(!isMove && { payload: { change: n } }),
  }))
  return isMove ? { moved: points } : { points }
}

/** Applies a change to a model, a Map from id to point. Of an upsert, applies the first `batches` only. */
export function applyTo(model, { points, ids, marked = [], mark, moved = [] }, batches = Infinity) {
  if (points) for (const point of points.slice(0, batches * BATCH)) model.set(point.id, point)
  for (const { id, vector } of moved) {
    const point = model.get(id)
    if (point) model.set(id, { ...point, vector })
  }
  for (const id of marked) {
    const point = model.get(id)
    if (point) model.set(id, { ...point, payload: { ...point.payload, mark } })
  }
  if (ids) for (const id of ids) model.delete(id)
  return model
}
