from env.world import World

__all__ = ["World"]
