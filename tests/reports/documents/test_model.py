import pytest

from outreach.reports.documents.model import Chart, Column, Series, Table


def test_rows_have_as_many_cells_as_there_are_columns() -> None:
    columns = (Column("a"), Column("b"))
    with pytest.raises(ValueError, match="a row of 3 cells below 2 columns"):
        Table(columns, ((1, 2, 3),))
    with pytest.raises(ValueError, match="a row of 1 cells below 2 columns"):
        Table(columns, ((1, 2),), total=(1,))


def test_series_have_as_many_values_as_there_are_categories() -> None:
    with pytest.raises(ValueError, match="1 values of 2 categories"):
        Chart("", ("a", "b"), (Series("x", (1,)),), "")
