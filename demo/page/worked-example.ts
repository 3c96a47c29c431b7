// The example that the page shows while it loads: figures of "to sleep through the winter" and its first answer, rounded.
// The tests compare them with the dictionary's.

/** A comparison and a sentence on it. */
export const WORKED_EXAMPLE = {
  text:
    'You type "to sleep through the winter", and the first answer is "hibernate: sleep during winter". Two of your words ' +
    'are in that definition. "through" has its best match in "during". The common words "to" and "the" add little.',
  query: ['to', 'sleep', 'through', 'the', 'winter'],
  document: [{ text: 'sleep' }, { text: 'during' }, { text: 'winter' }],
  similarities: new Float32Array([
    0.2745, 0.5502, 0.3302, 1, 0.3296, 0.2847, 0.3234, 0.6503, 0.3881, 0.1787, 0.6899, 0.4642, 0.2847, 0.5797,
    1,
  ]),
  weights: [1.6242, 7.4301, 4.7706, 1.0257, 7.3181],
}
