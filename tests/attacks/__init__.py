"""What do honest clients notice while others attack? Attacks on running trackers, bounded in number
and time, beside honest clients, with a goal for how those must be served.

    scripts/attack.sh [ATTACK...]           a table of all figures, and a report on request

Each attack is a class: it gets a running tracker and returns figures. The tests in
tests/integration/test_attacks.py run the same classes, smaller.
"""
