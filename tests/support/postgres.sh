# Becomes a PostgreSQL server in the current folder. Durability is off: the data
# are gone in a minute anyway.
set -eu
# A file system of that size, which only the server sees. The outer namespace may
# mount; in the inner one the server is itself again, because it refuses to be root.
if [ -n "${DISK:-}" ]; then
    mkdir -p disk
    OWN_USER=$(id -u) OWN_GROUP=$(id -g)
    export OWN_USER OWN_GROUP
    # shellcheck disable=SC2016
    exec unshare --user --map-root-user --mount sh -c '
        mount -t tmpfs -o "size=$DISK" none disk
        DISK= exec unshare --user --map-user="$OWN_USER" --map-group="$OWN_GROUP" sh -c "$SERVE"'
fi
if [ ! -d data ]; then
    printf '%s\n' "$PASSWORD" >password
    "$BIN/initdb" --pgdata=data --username="$ADMIN" --pwfile=password \
        --auth=scram-sha-256 --encoding=UTF8 --locale=C --no-sync
    rm password
fi
exec "$BIN/postgres" -D data -p "$PORT" \
    -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories= \
    -c dynamic_shared_memory_type=mmap \
    -c max_connections=200 \
    -c shared_buffers=64MB \
    -c fsync=off \
    -c synchronous_commit="${COMMIT:-off}" \
    -c full_page_writes=off \
    -c autovacuum=off \
    -c wal_level=minimal \
    -c max_wal_senders=0
