"""What a running program never throws away is kept out of the garbage collector's rounds.

Rule books, catalogues and modules are about a million objects that live as long as the process. A full round over them
takes 0.2 s, in which nobody's answer is kept; measured, it was the whole of the slowest hundredth of answers.
"""

from __future__ import annotations

import asyncio
import gc

# By then the first decision's tables are worked out too.
ALL_LOADED_SECONDS = 5.0


def keep_heap_settled() -> None:
    """Within a running loop, when the doors are open: now, and once more when everything that lasts has been loaded."""
    settle_heap()
    asyncio.get_running_loop().call_later(ALL_LOADED_SECONDS, settle_heap)


def settle_heap() -> None:
    """What is there now stays for good; what is made later is collected as ever."""
    gc.collect()
    gc.freeze()
