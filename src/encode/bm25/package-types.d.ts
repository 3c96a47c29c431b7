// The members that stemmers.ts uses of packages.
declare module 'snowball-stemmers' {
  export function newStemmer(language: string): { stem(word: string): string }
}
declare module '@orama/stemmers/greek' {
  export function stemmer(word: string): string
}
