// The documents and the question of the lesson "Multi-Vector Embeddings in Qdrant", verbatim. examples/lesson.mjs has a
// copy, so that it can be used without this file; test/demo/lesson.test.ts compares them.

export const documents: readonly string[] = [
  // highly relevant: addresses all of the question
  'When async tasks fail to return database connections, the pool becomes exhausted and requests start failing. ' +
    'Ensuring connections are closed after awaits prevents this.',
  // partially relevant: mentions some of it
  'Database resource exhaustion can occur due to limited pool sizes.',
  // stuffed with related terms, without substance
  'Understanding concurrency, async IO, and database performance in Python web applications.',
  // irrelevant
  'Handling training for pythons should be done gradually, starting with short sessions and increasing duration as ' +
    'the snake becomes more comfortable.',
]

export const question = 'How can I prevent Python database connection pool exhaustion?'
