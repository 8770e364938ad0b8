"""Storage: typed rows, the unit of work, named queries, migrations. Nothing outside this folder speaks SQL."""
