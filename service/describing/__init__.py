"""What a task is and how it trains: found out by a process that may import torch, for one that may not."""
