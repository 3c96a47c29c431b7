/** The URL of words.bin: `readFile` of `node:fs/promises` and `fetch` take it. */
declare const wordFile: URL
export default wordFile
