"""Where records rest: SQLite catalogue, Parquet lake, content-addressed objects."""
