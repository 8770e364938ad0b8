"""Slips to print, and the builders of tests that print them."""

from dataclasses import replace
from typing import Any

from PIL import Image

from hardware.escpos_printer import NetworkPrinter, Timeouts
from hardware.self_test_slip import SelfTestContent
from hardware.simulator import PrinterSimulator
from hardware.slip import SlipContent

FIVE_WIDTHS = (384, 420, 512, 576, 640)
"""Lines of real printers: the two usual ones, that of 180 dpi on 80 mm, and one that ends within a byte."""

IMPATIENT = Timeouts(connect=0.5, answer=0.4, send=1.0, confirm=0.4)

# Every part there is, and the words whose marks stack: what is longest, and what goes wrong first.
FULL_THAI_SLIP = SlipContent(
    office="สำนักทะเบียนอำเภอป่าซาง",
    place="จังหวัดลำพูน",
    greeting="ยินดีให้บริการด้วยความกตัญญู",
    heading="งานบัตรประจำตัวประชาชน",
    number="A014",
    service="ทำบัตรประชาชน (บัตรหมดอายุ)",
    priority_mark="ช่องทางพิเศษ",
    ahead="มีผู้รอก่อนท่าน 5 ราย",
    wait=("รอประมาณ 10–25 นาที", "คาดว่าเรียกเวลา 09.50–10.05 น."),
    documents_heading="เอกสารที่ต้องใช้",
    documents=(
        "บัตรประจำตัวประชาชนใบเดิม",
        "ทะเบียนบ้านฉบับเจ้าบ้าน (บ้านที่จะย้ายเข้า)",
        "หนังสือยินยอมเจ้าของที่ดิน หรือสัญญาเช่า",
    ),
    date="22 พฤศจิกายน 2569 เวลา 09.41 น.",
    qr_url="https://pasang.lamphun.example.go.th/t/7KQ2M9XW",
    qr_caption="สแกนเพื่อดูคิวของท่านบนโทรศัพท์",
    note="ช่องบริการปิด 16.30 น.",
    footer="โปรดเก็บบัตรคิวไว้จนเสร็จการ ที่ ผู้ น้ำ ปั๊ม กตัญญู",
    copy_mark="สำเนา / COPY",
    copy_time="พิมพ์ซ้ำเมื่อ 22 พฤศจิกายน 2569 เวลา 10.15 น.",
    demo_mark="ระบบสาธิต ไม่ใช่บัตรคิวจริง",
)

A_SELF_TEST = SelfTestContent(
    title=("ใบทดสอบเครื่องพิมพ์", "Printer self-test"),
    office="สำนักทะเบียนอำเภอป่าซาง",
    facts=("22 พฤศจิกายน 2569 เวลา 09:41 น.", "เครื่องพิมพ์ network:192.168.1.50:9100"),
    marks_caption=("สระและวรรณยุกต์ต้องไม่ซ้อนทับกัน",),
    marks=("ที่ ผู้ น้ำ ปั๊ม ญู กตัญญู ฐาน ฏี ฎีกา",),
    edges_caption=("เส้นต้องเห็นครบ",),
    dots_caption=("แถบดำต้องไม่มีเส้นขาว",),
    qr_url="https://a.example/t/1",
    qr_caption=("สแกนได้",),
    cutter_caption=("กระดาษต้องถูกตัดใต้บรรทัดนี้",),
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


def a_printer_at(simulator: PrinterSimulator, **patience: float) -> NetworkPrinter:
    """Return the driver of a simulator, with a test's patience but for the time limits named."""
    return NetworkPrinter(*simulator.address, simulator.width_dots, replace(IMPATIENT, **patience))


def has_ink(picture: Image.Image) -> bool:
    """Whether at least one dot is black."""
    return picture.getextrema()[0] == 0
