# Becomes a MariaDB server in the current folder. Durability is off: the data
# are gone in a minute anyway. No option file is read, so the default character
# set is latin1: whoever wants utf8mb4 has to say so.
set -eu
[ -d "$DIR/data" ] || "$INSTALL" --no-defaults --datadir="$DIR/data" \
    --auth-root-authentication-method=normal --skip-test-db \
    --innodb-log-file-size=16M
cat >init.sql <<SQL
CREATE USER IF NOT EXISTS '$ADMIN'@'%' IDENTIFIED BY '$PASSWORD';
GRANT ALL PRIVILEGES ON *.* TO '$ADMIN'@'%' WITH GRANT OPTION;
DELETE FROM mysql.global_priv WHERE User IN ('', 'root');
FLUSH PRIVILEGES;
SQL
exec "$BIN" --no-defaults --datadir="$DIR/data" --port="$PORT" \
    --bind-address=127.0.0.1 \
    --skip-name-resolve \
    --socket="$DIR/data/socket" \
    --pid-file="$DIR/data/pid" \
    --init-file="$DIR/init.sql" \
    --max-connections=300 \
    --performance-schema=OFF \
    --innodb-buffer-pool-size=64M \
    --innodb-log-file-size=16M \
    --innodb-flush-log-at-trx-commit="${COMMIT:-0}" \
    --innodb-doublewrite=0 \
    --innodb-fast-shutdown=2
