"""What do honest clients see while others mean ill? Attacks on running trackers, bounded in count
and time, with honest clients beside them, and a goal for what those must still get.

    scripts/attack.sh [ATTACK...]           a table of all figures, and a report if asked to

Each attack is a class of a module: it is given a running tracker and returns figures. The tests in
tests/integration/test_attacks.py run the same classes, smaller.
"""
