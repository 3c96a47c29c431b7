// The public names of `maxsimd/formats`: files of vectors and texts, read and written a point at a time. Runs anywhere;
// files of Node are opened by `openFile` and `createFile`.

export type { Qrels, Run } from '../evaluation/judgements.js'
export { type PointToWrite, writeNpz } from './arrays/npz-writer.js'
export { type ByteSink, memorySink, writeText } from './bytes/byte-sink.js'
export { type ByteSource, blobSource, bytesSource, FormatError, watchedSource } from './bytes/byte-source.js'
export { createFile, openFile } from './bytes/node-file.js'
export type { FilePoint, Rows } from './file-point.js'
export { formatOf, type PointFormat, readPoints } from './read-points.js'
export { jsonLines } from './text/jsonl.js'
export { type FileQuery, readQueries } from './text/query-lines.js'
export { type RunEntry, readQrels, readRun, runLines } from './text/trec.js'
