"""What all tables share."""

from sqlalchemy import BigInteger, Column, Identity, Integer, MetaData

metadata = MetaData()

Id = BigInteger().with_variant(Integer, "sqlite")  # on SQLite only INTEGER is the row's own id


def counted() -> Column[int]:
    """A primary key that the database counts up."""
    return Column("id", Id, Identity(), primary_key=True)
