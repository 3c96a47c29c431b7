// The public names of `maxsimd/formats`: files of vectors and texts, read and written a point at a time. Runs anywhere;
// files of Node are opened by `openFile` and `createFile`.

export type { Qrels, Run } from '../evaluation/judgements.js'
export { createFile, openFile } from './file.js'
export type { FilePoint, Rows } from './file-point.js'
export { jsonLines } from './jsonl.js'
export { type PointToWrite, writeNpz } from './npz-writer.js'
export { formatOf, type PointFormat, readPoints } from './read-points.js'
export { type ByteSink, memorySink, writeText } from './sink.js'
export { type ByteSource, blobSource, bytesSource, FormatError, watchedSource } from './source.js'
export { type Ranking, readQrels, readRun, runLines } from './trec.js'
