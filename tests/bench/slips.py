"""A slip from its words to the bytes that go to the printer."""

import time

from hardware import slip
from hardware.escpos_encoder import slip_bytes
from tests.bench.figures import Row, median, percentile

TURNS = 60
MOST_MS = 60.0
MOST_KB = 48.0


def rows() -> list[Row]:
    """Set a full slip often enough to know its time, on the wider paper."""
    taken, size = [], 0
    for turn in range(TURNS + 5):
        began = time.perf_counter()
        size = len(slip_bytes(slip.render(_content(turn), 576), 576))
        if turn >= 5:  # The compiler's first pages read fonts; a server has warmed it by then.
            taken.append((time.perf_counter() - began) * 1000)
    told = f"median {median(taken):.0f} ms, p95 {percentile(taken, 0.95):.0f} ms"
    return [
        Row("slip: data to bytes, 80 mm", told, f"<= {MOST_MS:g} ms", median(taken) <= MOST_MS),
        Row("slip: size, 80 mm", f"{size / 1024:.1f} KB", f"<= {MOST_KB:g} KB", size / 1024 <= MOST_KB),
    ]


def _content(turn: int) -> slip.SlipContent:
    return slip.SlipContent(
        office="สำนักทะเบียนอำเภอป่าซาง", place="จังหวัดลำพูน", heading="งานบัตรประจำตัวประชาชน",
        number=f"A{turn:03}", service="ทำบัตรประชาชน (บัตรหมดอายุ)", priority_mark="ช่องทางพิเศษ",
        ahead=f"ก่อนหน้าท่าน {turn} คน", wait=("รอประมาณ 10–25 นาที", "คาดว่าจะเรียกระหว่าง 09:10–09:25 น."),
        documents_heading="เอกสารที่ใช้", documents=("บัตรประจำตัวประชาชนใบเดิม", "หลักฐานการเปลี่ยนชื่อหรือสกุล (ถ้ามี)"),
        date="23 พฤศจิกายน 2569 เวลา 09:00 น.", qr_url=f"http://192.0.2.10:8000/t/{'k' * 11}{turn % 10}",
        qr_caption="สแกนเพื่อติดตามคิวของท่าน", footer="โปรดนั่งรอฟังเสียงเรียกและดูหมายเลขที่จอ",
    )  # fmt: skip
