"""What an activation is: expressions, operators, laws, keys, grammars, known functions, records.

Nothing here needs torch. What makes a module of an expression does, and stands in
`actsearch.primitives.module`.
"""

from .canonical import canonical, canonical_text
from .census import Census, census
from .constraints import Constraints, broken
from .distances import Neighbour, distance, neighbours
from .errors import (
    ActsearchError,
    ExprError,
    JobError,
    LeaseLost,
    MirrorError,
    PoolError,
    StoreError,
    StoreVersionError,
    TaskError,
    UnknownName,
    nearest,
)
from .expr import (
    MAX_DEPTH,
    MAX_SIZE,
    SCOPES,
    Call,
    Const,
    Expr,
    Input,
    Param,
    Scope,
    depth,
    params,
    pieces,
    rebuild,
    rename,
    size,
    substitute,
    walk,
)
from .grammar import (
    Chooser,
    Grammar,
    count,
    derive,
    every,
    following,
    random_chooser,
    random_expr,
    record,
    replay,
)
from .grammar_file import grammar_text, is_grammar_file, load_grammar, read_grammar
from .grammars import GRAMMARS
from .key import key, shape_key
from .latex import latex
from .op import Op
from .ops import OPS
from .properties import Properties, properties
from .records import (
    NUMERICS,
    Address,
    Baseline,
    Evaluation,
    Lane,
    Outcome,
    Point,
    Proposal,
    Protocol,
    Standing,
    TaskInfo,
    Verdict,
    content_hash,
    point,
)
from .reference import param_slopes, slope, value
from .screen import Limits, Screening, screen
from .shapes import Chain, CoreUnits, Gated, Levels, Trees
from .source import source
from .standardise import moments, standardised
from .text import format, parse
from .zoo import ZOO, Known, known

__all__ = [
    "GRAMMARS",
    "MAX_DEPTH",
    "MAX_SIZE",
    "NUMERICS",
    "OPS",
    "SCOPES",
    "ZOO",
    "ActsearchError",
    "Address",
    "Baseline",
    "Call",
    "Census",
    "Chain",
    "Chooser",
    "Const",
    "Constraints",
    "CoreUnits",
    "Evaluation",
    "Expr",
    "ExprError",
    "Gated",
    "Grammar",
    "Input",
    "JobError",
    "Known",
    "Lane",
    "LeaseLost",
    "Levels",
    "Limits",
    "MirrorError",
    "Neighbour",
    "Op",
    "Outcome",
    "Param",
    "Point",
    "PoolError",
    "Properties",
    "Proposal",
    "Protocol",
    "Scope",
    "Screening",
    "Standing",
    "StoreError",
    "StoreVersionError",
    "TaskError",
    "TaskInfo",
    "Trees",
    "UnknownName",
    "Verdict",
    "broken",
    "canonical",
    "canonical_text",
    "census",
    "content_hash",
    "count",
    "depth",
    "derive",
    "distance",
    "every",
    "following",
    "format",
    "grammar_text",
    "is_grammar_file",
    "key",
    "known",
    "latex",
    "load_grammar",
    "moments",
    "nearest",
    "neighbours",
    "param_slopes",
    "params",
    "parse",
    "pieces",
    "point",
    "properties",
    "random_chooser",
    "random_expr",
    "read_grammar",
    "rebuild",
    "record",
    "rename",
    "replay",
    "screen",
    "shape_key",
    "size",
    "slope",
    "source",
    "standardised",
    "substitute",
    "value",
    "walk",
]
