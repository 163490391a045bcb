#!/usr/bin/env python3
"""What the kernel side keeps on the stack fits there, by the rule of every kernel: before Linux
6.13 all functions of a chain of calls share 512 bytes, each rounded up to 32; later ones give each
its own, and load what an older one refuses.
"""
import os
import pathlib
import struct
import sys

BUILD = pathlib.Path(os.environ.get("CONCADVISE", "build/concadvise")).parent
OBJECT = BUILD / "bpf" / "probe.bpf.o"
ROOM, PIECE = 512, 32  # MAX_BPF_STACK and check_max_stack_depth() of kernel/bpf/verifier.c

SECTION = struct.Struct("<IIQQQQIIQQ")  # Elf64_Shdr
SYMBOL = struct.Struct("<IBBHQQ")  # Elf64_Sym
RELOCATION = struct.Struct("<QQ")  # Elf64_Rel
INSTRUCTION = struct.Struct("<BBhi")
SIZE = INSTRUCTION.size
FUNCTION, RELOCATIONS = 2, 9  # STT_FUNC, SHT_REL
LOAD_64, CALL, MOVE, ADD = 0x18, 0x85, 0xbf, 0x07
FRAME, IS_CALL, IS_FUNCTION = 10, 1, 4  # the frame's register; BPF_PSEUDO_CALL and _FUNC


def sections_read(data):
  """Name, kind, link, info and bytes of each."""
  at, = struct.unpack_from("<Q", data, 0x28)
  count, names_at = struct.unpack_from("<HH", data, 0x3c)
  rows = [SECTION.unpack_from(data, at + i * SECTION.size) for i in range(count)]
  names = rows[names_at]
  return [(data[names[4] + row[0]:].split(b"\0", 1)[0].decode(), row[1], row[6], row[7],
           data[row[4]:row[4] + row[5]]) for row in rows]


class Function:
  def __init__(self, name, code):
    self.name, self.code, self.calls, self.own = name, code, set(), stack_of(code)


def stack_of(code):
  """The bytes below the frame that are read, written or pointed at."""
  deepest, copy = 0, None
  for operation, registers, offset, number in INSTRUCTION.iter_unpack(code):
    to, source = registers & 15, registers >> 4
    kind = operation & 7
    if (kind == 1 and source == FRAME) or (kind in (2, 3) and to == FRAME):
      deepest = max(deepest, -offset)
    if operation == ADD and to == copy:
      deepest = max(deepest, -number)
    if operation == MOVE and source == FRAME:
      copy = to
    elif to == copy:
      copy = None
  return deepest


def functions_read(sections):
  """Each by its section and offset; and the symbols."""
  _, _, link, _, table = next(s for s in sections if s[0] == ".symtab")
  names = sections[link][4]
  symbols = list(SYMBOL.iter_unpack(table))
  functions = {}
  for name, kind, _, where, start, size in symbols:
    if kind & 15 == FUNCTION:
      functions[where, start] = Function(names[name:].split(b"\0", 1)[0].decode(),
                                         sections[where][4][start:start + size])
  return functions, symbols


def targets_read(sections, symbols):
  """The symbol that a place refers to: its section, its offset there, whether it is a function."""
  targets = {}
  for _, kind, _, where, table in sections:
    if kind == RELOCATIONS:
      for place, info in RELOCATION.iter_unpack(table):
        symbol = symbols[info >> 32]
        targets[where, place] = (symbol[3], symbol[4], symbol[1] & 15 == FUNCTION)
  return targets


def called_at(place, instruction, target):
  """Section and offset of what is called there, or handed to a helper of the kernel that calls it,
  which the kernel takes for the same; None: nothing."""
  operation, registers, _, number = instruction
  source = registers >> 4
  is_call = operation == CALL and source == IS_CALL
  if not is_call and operation != LOAD_64:
    return None
  section, offset, is_function = target or (place[0], None, False)
  if is_function:
    return section, offset
  if offset is None:
    return (section, place[1] + SIZE * (number + 1)) if is_call or source == IS_FUNCTION else None
  return section, offset + (SIZE * (number + 1) if is_call else number)  # the section's own symbol


def calls_find(functions, targets):
  for (section, start), function in functions.items():
    for i, instruction in enumerate(INSTRUCTION.iter_unpack(function.code)):
      place = section, start + i * SIZE
      called = called_at(place, instruction, targets.get(place))
      if called in functions:  # else data, or a function of the kernel's
        function.calls.add(functions[called])


def deepest_chain(function):
  chain = max((deepest_chain(called) for called in function.calls), key=depth, default=[])
  return [function, *chain]


def depth(chain):
  return sum(-(-max(f.own, 1) // PIECE) * PIECE for f in chain)


def main():
  if not OBJECT.exists():
    print("built without the probe")
    sys.exit(77)
  sections = sections_read(OBJECT.read_bytes())
  functions, symbols = functions_read(sections)
  calls_find(functions, targets_read(sections, symbols))
  called = set().union(*(f.calls for f in functions.values()))
  uncalled = [(sections[where][0], f) for (where, _), f in functions.items() if f not in called]
  strangers = [f.name for section, f in uncalled if section == ".text"]
  assert not strangers and len(uncalled) > 5, "not understood: nobody calls %s" % strangers
  failed = False
  for _, program in uncalled:
    chain = deepest_chain(program)
    fits = depth(chain) <= ROOM
    failed |= not fits
    print("%-8s %3d %s" % ("ok" if fits else "FAILED", depth(chain),
                           ", ".join("%s %d" % (f.name, f.own) for f in chain)))
  sys.exit(failed)


if __name__ == "__main__":
  main()
