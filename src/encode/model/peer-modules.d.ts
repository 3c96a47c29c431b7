// An optional peer that is not installed here: what is used of it is typed in transformers.ts.
declare module '@huggingface/transformers'
