use uuid::Uuid;

/// A new random id of 32 hexadecimal digits, as databases make them up where the schema says so.
pub fn hex_id() -> String {
    Uuid::new_v4().simple().to_string()
}
