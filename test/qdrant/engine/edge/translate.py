"""Translates REST bodies to the engine's objects. Unknown parts are refused by name, so that nothing is ignored."""

import uuid

import qdrant_edge as engine


class Unknown(Exception):
    """A part of a request that this front does not translate."""


def known(body, *names):
    for name in body:
        if name not in names:
            raise Unknown(f'"{name}"')


def point_id(value):
    return value if isinstance(value, int) else uuid.UUID(value)


def one(names, value):
    if value not in names:
        raise Unknown(f'"{value}"')
    return names[value]


DISTANCES = {name: getattr(engine.Distance, name) for name in ('Dot', 'Cosine', 'Euclid', 'Manhattan')}
DATATYPES = {
    'float32': engine.VectorStorageDatatype.Float32,
    'float16': engine.VectorStorageDatatype.Float16,
    'uint8': engine.VectorStorageDatatype.Uint8,
    'turbo4': engine.VectorStorageDatatype.Turbo4,
}
MEMORY = {'cold': engine.Memory.Cold, 'cached': engine.Memory.Cached, 'pinned': engine.Memory.Pinned}


def memory(body):
    return {'memory': one(MEMORY, body['memory'])} if 'memory' in body else {}


def quantization(body):
    if body is None:
        return None
    known(body, 'scalar', 'product', 'binary', 'turbo')
    (family, settings), = body.items()
    common = {**memory(settings), 'always_ram': settings.get('always_ram')}
    if family == 'scalar':
        known(settings, 'type', 'quantile', 'always_ram', 'memory')
        return engine.ScalarQuantizationConfig(engine.ScalarType.Int8, quantile=settings.get('quantile'), **common)
    if family == 'product':
        known(settings, 'compression', 'always_ram', 'memory')
        return engine.ProductQuantizationConfig(getattr(engine.CompressionRatio, settings['compression'].upper()), **common)
    if family == 'binary':
        known(settings, 'encoding', 'query_encoding', 'always_ram', 'memory')
        encodings = {'one_bit': 'OneBit', 'two_bits': 'TwoBits', 'one_and_half_bits': 'OneAndHalfBits'}
        queries = {'default': 'Default', 'binary': 'Binary', 'scalar4bits': 'Scalar4Bits', 'scalar8bits': 'Scalar8Bits'}
        if 'encoding' in settings:
            common['encoding'] = getattr(engine.BinaryQuantizationEncoding, one(encodings, settings['encoding']))
        if 'query_encoding' in settings:
            common['query_encoding'] = getattr(engine.BinaryQuantizationQueryEncoding, one(queries, settings['query_encoding']))
        return engine.BinaryQuantizationConfig(**common)
    known(settings, 'bits', 'always_ram', 'memory')
    bits = {'bits1': 'Bits1', 'bits1_5': 'Bits1_5', 'bits2': 'Bits2', 'bits4': 'Bits4'}
    return engine.TurboQuantQuantizationConfig(bits=getattr(engine.TurboQuantBitSize, one(bits, settings.get('bits', 'bits4'))), **common)


def hnsw(body):
    if body is None:
        return None
    known(body, 'm', 'payload_m', 'ef_construct', 'full_scan_threshold', 'on_disk', 'memory', 'max_indexing_threads')
    return engine.HnswIndexConfig(
        body.get('m', 16),
        body.get('ef_construct', 100),
        body.get('full_scan_threshold', 10000),
        body.get('max_indexing_threads', 0),
        on_disk=body.get('on_disk'),
        payload_m=body.get('payload_m'),
        **memory(body),
    )


def vector_params(body):
    known(body, 'size', 'distance', 'multivector_config', 'hnsw_config', 'on_disk', 'datatype', 'quantization_config', 'memory')
    multi = body.get('multivector_config')
    if multi is not None and multi != {'comparator': 'max_sim'}:
        raise Unknown(f'multivector_config {multi}')
    return engine.EdgeVectorParams(
        body['size'],
        one(DISTANCES, body['distance']),
        on_disk=body.get('on_disk'),
        multivector_config=engine.MultiVectorConfig(engine.MultiVectorComparator.MaxSim) if multi else None,
        datatype=one(DATATYPES, body['datatype']) if 'datatype' in body else None,
        quantization_config=quantization(body.get('quantization_config')),
        hnsw_config=hnsw(body.get('hnsw_config')),
        **memory(body),
    )


def sparse_params(body):
    known(body, 'modifier')
    modifier = one({'idf': engine.Modifier.Idf, 'none': None}, body.get('modifier', 'none'))
    return engine.EdgeSparseVectorParams(modifier=modifier)


def configuration(body):
    known(body, 'vectors', 'sparse_vectors', 'hnsw_config', 'quantization_config', 'optimizers_config', 'on_disk_payload', 'strict_mode_config', 'metadata', 'shard_number', 'replication_factor')
    vectors = body.get('vectors', {})
    optimizers = body.get('optimizers_config', {})
    known(optimizers, 'indexing_threshold', 'default_segment_number', 'max_segment_size', 'deleted_threshold', 'vacuum_min_vector_number', 'flush_interval_sec', 'max_optimization_threads', 'prevent_unoptimized')
    passed = {name: optimizers[name] for name in ('indexing_threshold', 'default_segment_number', 'max_segment_size', 'deleted_threshold', 'vacuum_min_vector_number', 'prevent_unoptimized') if name in optimizers}
    sparse = {name: sparse_params(params) for name, params in body.get('sparse_vectors', {}).items()}
    return engine.EdgeConfig(
        vectors=vector_params(vectors) if 'size' in vectors else {name: vector_params(params) for name, params in vectors.items()},
        sparse_vectors=sparse or None,
        hnsw_config=hnsw(body.get('hnsw_config')),
        quantization_config=quantization(body.get('quantization_config')),
        on_disk_payload=body.get('on_disk_payload'),
        optimizers=engine.EdgeOptimizersConfig(**passed) if passed else None,
    )


def camel(name):
    return ''.join(part.capitalize() for part in name.split('_'))


def stop_words(body):
    if not isinstance(body, dict):
        return getattr(engine.Language, camel(body))
    known(body, 'languages', 'custom')
    languages = {getattr(engine.Language, camel(name)) for name in body.get('languages', [])}
    return engine.StopwordsSet(languages, set(body.get('custom', [])))


def bm25(options):
    """The engine's BM25 model, which a server runs for texts of `qdrant/bm25`."""
    passed = dict(options)
    if 'tokenizer' in options:
        passed['tokenizer'] = getattr(engine.TokenizerType, camel(options['tokenizer']))
    if 'stopwords' in options:
        passed['stopwords'] = stop_words(options['stopwords'])
    if 'stemmer' in options:
        known(options['stemmer'], 'type', 'language')
        if options['stemmer']['type'] != 'snowball':
            raise Unknown(f'the stemmer {options["stemmer"]}')
        passed['stemmer'] = engine.SnowballParams(getattr(engine.SnowballLanguage, camel(options['stemmer']['language'])))
    return engine.Bm25(engine.Bm25Config(**passed))


def sparse_or(vector, is_query=False):
    if isinstance(vector, dict) and 'indices' in vector:
        return engine.SparseVector(vector['indices'], vector['values'])
    if isinstance(vector, dict) and 'text' in vector:
        if vector.get('model', '').lower() in ('bm25', 'qdrant/bm25'):
            model = bm25(vector.get('options') or {})
            return model.embed_query(vector['text']) if is_query else model.embed_document(vector['text'])
        raise ValueError('Service internal error: InferenceService URL not configured - please provide valid address in config')
    return vector


def vectors(body):
    vector = body['vector']
    if isinstance(vector, dict) and 'text' not in vector:
        return {name: sparse_or(value) for name, value in vector.items()}
    return sparse_or(vector)


def point(body):
    known(body, 'id', 'vector', 'payload')
    return engine.Point(point_id(body['id']), vectors(body), body.get('payload'))


def point_vectors(body):
    known(body, 'id', 'vector')
    return engine.PointVectors(point_id(body['id']), vectors(body))


def match(body):
    (kind, value), = body.items()
    if kind == 'value':
        return engine.MatchValue(value)
    if kind == 'any':
        return engine.MatchAny(value)
    if kind == 'except':
        return engine.MatchExcept(value)
    if kind == 'text':
        return engine.MatchText(value)
    if kind == 'text_any':
        return engine.MatchTextAny(value)
    if kind == 'phrase':
        return engine.MatchPhrase(value)
    raise Unknown(f'match "{kind}"')


def bounds(body):
    if any(isinstance(bound, str) for bound in body.values()):
        return engine.RangeDateTime(**body)
    return engine.RangeFloat(**body)


def condition(body):
    if 'has_id' in body:
        return engine.HasIdCondition({point_id(i) for i in body['has_id']})
    if 'has_vector' in body:
        return engine.HasVectorCondition(body['has_vector'])
    if 'is_empty' in body and 'key' not in body:
        return engine.IsEmptyCondition(body['is_empty']['key'])
    if 'is_null' in body and 'key' not in body:
        return engine.IsNullCondition(body['is_null']['key'])
    if 'key' in body:
        known(body, 'key', 'match', 'range', 'values_count', 'is_empty', 'is_null')
        return engine.FieldCondition(
            body['key'],
            match=match(body['match']) if 'match' in body else None,
            range=bounds(body['range']) if 'range' in body else None,
            values_count=engine.ValuesCount(**body['values_count']) if 'values_count' in body else None,
            is_empty=body['is_empty'] if 'is_empty' in body else None,
            is_null=body['is_null'] if 'is_null' in body else None,
        )
    if 'nested' in body:
        return engine.NestedCondition(body['nested']['key'], edge_filter(body['nested']['filter']))
    return edge_filter(body)


def conditions(value):
    if value is None:
        return None
    return [condition(c) for c in (value if isinstance(value, list) else [value])]


def edge_filter(body):
    if body is None:
        return None
    known(body, 'must', 'should', 'must_not', 'min_should')
    min_should = body.get('min_should')
    return engine.Filter(
        must=conditions(body.get('must')),
        should=conditions(body.get('should')),
        must_not=conditions(body.get('must_not')),
        min_should=engine.MinShould(conditions(min_should['conditions']), min_should['min_count']) if min_should else None,
    )


def params(body):
    if body is None:
        return None
    known(body, 'exact', 'hnsw_ef', 'quantization', 'indexed_only', 'idf')
    search = body.get('quantization')
    if search is not None:
        known(search, 'ignore', 'rescore', 'oversampling')
        search = engine.QuantizationSearchParams(search.get('ignore', False), search.get('rescore'), search.get('oversampling'))
    idf = body.get('idf')
    if idf is not None:
        idf = engine.IdfParams(None if idf == 'global' else edge_filter(idf['corpus']))
    return engine.SearchParams(body.get('hnsw_ef'), body.get('exact', False), search, body.get('indexed_only', False), idf=idf)


def scoring(query, using):
    if query is None:
        return None
    if isinstance(query, dict):
        if 'nearest' in query:
            known(query, 'nearest')
            query = query['nearest']
        elif 'fusion' in query:
            known(query, 'fusion')
            return engine.Fusion.Rrf(2) if query['fusion'] == 'rrf' else engine.Fusion.Dbsf()
        elif 'rrf' in query:
            known(query['rrf'], 'k', 'weights')
            return engine.Fusion.Rrf(query['rrf'].get('k', 2), query['rrf'].get('weights'))
        elif 'indices' not in query and 'text' not in query:
            raise Unknown(f'the query {sorted(query)}')
    if isinstance(query, (int, str)):
        raise Unknown('a query by id')
    return engine.Query.Nearest(sparse_or(query, is_query=True), using)


def prefetches(value):
    if value is None:
        return None
    return [prefetch(p) for p in (value if isinstance(value, list) else [value])]


def prefetch(body):
    known(body, 'query', 'using', 'prefetch', 'filter', 'limit', 'params', 'score_threshold')
    return engine.Prefetch(
        body.get('limit', 10),
        query=scoring(body.get('query'), body.get('using')),
        prefetches=prefetches(body.get('prefetch')),
        params=params(body.get('params')),
        filter=edge_filter(body.get('filter')),
        score_threshold=body.get('score_threshold'),
    )


def payload_selection(body, default):
    """What `with_payload` selects, as the engine takes it."""
    selection = body.get('with_payload', default)
    if not isinstance(selection, dict):
        return selection
    known(selection, 'include', 'exclude')
    (kind, paths), = selection.items()
    return getattr(engine.PayloadSelector, kind.capitalize())(paths)


def query_request(body):
    known(body, 'query', 'using', 'prefetch', 'filter', 'limit', 'offset', 'params', 'score_threshold', 'with_payload', 'with_vector')
    return engine.QueryRequest(
        body.get('limit', 10),
        offset=body.get('offset'),
        query=scoring(body.get('query'), body.get('using')),
        prefetches=prefetches(body.get('prefetch')),
        with_vector=body.get('with_vector', False),
        with_payload=payload_selection(body, False),
        filter=edge_filter(body.get('filter')),
        score_threshold=body.get('score_threshold'),
        params=params(body.get('params')),
    )


def scroll_request(body):
    known(body, 'offset', 'limit', 'filter', 'with_payload', 'with_vector')
    return engine.ScrollRequest(
        offset=point_id(body['offset']) if body.get('offset') is not None else None,
        limit=body.get('limit', 10),
        filter=edge_filter(body.get('filter')),
        with_payload=payload_selection(body, True),
        with_vector=body.get('with_vector', False),
    )


def count_request(body):
    known(body, 'exact', 'filter')
    return engine.CountRequest(exact=body.get('exact', True), filter=edge_filter(body.get('filter')))
