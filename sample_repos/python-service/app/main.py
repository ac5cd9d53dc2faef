from env import World
from fastapi import FastAPI

from app.store import remember

app = FastAPI()


@app.get("/turn/{position}")
def turn(position: int) -> dict[str, str]:
    side = World(position).turn()
    remember(position, side)
    return {"turn": side}
