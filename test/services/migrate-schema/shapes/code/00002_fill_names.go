package migrations

// goose.AddMigrationContext(up, down)
