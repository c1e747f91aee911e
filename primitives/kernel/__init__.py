"""The fused kernel: values and slopes of many candidates, each over its own slice, without compiling any.

programs.py   an expression as a short program of numbers     site.py    the functions of a site's lanes
text.py       the C text of the interpreter, from `OPS`       build.py   builds it once a machine
library.py    the built library                               bound.py   what is found once of a site
engine.py     what computes: that library, or a GPU           fused.py   what torch sees of it

On a GPU: gpu_text.py (the CUDA text), gpu_compiler.py and gpu_build.py (its code, once for each kind of GPU),
gpu_plan.py (how the work is shared out among threads), gpu_driver.py (launches), gpu.py (as torch calls it).
"""
