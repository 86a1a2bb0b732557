"""Sixty-four bytes at a time: the few vector steps that the fast decoder is made of.

Each is a handful of LLVM instructions, generic in the processor: numba turns them into whatever
vector unit there is. None checks bounds. A caller keeps ``REACH`` readable bytes after every place
that it passes. Bytes are taken in file order, which on all processors that numba compiles for is
the order of little-endian words.
"""

# ruff: noqa: ANN401, ARG001  # numba and its LLVM builder have no types, and fix the signatures

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

ir = cast("Any", cgutils).ir
"""The LLVM builder that comes with numba."""

REACH = 64
"""Bytes that may be read from any place passed in."""

_BYTE, _WORD = ir.IntType(8), ir.IntType(64)
_BYTES = ir.VectorType(_BYTE, REACH)
_WORDS = ir.VectorType(_WORD, 8)
_HALF, _FOUR = ir.VectorType(_BYTE, 32), ir.VectorType(_WORD, 4)


def _load(builder: Any, address: Any, kind: Any) -> Any:
    """Load what begins at any byte."""
    loaded = builder.load(builder.inttoptr(address, ir.PointerType(kind)), typ=kind)
    loaded.align = 1
    return loaded


def _all(kind: Any, element: int) -> Any:
    return ir.Constant(kind, [element] * kind.count)


def _spread(builder: Any, kind: Any, element: Any) -> Any:
    """A vector that repeats ``element``."""
    one = builder.insert_element(ir.Constant(kind, ir.Undefined), element, ir.IntType(32)(0))
    order = ir.Constant(ir.VectorType(ir.IntType(32), kind.count), [0] * kind.count)
    return builder.shuffle_vector(one, ir.Constant(kind, ir.Undefined), order)


def _before(builder: Any, kind: Any, count: Any) -> Any:
    """Lanes whose number is below ``count``."""
    numbers = ir.Constant(kind, list(range(kind.count)))
    limit = _spread(builder, kind, builder.trunc(count, _BYTE))
    return builder.icmp_unsigned("<", numbers, limit)


def _call(builder: Any, name: str, result: Any, arguments: list[Any]) -> Any:
    """Call an LLVM intrinsic."""
    kind = ir.FunctionType(result, [a.type for a in arguments])
    return builder.call(builder.module.declare_intrinsic(name, (), kind), arguments)


def _first(builder: Any, matches: Any) -> Any:
    """Number of the first lane that is set; 64 if none is."""
    bits = builder.bitcast(matches, _WORD)
    return _call(builder, "llvm.cttz.i64", _WORD, [bits, ir.IntType(1)(0)])


_tuple: Any = types.UniTuple


@intrinsic
def _word(typing: Any, address: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _load(builder, arguments[0], _WORD)

    return types.int64(types.int64), generate


@intrinsic
def _byte(typing: Any, address: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.zext(_load(builder, arguments[0], _BYTE), _WORD)

    return types.int64(types.int64), generate


@intrinsic
def _put(typing: Any, address: Any, index: Any, value: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = context.get_data_type(signature.args[2])
        place = builder.inttoptr(arguments[0], ir.PointerType(kind))
        builder.store(arguments[2], builder.gep(place, [arguments[1]], source_etype=kind))
        return context.get_dummy_value()

    return types.void(types.int64, types.int64, value), generate


@intrinsic
def _seek(typing: Any, address: Any, byte: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        loaded = _load(builder, arguments[0], _BYTES)
        wanted = _spread(builder, _BYTES, builder.trunc(arguments[1], _BYTE))
        return _first(builder, builder.icmp_unsigned("==", loaded, wanted))

    return types.int64(types.int64, types.int64), generate


@intrinsic
def _checked(typing: Any, address: Any, byte: Any) -> Any:
    result: Any = _tuple(types.int64, 2)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        loaded = _load(builder, arguments[0], _BYTES)
        wanted = _spread(builder, _BYTES, builder.trunc(arguments[1], _BYTE))
        length = _first(builder, builder.icmp_unsigned("==", loaded, wanted))
        kept = builder.select(_before(builder, _BYTES, length), loaded, _all(_BYTES, 0))
        words = builder.bitcast(kept, _WORDS)
        folded = _call(builder, "llvm.vector.reduce.xor.v8i64", _WORD, [words])
        for shift in (32, 16, 8):
            folded = builder.xor(folded, builder.lshr(folded, _WORD(shift)))
        check = builder.and_(folded, _WORD(255))
        return context.make_tuple(builder, result, [length, check])

    return result(types.int64, types.int64), generate


@intrinsic
def _flagged(typing: Any, address: Any, flag: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        loaded = _load(builder, arguments[0], _BYTES)
        wanted = _spread(builder, _BYTES, builder.trunc(arguments[1], _BYTE))
        held = builder.icmp_unsigned("!=", builder.and_(loaded, wanted), _all(_BYTES, 0))
        return builder.bitcast(held, _WORD)

    return types.int64(types.int64, types.int64), generate


def _pairs(builder: Any, value: Any, width: int, lane: int) -> Any:
    """Join neighbours: in lanes of ``2·lane`` bits, low and high half of ``width`` used bits."""
    mask = sum(((1 << lane) - 1) << at for at in range(0, 64, 2 * lane))
    low = builder.and_(value, _all(_FOUR, mask))
    high = builder.and_(builder.lshr(value, _all(_FOUR, lane)), _all(_FOUR, mask))
    return builder.or_(builder.shl(low, _all(_FOUR, width)), high)


@intrinsic
def _sixbit(typing: Any, address: Any, count: Any) -> Any:
    result: Any = _tuple(types.int64, 5)

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        loaded = _load(builder, arguments[0], _HALF)
        taken = _before(builder, _HALF, arguments[1])
        text = builder.select(taken, loaded, _all(_HALF, 48))
        # 48–87 and 96–119 are the sixty-four characters.
        value = builder.sub(text, _all(_HALF, 48))
        high = builder.icmp_unsigned(">=", text, _all(_HALF, 96))
        gap = builder.icmp_unsigned("<", builder.sub(text, _all(_HALF, 88)), _all(_HALF, 8))
        beyond = builder.icmp_unsigned(">", value, _all(_HALF, 119 - 48))
        wrong = builder.bitcast(builder.or_(gap, beyond), ir.IntType(32))
        value = builder.select(high, builder.sub(text, _all(_HALF, 56)), value)
        packed = builder.bitcast(value, _FOUR)
        for width, lane in ((6, 8), (12, 16), (24, 32)):
            packed = _pairs(builder, packed, width, lane)
        words = [builder.extract_element(packed, ir.IntType(32)(k)) for k in range(4)]
        bad = builder.zext(wrong, _WORD)
        return context.make_tuple(builder, result, [bad, *words])

    return result(types.int64, types.int64), generate


Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def step(function: Callable[Parameters, Result]) -> Callable[Parameters, Result]:
    """Compile ``function`` into its callers: a call with fifteen arrays costs more than the work.

    Examples:
        >>> @step
        ... def double(x: int) -> int:
        ...     return 2 * x
        >>> double(21)
        42

    """
    return cast("Callable[Parameters, Result]", njit(forceinline=True)(function))


word = cast("Any", _word)
"""``word(address)``: the eight bytes there, the first lowest."""
byte = cast("Any", _byte)
"""``byte(address)``: the byte there."""
put = cast("Any", _put)
"""``put(address, index, value)``: write to element ``index`` of the array of such values there."""
seek = cast("Any", _seek)
"""``seek(address, byte)``: how far on the first ``byte`` is; 64 if not within 64 bytes."""
checked = cast("Any", _checked)
"""``checked(address, byte)``: as ``seek``, and the XOR of all bytes before it."""
flagged = cast("Any", _flagged)
"""``flagged(address, flag)``: a bit for each of 64 bytes, set where the byte has the bits ``flag``.
"""
sixbit = cast("Any", _sixbit)
"""``sixbit(address, count)``: up to 32 payload characters as numbers.

The first result has a bit set for each character that is none of the sixty-four; then come four
words of 48 bits each, the bits of eight characters, the first highest; zero beyond ``count``.
"""
