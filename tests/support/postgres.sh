# Becomes a PostgreSQL server in the current folder. Durability is off: the data
# are gone in a minute anyway.
set -eu
printf '%s\n' "$PASSWORD" >password
"$BIN/initdb" --pgdata=data --username="$ADMIN" --pwfile=password \
    --auth=scram-sha-256 --encoding=UTF8 --locale=C --no-sync
rm password
exec "$BIN/postgres" -D data -p "$PORT" \
    -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories= \
    -c dynamic_shared_memory_type=mmap \
    -c max_connections=200 \
    -c shared_buffers=64MB \
    -c fsync=off \
    -c synchronous_commit=off \
    -c full_page_writes=off \
    -c autovacuum=off \
    -c wal_level=minimal \
    -c max_wal_senders=0
