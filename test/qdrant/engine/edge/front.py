"""Qdrant's engine in this process (qdrant-edge-py), behind the REST calls that the adapter makes.

The front only translates JSON to the engine's objects and its results to JSON. It does not score, does not validate what
the engine validates, and answers 501 to every request that it cannot translate. Prints its port, and ends when its
standard input ends.
"""

import gzip
import json
import os
import re
import shutil
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version

import qdrant_edge as engine
from translate import Unknown, configuration, count_request, edge_filter, known, payload_selection, point, point_id, point_vectors, query_request, scroll_request

# the version of the REST calls, and the version of the engine
VERSION = f"1.19.0+edge.{version('qdrant-edge-py')}"
FOLDER = sys.argv[1]
LIMIT = 32 * 1024 * 1024


class Refused(Exception):
    def __init__(self, status, text):
        super().__init__(text)
        self.status = status


class Shards:
    """The collections, each with its shard, configuration and number of operations."""

    def __init__(self):
        self.lock = threading.RLock()
        self.shards = {}

    def get(self, name):
        if name not in self.shards:
            raise Refused(404, f"Not found: Collection `{name}` doesn't exist!")
        return self.shards[name]

    def create(self, name, body):
        if name in self.shards:
            raise Refused(409, f'Wrong input: Collection `{name}` already exists!')
        folder = os.path.join(FOLDER, name)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        self.shards[name] = {
            'shard': engine.EdgeShard.create(folder, configuration(body)),
            'body': body,
            'operations': 0,
            'folder': folder,
            'schema': {},
        }

    def delete(self, name):
        entry = self.shards.pop(name, None)
        if entry is None:
            return False
        entry['shard'].close()
        shutil.rmtree(entry['folder'], ignore_errors=True)
        return True


SHARDS = Shards()


def vectors_out(vector):
    """A vector as JSON, and an unnamed one without its name. The engine returns numpy arrays or lists."""
    if isinstance(vector, dict):
        return {name: vectors_out(value) for name, value in vector.items()} if set(vector) != {''} else vectors_out(vector[''])
    if isinstance(vector, engine.SparseVector):
        return {'indices': list(vector.indices), 'values': list(vector.values)}
    return vector if not hasattr(vector, 'tolist') else vector.tolist()


def id_out(value):
    return value if isinstance(value, int) else str(value)


def finite(score):
    return score if score == score and abs(score) != float('inf') else None


def f32(number):
    """The shortest decimal of an f32, as the server writes it."""
    import struct

    packed = struct.pack('f', number)
    for digits in range(1, 18):
        text = f'{number:.{digits}g}'
        if struct.pack('f', float(text)) == packed:
            return float(text)
    return number


def hit(scored, wants_payload, wants_vector):
    out = {'id': id_out(scored.id), 'version': scored.version, 'score': finite(f32(scored.score))}
    if wants_payload:
        out['payload'] = scored.payload or {}
    if wants_vector and scored.vector is not None:
        out['vector'] = vectors_out(scored.vector)
    return out


def record(entry, wants_payload, wants_vector):
    out = {'id': id_out(entry.id)}
    if wants_payload:
        out['payload'] = entry.payload or {}
    if wants_vector:
        out['vector'] = vectors_out(entry.vector) if entry.vector is not None else {}
    return out


def update(entry, operation):
    entry['shard'].update(operation)
    entry['operations'] += 1
    return {'operation_id': entry['operations'], 'status': 'completed'}


def info(entry):
    body = entry['body']
    shard_info = entry['shard'].info()
    return {
        'status': 'green',
        'optimizer_status': 'ok',
        'indexed_vectors_count': shard_info.indexed_vectors_count,
        'points_count': shard_info.points_count,
        'segments_count': shard_info.segments_count,
        'config': {
            'params': {
                'vectors': body.get('vectors', {}),
                **({'sparse_vectors': body['sparse_vectors']} if 'sparse_vectors' in body else {}),
                'shard_number': 1,
                'replication_factor': 1,
                'write_consistency_factor': 1,
                'on_disk_payload': body.get('on_disk_payload', True),
            },
            'hnsw_config': {'m': 16, 'ef_construct': 100, 'full_scan_threshold': 10000, **body.get('hnsw_config', {})},
            'optimizer_config': {'indexing_threshold': 10000, **body.get('optimizers_config', {})},
            'quantization_config': body.get('quantization_config'),
            **({'strict_mode_config': body['strict_mode_config']} if 'strict_mode_config' in body else {}),
            **({'metadata': body['metadata']} if 'metadata' in body else {}),
        },
        'payload_schema': entry['schema'],
        'update_queue': {'length': 0},
    }


def collection_call(method, name, body):
    if method == 'GET':
        return info(SHARDS.get(name))
    if method == 'PUT':
        SHARDS.create(name, body)
        return True
    if method == 'DELETE':
        return SHARDS.delete(name)
    if method == 'PATCH':
        known(body, 'optimizers_config')
        entry = SHARDS.get(name)
        entry['body'] = {**entry['body'], 'optimizers_config': {**entry['body'].get('optimizers_config', {}), **body['optimizers_config']}}
        return True
    raise Unknown(f'{method} of a collection')


SCHEMAS = {'keyword': 'Keyword', 'integer': 'Integer', 'float': 'Float', 'bool': 'Bool', 'text': 'Text', 'uuid': 'Uuid', 'datetime': 'Datetime', 'geo': 'Geo'}


def payload_operation(method, action, body):
    operations = {
        ('POST', 'payload'): ('set_payload', ('payload', 'key')),
        ('PUT', 'payload'): ('overwrite_payload', ('payload',)),
        ('POST', 'payload/delete'): ('delete_payload', ('keys',)),
        ('POST', 'payload/clear'): ('clear_payload', ()),
    }
    if (method, action) not in operations:
        raise Unknown(f'{method} {action}')
    return change_operation(*operations[method, action], body)


def change_operation(operation, members, body):
    """An operation on points that are given by ids or by a filter."""
    known(body, 'points', 'filter', *members)
    arguments = [body.get(name) for name in members]
    if 'points' in body:
        return getattr(engine.UpdateOperation, operation)([point_id(i) for i in body['points']], *arguments)
    return getattr(engine.UpdateOperation, f'{operation}_by_filter')(edge_filter(body['filter']), *arguments)


def points_call(method, entry, action, body):
    shard = entry['shard']
    if (method, action) == ('PUT', ''):
        known(body, 'points')
        if not body['points']:
            raise Refused(400, 'Bad request: Empty update request')
        return update(entry, engine.UpdateOperation.upsert_points([point(p) for p in body['points']]))
    if (method, action) == ('PUT', 'index'):
        known(body, 'field_name', 'field_schema')
        kind = body['field_schema'] if isinstance(body['field_schema'], str) else body['field_schema']['type']
        entry['schema'][body['field_name']] = {'data_type': kind, 'points': 0}
        return update(entry, engine.UpdateOperation.create_field_index(body['field_name'], getattr(engine.PayloadSchemaType, SCHEMAS[kind])))
    if (method, action) == ('PUT', 'vectors'):
        known(body, 'points')
        return update(entry, engine.UpdateOperation.update_vectors([point_vectors(p) for p in body['points']]))
    if (method, action) == ('POST', 'vectors/delete'):
        return update(entry, change_operation('delete_vectors', ('vector',), body))
    if action.startswith('payload'):
        return update(entry, payload_operation(method, action, body))
    if method != 'POST':
        raise Unknown(f'{method} {action}')
    if action == '':
        known(body, 'ids', 'with_payload', 'with_vector')
        payload, vector = body.get('with_payload', True), body.get('with_vector', False)
        found = shard.retrieve([point_id(i) for i in body['ids']], with_payload=payload_selection(body, True), with_vector=vector)
        return [record(r, payload, vector) for r in found]
    if action == 'scroll':
        payload, vector = body.get('with_payload', True), body.get('with_vector', False)
        records, following = shard.scroll(scroll_request(body))
        return {'points': [record(r, payload, vector) for r in records], 'next_page_offset': None if following is None else id_out(following)}
    if action == 'count':
        return {'count': shard.count(count_request(body))}
    if action == 'delete':
        known(body, 'points', 'filter')
        if 'points' in body:
            return update(entry, engine.UpdateOperation.delete_points([point_id(i) for i in body['points']]))
        return update(entry, engine.UpdateOperation.delete_points_by_filter(edge_filter(body['filter'])))
    if action == 'query':
        return {'points': [hit(s, body.get('with_payload', False), body.get('with_vector', False)) for s in shard.query(query_request(body))]}
    if action == 'query/batch':
        known(body, 'searches')
        results = shard.query_batch(engine.QueryBatchRequest([query_request(search) for search in body['searches']]))
        return [
            {'points': [hit(s, search.get('with_payload', False), search.get('with_vector', False)) for s in result]}
            for search, result in zip(body['searches'], results)
        ]
    raise Unknown(f'{method} {action}')


def respond(method, path, body):
    if path == '/':
        return None
    if path == '/telemetry':
        flags = 'neon' if os.uname().machine in ('arm64', 'aarch64') else 'sse,avx,fma,f16c'
        return {'app': {'name': 'qdrant-edge', 'version': VERSION, 'system': {'cpu_flags': flags}}}
    matched = re.fullmatch(r'/collections/([^/]+)(?:/(exists|cluster|optimize|index|points(?:/(.+))?))?', path)
    if not matched:
        raise Unknown(path)
    name, part, action = matched.group(1), matched.group(2), matched.group(3)
    if part is None:
        return collection_call(method, name, body)
    if part == 'exists':
        return {'exists': name in SHARDS.shards}
    entry = SHARDS.get(name)
    if part == 'cluster':
        shard = {'shard_id': 0, 'points_count': entry['shard'].info().points_count, 'state': 'Active'}
        return {'peer_id': 0, 'shard_count': 1, 'local_shards': [shard], 'remote_shards': [], 'shard_transfers': []}
    if part == 'optimize':  # not in REST: a server optimizes by itself, the engine only on request
        return entry['shard'].optimize()
    return points_call(method, entry, 'index' if part == 'index' else action or '', body)


class Front(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def handle_any(self):
        started = time.perf_counter()
        length = int(self.headers.get('content-length') or 0)
        data = self.rfile.read(length)
        try:
            if length > LIMIT:
                raise Refused(400, f'JSON payload ({length} bytes) is larger than allowed (limit: {LIMIT} bytes).')
            if self.headers.get('content-encoding') == 'gzip':
                data = gzip.decompress(data)
            body = json.loads(data) if data else {}
            with SHARDS.lock:
                result = respond(self.command, self.path.split('?')[0], body)
            status = 200
            out = {'result': result, 'status': 'ok', 'time': time.perf_counter() - started}
            if result is None:
                out = {'title': 'qdrant - vector search engine', 'version': VERSION}
        except Refused as error:
            status, out = error.status, {'status': {'error': str(error)}, 'time': 0}
        except Unknown as error:
            status, out = 501, {'status': {'error': f'the front does not know {error}'}, 'time': 0}
        except json.JSONDecodeError as error:
            status, out = 400, {'status': {'error': f'Format error in JSON body: {error}'}, 'time': 0}
        except Exception as error:  # an error of the engine
            text = str(error)
            status, out = 400, {'status': {'error': text if ': ' in text else f'Wrong input: {text}'}, 'time': 0}
        payload = json.dumps(out, separators=(',', ':')).encode()
        try:
            self.send_response(status)
            self.send_header('content-type', 'application/json')
            self.send_header('content-length', str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the test closed the connection

    do_GET = do_PUT = do_POST = do_DELETE = do_PATCH = handle_any

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        # tests close connections on purpose
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


if __name__ == '__main__':
    server = Server(('127.0.0.1', 0), Front)
    print(json.dumps({'port': server.server_address[1], 'version': VERSION}), flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    for name in list(SHARDS.shards):
        SHARDS.delete(name)
