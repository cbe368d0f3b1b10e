use super::Mysql;
use crate::schema::{Ddl, Schema};
impl Ddl for Mysql {
    fn statements(&self, _before: &Schema, _after: &Schema) -> Vec<String> {
        Vec::new()
    }
}
