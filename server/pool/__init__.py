"""Worker processes that run queries and can be killed: pool, queue, engine, spool."""
