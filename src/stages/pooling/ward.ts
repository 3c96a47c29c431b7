// Clusters unit rows hierarchically by Ward's rule on cosine distances. Exact, in O(rows²), by the nearest-neighbour
// chain (Murtagh 1983; Müllner 2011). Ties are decided as SciPy's `linkage(1 - similarities, 'ward')` decides them, and distances
// are rounded as there: heights that are equal in exact arithmetic differ by their rounding, which decides where a tree is cut.
// The distance of equal rows is exactly 0, so that they become one cluster first. (With their rounded distances, some of which are
// negative, SciPy refuses to cut the tree.)
//
//   d(k, i∪j)² = ((nk + ni) d(k,i)² + (nk + nj) d(k,j)² - nk d(i,j)²) / (nk + ni + nj)      n: rows in a cluster
//
// Distances are a square matrix in f64, which takes 8 x rows² bytes.

/** Two clusters that were merged. Each is named by one of its rows. */
interface Merge {
  readonly kept: number
  readonly removed: number
  /** Distance of the two. */
  readonly height: number
}

/** The clusters of a document while they are merged. */
interface Clusters {
  readonly rows: number
  /** Distances between clusters: `[row][row]`. */
  readonly distances: Float64Array
  /** Rows in each cluster. */
  readonly sizes: Uint32Array
  /** Rows that name a cluster, in ascending order. */
  readonly names: number[]
}

/**
 * Returns the cluster of each row, named by one of its rows. At most `count` clusters remain: merges at the same height
 * are made together, as in SciPy's `fcluster(…, 'maxclust')`.
 */
export function wardClusters(unitRows: Float64Array, dim: number, count: number): Uint32Array {
  const rows = unitRows.length / dim
  const merges = mergeAll(cosineDistances(unitRows, dim), rows)
  const cut = merges[rows - count - 1]?.height ?? -1
  const parent = Uint32Array.from({ length: rows }, (_, row) => row)
  const rootOf = (row: number): number => {
    let root = row
    while (parent[root] !== root) root = parent[root]!
    return root
  }
  for (const { kept, removed, height } of merges) if (height <= cut) parent[rootOf(removed)] = rootOf(kept)
  return parent.map((_, row) => rootOf(row))
}

/** Rows that are less similar are not equal. */
const NEARLY_ONE = 1 - 1e-9

/** 1 - cosine of each pair of unit rows, at least 0; 0 for equal rows other than zeros. */
function cosineDistances(unitRows: Float64Array, dim: number): Float64Array {
  const rows = unitRows.length / dim
  const distances = new Float64Array(rows * rows)
  const set = (i: number, j: number, similarity: number) => {
    const areEqual = similarity > NEARLY_ONE && areEqualRows(unitRows, dim, i, j)
    const distance = areEqual ? 0 : Math.max(0, 1 - similarity)
    distances[i * rows + j] = distance
    distances[j * rows + i] = distance
  }
  // four columns at a time, so that each element of row i is read once for four products
  for (let i = 0; i < rows; i++) {
    const a = i * dim
    let j = i + 1
    for (; j + 3 < rows; j += 4) {
      const b = j * dim
      let [s0, s1, s2, s3] = [0, 0, 0, 0]
      for (let k = 0; k < dim; k++) {
        const value = unitRows[a + k]!
        s0 += value * unitRows[b + k]!
        s1 += value * unitRows[b + dim + k]!
        s2 += value * unitRows[b + 2 * dim + k]!
        s3 += value * unitRows[b + 3 * dim + k]!
      }
      set(i, j, s0)
      set(i, j + 1, s1)
      set(i, j + 2, s2)
      set(i, j + 3, s3)
    }
    for (; j < rows; j++) {
      let sum = 0
      for (let k = 0; k < dim; k++) sum += unitRows[a + k]! * unitRows[j * dim + k]!
      set(i, j, sum)
    }
  }
  return distances
}

function areEqualRows(rows: Float64Array, dim: number, i: number, j: number): boolean {
  for (let k = 0; k < dim; k++) if (rows[i * dim + k] !== rows[j * dim + k]) return false
  return true
}

/** Merges until one cluster is left. Returns all merges, lowest first. Overwrites `distances`. */
function mergeAll(distances: Float64Array, rows: number): Merge[] {
  const clusters: Clusters = {
    rows,
    distances,
    sizes: new Uint32Array(rows).fill(1),
    names: Array.from({ length: rows }, (_, row) => row),
  }
  const { names } = clusters
  const chain: number[] = []
  const merges: Merge[] = []
  while (names.length > 1) {
    extendChain(chain, clusters)
    const [a, b] = [chain.pop()!, chain.pop()!]
    const [removed, kept] = a < b ? [a, b] : [b, a]
    merges.push({ kept, removed, height: distances[kept * rows + removed]! })
    names.splice(names.indexOf(removed), 1)
    merge(clusters, kept, removed)
  }
  return merges.sort((a, b) => a.height - b.height)
}

/** Appends nearest neighbours to a chain of clusters until its last two are each other's nearest neighbours. */
function extendChain(chain: number[], { rows, distances, names }: Clusters): void {
  if (chain.length === 0) chain.push(names[0]!)
  for (;;) {
    const last = chain.at(-1)!
    // of equally near neighbours the previous one, otherwise the chain would not end
    let nearest = chain.at(-2) ?? -1
    let smallest = nearest < 0 ? Number.POSITIVE_INFINITY : distances[last * rows + nearest]!
    for (const other of names) {
      const distance = distances[last * rows + other]!
      if (distance < smallest && other !== last) {
        smallest = distance
        nearest = other
      }
    }
    if (nearest === chain.at(-2)) return
    chain.push(nearest)
  }
}

/** Updates distances and sizes after two clusters were merged. `removed` is no longer among the names. */
function merge({ rows, distances, sizes, names }: Clusters, kept: number, removed: number): void {
  const [keptSize, removedSize] = [sizes[kept]!, sizes[removed]!]
  const between = distances[kept * rows + removed]!
  for (const other of names) {
    if (other === kept) continue
    const size = sizes[other]!
    const [toRemoved, toKept] = [distances[other * rows + removed]!, distances[other * rows + kept]!]
    // in this order of operations, as in SciPy
    const scale = 1 / (removedSize + keptSize + size)
    const square =
      (size + removedSize) * scale * toRemoved * toRemoved +
      (size + keptSize) * scale * toKept * toKept -
      size * scale * between * between
    const distance = Math.sqrt(Math.max(0, square))
    distances[other * rows + kept] = distance
    distances[kept * rows + other] = distance
  }
  sizes[kept] = keptSize + removedSize
}
