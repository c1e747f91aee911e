"""The fused kernel: values and slopes of many candidates, each over its own slice, without compiling any.

programs.py   an expression as a short program of numbers     site.py    the functions of a site's lanes
text.py       the C text of the interpreter, from `OPS`       build.py   builds it once a machine
library.py    the built library                               fused.py   what torch sees of it
"""
