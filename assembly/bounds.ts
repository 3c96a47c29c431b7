// Between which scores the f32 kernel's score of a document must lie, given its score on stored or rounded rows.
//
// For rows q and d that are read as q' and d':  |q·d - q'·d'| <= |q| |d - d'| + |q - q'| |d'|   (Cauchy and Schwarz),
// a maximum moves by no more than its largest argument, and f32 sums stray by (dim + 4) · 2^-24 |q| |d| and, in the
// range of denormals, 2^-149 a dim. Summed over query rows with their weights:
//
//   |f32 score - score'| <= error · A + length · B + |score'| · 2^-22 + C
//   A = Σ |w| |q|      B = Σ |w| (|q - q'| + (dim + 4) · 2^-24 |q|)      C = Σ |w| · dim · 2^-149 and the like
//
// The table's last word holds `length` (the longest row) and `error` (the largest |d - d'|) of a document, each as the
// upper half of an f32, rounded up.

/** Writes the lower and upper bound of each of `count` scores, rounded outwards. */
export function bounds(table: usize, count: i32, a: f64, b: f64, c: f64, scores: usize, lower: usize, upper: usize): void {
  for (let i = 0; i < count; i++) {
    const halves = load<u32>(table, 12)
    const length = <f64>reinterpret<f32>(halves & 0xffff0000)
    const error = <f64>reinterpret<f32>(halves << 16)
    const score = <f64>load<f32>(scores)
    const width = (error * a + length * b + Math.abs(score) * 2.4e-7 + c) * 1.000001
    // an f32 is within 2^-24 of what it rounds: 2.4e-7 has room for that too
    store<f32>(lower, <f32>(score - width))
    store<f32>(upper, <f32>(score + width))
    table += 16
    scores += 4
    lower += 4
    upper += 4
  }
}
