/** What the bundler makes of the file: its URL, its path or its bytes. */
declare const file: any
export default file
