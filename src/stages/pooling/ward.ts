// Hierarchical clustering by Ward's rule on cosine distances, exact, in O(rows²) by the nearest-neighbour chain
// (Murtagh 1983; Müllner 2011), with the choices of SciPy's `linkage(1 - similarities, 'ward')` where distances tie.
//
//   d(k, i∪j)² = ((nk + ni) d(k,i)² + (nk + nj) d(k,j)² - nk d(i,j)²) / (nk + ni + nj)      n: rows in a cluster
//
// Squared distances, in one square matrix in f64: 8 x rows² bytes. Knows nothing of what becomes of the clusters.

/** Two clusters, named by a row of each, and how far they were apart. */
interface Merge {
  readonly kept: number
  readonly gone: number
  readonly height: number
}

/**
 * The cluster of each row, where at most `count` are left: clusters that merge at one height all do, as with SciPy's
 * `fcluster(…, 'maxclust')`. A cluster's number is that of any of its rows.
 */
export function wardClusters(unit: Float64Array, dim: number, count: number): Uint32Array {
  const rows = unit.length / dim
  const merges = chain(squaredDistances(unit, dim), rows)
  const cut = merges[rows - count - 1]?.height ?? -1
  const parent = Uint32Array.from({ length: rows }, (_, row) => row)
  const rootOf = (row: number): number => {
    let root = row
    while (parent[root] !== root) root = parent[root]!
    return root
  }
  for (const { kept, gone, height } of merges) if (height <= cut) parent[rootOf(gone)] = rootOf(kept)
  return parent.map((_, row) => rootOf(row))
}

/** (1 - cosine)² of each pair of rows of unit length. */
function squaredDistances(unit: Float64Array, dim: number): Float64Array {
  const rows = unit.length / dim
  const squares = new Float64Array(rows * rows)
  const set = (i: number, j: number, similarity: number) => {
    const square = (1 - similarity) ** 2
    squares[i * rows + j] = square
    squares[j * rows + i] = square
  }
  // four columns at a time, so that a row's number is read once for four products
  for (let i = 0; i < rows; i++) {
    const a = i * dim
    let j = i + 1
    for (; j + 3 < rows; j += 4) {
      const b = j * dim
      let [s0, s1, s2, s3] = [0, 0, 0, 0]
      for (let k = 0; k < dim; k++) {
        const value = unit[a + k]!
        s0 += value * unit[b + k]!
        s1 += value * unit[b + dim + k]!
        s2 += value * unit[b + 2 * dim + k]!
        s3 += value * unit[b + 3 * dim + k]!
      }
      set(i, j, s0)
      set(i, j + 1, s1)
      set(i, j + 2, s2)
      set(i, j + 3, s3)
    }
    for (; j < rows; j++) {
      let sum = 0
      for (let k = 0; k < dim; k++) sum += unit[a + k]! * unit[j * dim + k]!
      set(i, j, sum)
    }
  }
  return squares
}

/** All merges, lowest first. Uses `squares` up. */
function chain(squares: Float64Array, rows: number): Merge[] {
  const sizes = new Uint32Array(rows).fill(1)
  const alive = Array.from({ length: rows }, (_, row) => row)
  const path: number[] = []
  const merges: Merge[] = []
  while (alive.length > 1) {
    if (path.length === 0) path.push(alive[0]!)
    for (;;) {
      const here = path.at(-1)!
      // of equal neighbours the one before, else the chain would not end
      let next = path.at(-2) ?? -1
      let least = next < 0 ? Number.POSITIVE_INFINITY : squares[here * rows + next]!
      for (const other of alive) {
        const square = squares[here * rows + other]!
        if (square < least && other !== here) {
          least = square
          next = other
        }
      }
      if (next === path.at(-2)) break
      path.push(next)
    }
    const [a, b] = [path.pop()!, path.pop()!]
    const [gone, kept] = a < b ? [a, b] : [b, a]
    const height = squares[kept * rows + gone]!
    merges.push({ kept, gone, height })
    alive.splice(alive.indexOf(gone), 1)
    join(squares, rows, sizes, alive, kept, gone)
  }
  return merges.sort((a, b) => a.height - b.height)
}

/** The distances of two clusters that became one. */
function join(
  squares: Float64Array,
  rows: number,
  sizes: Uint32Array,
  alive: readonly number[],
  kept: number,
  gone: number,
): void {
  const [nk, ng] = [sizes[kept]!, sizes[gone]!]
  const between = squares[kept * rows + gone]!
  for (const other of alive) {
    if (other === kept) continue
    const n = sizes[other]!
    const square =
      ((n + nk) * squares[other * rows + kept]! + (n + ng) * squares[other * rows + gone]! - n * between) /
      (n + nk + ng)
    squares[other * rows + kept] = square
    squares[kept * rows + other] = square
  }
  sizes[kept] = nk + ng
}
