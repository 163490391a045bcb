"""Code whose table of lines has odd forms. It is compiled, never run; any Python from 3.7 on."""
import os, \
    sys


def decorate(*args, **kwargs):
    return lambda f: f


@decorate(1,
          2)
@decorate
class Thing(object,
            metaclass=type):
    """A text
    over
    lines."""
    field: int = 1

    @property
    @decorate(lambda:
              1)
    def prop(self): return self.field; pass

    def call(self, a,
             b=os.sep):
        return self.call(
            a,
            b=self.call(
                1,

                2),
        ).field.call(
            [x
             for x in a
             if x],
            {k: v for k,
             v in b},
            (y for y in
             range(3)),
        )


def flow(a):
    while a:
        for b in a:
            if b:
                continue
            elif (b and
                  a):
                break
            try:
                a()
            except (OSError,
                    ValueError) as e:
                raise RuntimeError(
                    "x"
                ) from e
            except KeyError: pass
            else:
                b()
            finally:
                with a as f, \
                        b as g:
                    f(
                        g)
        else:
            return a
    try:
        return a
    finally:
        a = (
            1
        )
        del a


def text(a, b):
    return (f"{a} and {b:>{a}}"
            f"""{
                a + b
            }""" "y") if sys else f"""
{a}

{b(
    a)!r}
"""


def generator(n):
    value = yield n
    result = yield from generator(
        value)
    while n:
        n -= 1; yield (
            n)
    return result


async def coroutine(a):
    async with a as b:
        async for c in b:
            await c(
                await a,
                [d async for d in
                 c])
    return [
        await x
        for x in b
    ]


def nested():
    def inner():
        nonlocal_ = 1

        def innermost(): return (lambda:
                                 nonlocal_)
        return innermost
    assert inner(), \
        "text"
    import os.path as p
    from sys import (argv,
                     path)
    global decorate
    x = y = [
        1, *path, 2
    ]
    x[
        0
    ], y = (
        p,
        argv)
    x += (
        y
    )
    return (x < y <
            p) or (not
                   x)


def empty(): ...


class Empty: pass
