"""A model of campaign and message: random histories against an oracle of plain dictionaries."""
