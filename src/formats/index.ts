// The public names of `maxsimd/formats`: reads and writes files of vectors and texts, a point at a time. All of it runs
// in browsers, except `openFile` and `createFile`, which need Node.

export type { Payload, PointId } from '../collection/collection.js'
export { documentIdOf, type IdentifiedPoint, identify } from '../collection/file-id.js'
export type { PackedRows } from '../collection/packed-rows.js'
export type { Qrels, Run } from '../evaluation/judgements.js'
export { writeNpz } from './arrays/npz-writer.js'
export { type ByteSink, type MemorySink, memorySink, writeText } from './bytes/byte-sink.js'
export { type ByteSource, blobSource, bytesSource, FormatError, watchedSource } from './bytes/byte-source.js'
export { createFile, openFile } from './bytes/node-file.js'
export type { FileColumns } from './file-columns.js'
export type { FileId, FilePoint, PointToWrite } from './file-point.js'
export { formatOf, type PointFormat, type ReadPointsOptions, readPoints } from './read-points.js'
export { jsonLines } from './text/jsonl.js'
export { type FileQuery, readQueries } from './text/query-lines.js'
export { type RunEntry, type RunLineOptions, readQrels, readRun, runLines } from './text/trec.js'
