import sqlite3
from pathlib import Path

DATABASE = Path("app.db")


def remember(position: int, side: str) -> None:
    with sqlite3.connect(DATABASE) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS turns (position INTEGER, side TEXT)")
        connection.execute("INSERT INTO turns VALUES (?, ?)", (position, side))
