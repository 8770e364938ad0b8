"""A slip from its words to the bytes that go to the printer: the fullest there is, and an ordinary one."""

import time
from dataclasses import replace

from hardware import slip
from hardware.escpos_encoder import slip_bytes
from tests.bench.figures import Row, median, percentile

TURNS = 60
WARMING = 5  # The compiler's first pages read fonts; a server has warmed it by then.
MOST_MS = 60.0
MOST_KB = 48.0
PAPERS = {"80 mm": 576, "58 mm": 384}


def rows() -> list[Row]:
    """Set slips often enough to know their time, at both widths; the budget is for the fullest."""
    return [row for paper in PAPERS for row in _rows_of(paper)]


def _rows_of(paper: str) -> list[Row]:
    before = time.process_time()
    taken, size = _measured(paper, full=True)
    worked = (time.process_time() - before) * 1000 / (TURNS + WARMING)
    usual, usual_size = _measured(paper, full=False)
    told = f"median {median(taken):.0f} ms, p95 {percentile(taken, 0.95):.0f} ms, CPU {worked:.0f} ms"
    usually = f"median {median(usual):.0f} ms, {usual_size / 1024:.1f} KB"
    return [
        Row(f"fullest slip: data to bytes, {paper}", told, f"<= {MOST_MS:g} ms", median(taken) <= MOST_MS),
        Row(f"fullest slip: size, {paper}", f"{size / 1024:.1f} KB", f"<= {MOST_KB:g} KB", size / 1024 <= MOST_KB),
        Row(f"ordinary slip, {paper}", usually, "", None),
    ]


def _measured(paper: str, *, full: bool) -> tuple[list[float], int]:
    """Return the milliseconds of every slip, and the bytes of the largest."""
    taken, size = [], 0
    for turn in range(TURNS + WARMING):
        content = _fullest(turn) if full else _ordinary(turn)
        began = time.perf_counter()
        written = slip_bytes(slip.render(content, PAPERS[paper]), PAPERS[paper])
        if turn >= WARMING:
            taken.append((time.perf_counter() - began) * 1000)
            size = max(size, len(written))
    return taken, size


def _ordinary(turn: int) -> slip.SlipContent:
    """Return a slip of which everything differs from the one before that does so between two citizens."""
    low, minute = 5 * (turn % 6), turn % 60
    return slip.SlipContent(
        office="สำนักทะเบียนอำเภอป่าซาง", place="จังหวัดลำพูน", heading="งานบัตรประจำตัวประชาชน",
        number=f"A{turn:03}", service="ทำบัตรประชาชน (บัตรหมดอายุ)", ahead=f"ก่อนหน้าท่าน {turn} คน",
        wait=(f"รอประมาณ {low}–{low + 15} นาที", f"คาดว่าจะเรียกระหว่าง 09:{minute:02}–10:{minute:02} น."),
        documents_heading="เอกสารที่ใช้", documents=("บัตรประจำตัวประชาชนใบเดิม",),
        date=f"23 พฤศจิกายน 2569 เวลา 08:{minute:02} น.", qr_url=f"http://192.0.2.10:8000/t/{'k' * 10}{turn:02}",
        qr_caption="สแกนเพื่อติดตามคิวของท่าน", footer="โปรดนั่งรอฟังเสียงเรียก และดูหมายเลขที่จอ",
    )  # fmt: skip


def _fullest(turn: int) -> slip.SlipContent:
    """Return a slip with everything on it that can be: of three services in turn, and every one a copy."""
    services = ("ทำบัตรประชาชน (บัตรหมดอายุ)", "ทำบัตรประชาชนครั้งแรก (อายุ 7 ปี)", "เปลี่ยนชื่อสกุล (คู่สมรส)")
    return replace(
        _ordinary(turn),
        service=services[turn % 3],
        greeting="ยินดีให้บริการด้วยความกตัญญู",
        priority_mark="ช่องทางพิเศษ",
        documents=("บัตรประจำตัวประชาชนใบเดิม", "หลักฐานการเปลี่ยนชื่อหรือสกุล (ถ้ามี)", "ทะเบียนบ้านฉบับเจ้าบ้าน (บ้านที่จะย้ายเข้า)"),
        note="ช่องบริการปิด 16.30 น.",
        copy_mark="สำเนา / COPY",
        copy_time=f"พิมพ์ซ้ำเมื่อ 23 พฤศจิกายน 2569 เวลา 10:{turn % 60:02} น.",
        demo_mark="สาธิต – ไม่ใช่บัตรคิวจริง",
    )  # fmt: skip
