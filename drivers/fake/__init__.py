"""The fake driver: replays captures, plays scripted events, injects faults. It needs no kernel and no rights."""
