"""What a command makes anew in the image: one table of tools, and the scripts of the project that it runs."""

from ctxaudit.needed.makers.call import ANY, ImageFiles
from ctxaudit.needed.makers.follow import Deed, deeds

__all__ = ["ANY", "Deed", "ImageFiles", "deeds"]
