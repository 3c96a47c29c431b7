// Spells texts by the bytes of their UTF-8, as byte-level vocabularies do: each byte has a printable character.
import { type AlignedText, replace } from './aligned.js'

/** All characters that are not spelled as themselves. */
const NOT_PRINTABLE_ASCII = /[^!-~]/gu

/** The character for each byte: itself if it is printable, otherwise one from U+0100 on. */
function byteCharacters(): readonly string[] {
  let next = 256
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable = (byte > 32 && byte < 127) || (byte > 160 && byte !== 173)
    return String.fromCharCode(isPrintable ? byte : next++)
  })
}

const CHARACTERS = byteCharacters()
const UTF8 = new TextEncoder()

const spell = (character: string) => Array.from(UTF8.encode(character), byte => CHARACTERS[byte]!).join('')

/** Replaces each character by the characters of its bytes. */
export const spellBytes = (piece: AlignedText): AlignedText => replace(piece, NOT_PRINTABLE_ASCII, spell)
