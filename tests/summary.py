"""The sum of several ctest runs: why tests were skipped, which failed, and one last line.

Exits 1 when a test failed, when none ran, or, with CI=true, when a live test was skipped.
"""
import os
import sys
import xml.etree.ElementTree as tree

# ctest's word for a test that exited with 77 is "notrun".
WORDS = {"run": "passed", "fail": "failed", "notrun": "skipped", "disabled": "skipped"}


def results_read(path):
    """(test, result, output) of every test; a build that left no results is a failed one."""
    build = os.path.basename(os.path.dirname(path))
    try:
        cases = list(tree.parse(path).getroot().iter("testcase"))
    except (OSError, tree.ParseError) as error:
        return [(build, "failed", str(error))]
    return [
        ("%s: %s" % (build, case.get("name")), WORDS.get(case.get("status"), "failed"),
         case.findtext("system-out", "").strip())
        for case in cases
    ]


def main():
    results = [result for path in sys.argv[1:] for result in results_read(path)]
    named = {word: [r for r in results if r[1] == word] for word in ("passed", "failed", "skipped")}
    for test, _, output in named["skipped"]:
        print("skipped %s: %s" % (test, output or "no reason given"))
    for test, _, _ in named["failed"]:
        print("failed %s" % test)
    unseen = [test for test, _, _ in named["skipped"]
              if (": live/" in test or ": corpus/" in test) and os.environ.get("CI") == "true"]
    if unseen:
        print("with CI=true every live test has to run")
    print("%d passed, %d failed, %d skipped" % tuple(len(named[word]) for word in named))
    sys.exit(1 if named["failed"] or unseen or not named["passed"] else 0)


main()
