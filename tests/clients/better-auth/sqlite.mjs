// SQLite as Better Auth takes it: with the methods of better-sqlite3. This one is WebAssembly, so nothing has to be
// compiled, and nothing is downloaded but the package.
import sqlite from 'node-sqlite3-wasm';

const plain = (values = []) =>
  values.map((value) => {
    if (typeof value === 'boolean') return Number(value);
    return value instanceof Date ? value.toISOString() : value;
  });

export function open(file) {
  const db = new sqlite.Database(file);
  db.exec('PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 10000');
  return {
    aggregate() {}, // by this Better Auth recognizes a better-sqlite3
    prepare(sql) {
      return {
        reader: /^\s*(select|with|pragma|explain)\b/i.test(sql) || /\breturning\b/i.test(sql),
        all: (values) => db.all(sql, plain(values)),
        run(values) {
          const done = db.run(sql, plain(values));
          return { changes: done.changes, lastInsertRowid: done.lastInsertRowId };
        },
        iterate: (values) => db.all(sql, plain(values))[Symbol.iterator](),
      };
    },
    query: async (sql) => db.all(sql),
    close: () => db.close(),
  };
}
