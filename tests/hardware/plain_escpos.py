"""A second reader of slips, written from the commands' description alone: it shares no line with ours, nor a library.

It knows as much as a slip needs, and takes whatever it does not know for rubbish on paper.
"""

from collections import Counter


def rows_on_paper(stream: bytes, width_dots: int) -> tuple[list[str], Counter[str]]:
    """Return the rows of the only slip in a stream, "#" for ink and "." for paper, and how often each command came.

    Raises AssertionError where a printer would print rubbish, or where the paper is not cut at the very end.
    """
    rows: list[str] = []
    seen: Counter[str] = Counter()
    at = 0
    feed_unit_is_a_dot = False
    while at < len(stream):
        assert not seen["cut"], f"byte {at}: something follows the cut"
        if stream[at : at + 2] == bytes([27, 64]):
            seen["initialise"] += 1
            feed_unit_is_a_dot = False
            at += 2
        elif stream[at : at + 4] == bytes([29, 80]) + bytes([180 if width_dots == 512 else 203] * 2):
            seen["motion unit"] += 1
            feed_unit_is_a_dot = True
            at += 4
        elif stream[at : at + 4] == bytes([29, 118, 48, 0]):
            seen["raster"] += 1
            across = stream[at + 4] + 256 * stream[at + 5]
            down = stream[at + 6] + 256 * stream[at + 7]
            assert 0 < across * 8 < width_dots + 8, f"byte {at}: {across} bytes a row"
            assert 0 < down <= 240, f"byte {at}: {down} rows"
            at += 8
            for _ in range(down):
                row = stream[at : at + across]
                assert len(row) == across, f"byte {at}: the stream ends inside a row"
                dots = "".join(f"{byte:08b}" for byte in row).translate({48: ".", 49: "#"})
                assert "#" not in dots[width_dots:], f"byte {at}: ink beyond the paper"
                rows.append(dots[:width_dots].ljust(width_dots, "."))
                at += across
        elif stream[at : at + 2] == bytes([27, 74]):
            seen["feed"] += 1
            assert feed_unit_is_a_dot, f"byte {at}: a feed by an unknown unit"
            rows += ["." * width_dots] * stream[at + 2]
            at += 3
        elif stream[at : at + 4] == bytes([29, 86, 66, 0]):
            seen["cut"] += 1
            at += 4
        else:
            raise AssertionError(f"byte {at}: no command of the list begins with {stream[at : at + 4].hex(' ')}")
    assert at == len(stream)
    assert seen["cut"] == 1, "the paper is not cut"
    return rows, seen
