// An optional peer that is not installed here. The members that are used are typed in transformers.ts.
declare module '@huggingface/transformers'
