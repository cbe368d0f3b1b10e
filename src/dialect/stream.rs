//! Turning sqlx's stream of a script into [`ResultSet`]s, for all three drivers.

use futures_util::TryStreamExt;
use sea_orm::sqlx::{
    self, AssertSqlSafe, ColumnIndex, Database, Decode, Either, Executor, Row, Type,
};

use super::ResultSet;

/// Runs `script` and collects what each statement returned. The error carries that of the statements
/// that were complete before it.
pub(super) async fn run<'c, DB, C>(
    connection: C,
    script: &str,
    affected: impl Fn(&DB::QueryResult) -> u64,
) -> Result<Vec<ResultSet>, (Vec<ResultSet>, sqlx::Error)>
where
    DB: Database,
    C: Executor<'c, Database = DB>,
    usize: ColumnIndex<DB::Row>,
    for<'r> String: Decode<'r, DB> + Type<DB>,
    for<'r> Option<String>: Decode<'r, DB>,
{
    // Every name and value in our scripts went through Dialect::ident or Dialect::literal; the
    // statements themselves come from compiled migrations.
    let mut stream = sqlx::raw_sql(AssertSqlSafe(script.to_owned())).fetch_many(connection);
    let mut done: Vec<ResultSet> = Vec::new();
    let mut current = ResultSet::default();
    loop {
        match stream.try_next().await {
            Err(error) => return Err((done, error)),
            Ok(None) => break,
            Ok(Some(Either::Left(result))) => {
                current.affected = affected(&result);
                done.push(std::mem::take(&mut current));
            }
            Ok(Some(Either::Right(row))) => {
                let values = (0..row.len())
                    .map(|i| row.try_get_unchecked::<Option<String>, _>(i))
                    .collect::<Result<Vec<_>, _>>();
                match values {
                    Ok(values) => current.rows.push(values),
                    Err(error) => return Err((done, error)),
                }
            }
        }
    }
    Ok(done)
}
