from dataclasses import dataclass


@dataclass(frozen=True)
class World:
    position: int

    def turn(self) -> str:
        return "left" if self.position > 0 else "right"
