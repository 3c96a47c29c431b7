/** The URL of words.bin. */
export default new URL('./words.bin', import.meta.url)
