"""Slips to print, and the builders of tests that print them."""

from dataclasses import replace
from typing import Any

from PIL import Image

from hardware.escpos_printer import NetworkPrinter, Timeouts
from hardware.simulator import PrinterSimulator
from hardware.slip import SlipContent

IMPATIENT = Timeouts(connect=0.5, answer=0.4, send=1.0, confirm=0.4)

# Every part there is, and the words whose marks stack: what is longest, and what goes wrong first.
FULL_THAI_SLIP = SlipContent(
    office="สำนักทะเบียนอำเภอป่าซาง",
    place="จังหวัดลำพูน",
    heading="งานบัตรประจำตัวประชาชน",
    number="A014",
    service="ทำบัตรประชาชน (บัตรหมดอายุ)",
    priority_mark="ผู้สูงอายุ คนพิการ หญิงตั้งครรภ์",
    ahead="มีผู้รอก่อนท่าน 5 ราย",
    wait=("รอประมาณ 10–25 นาที", "คาดว่าเรียกเวลา 09.50–10.05 น."),
    documents_heading="เอกสารที่ต้องใช้",
    documents=(
        "บัตรประจำตัวประชาชนใบเดิม",
        "ทะเบียนบ้านฉบับเจ้าบ้าน (บ้านที่จะย้ายเข้า)",
        "หนังสือยินยอมเจ้าของที่ดิน หรือสัญญาเช่า",
    ),
    date="วันอาทิตย์ที่ 22 พฤศจิกายน 2569 เวลา 09.41 น.",
    qr_url="https://pasang.lamphun.example.go.th/t/7KQ2M9XW",
    qr_caption="สแกนเพื่อดูคิวของท่านบนโทรศัพท์",
    footer="โปรดเก็บบัตรคิวไว้จนเสร็จการ ที่ ผู้ น้ำ ปั๊ม กตัญญู",
    demo_mark="ระบบสาธิต ไม่ใช่บัตรคิวจริง",
)


def a_slip(number: str = "A014", **parts: Any) -> SlipContent:
    """Return a short slip with these parts."""
    plain = SlipContent(office="สำนักทะเบียน", number=number, service="ทำบัตร", date="22 พ.ย. 2569")
    return replace(plain, **parts)


def a_picture(width_dots: int = 384, height: int = 60) -> Image.Image:
    """Return a picture with ink in every corner, white rows within, and no meaning."""
    picture = Image.new("1", (width_dots, height), 255)
    picture.paste(0, (0, 0, 9, 9))
    picture.paste(0, (width_dots - 3, height - 5, width_dots, height))
    return picture


def a_printer_at(simulator: PrinterSimulator) -> NetworkPrinter:
    """Return the driver of a simulator, with a test's patience."""
    return NetworkPrinter(*simulator.address, simulator.width_dots, IMPATIENT)


def has_ink(picture: Image.Image) -> bool:
    """Whether at least one dot is black."""
    return picture.getextrema()[0] == 0
