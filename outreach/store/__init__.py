"""THE CELLAR: the database is the queue and the truth; one module per aggregate."""
