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
    0.275, 0.55, 0.33, 1, 0.33, 0.285, 0.323, 0.65, 0.388, 0.179, 0.69, 0.464, 0.285, 0.58, 1,
  ]),
  weights: [1.624, 7.43, 4.771, 1.026, 7.318],
}
