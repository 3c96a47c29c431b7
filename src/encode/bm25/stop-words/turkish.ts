// Written by scripts/make-bm25.mjs from Qdrant's stop words (Apache-2.0). Do not edit.
export const TURKISH =
  'acaba ama aslında az bazı belki biri birkaç birşey biz bu çok çünkü da daha de defa diye eğer en gibi hem hep hepsi her hiç için ile ise kez ki kim mı mu mü nasıl ne neden nerde nerede nereye niçin niye o sanki şey siz şu tüm ve veya ya yani'
