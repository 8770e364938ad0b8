"""What may not be broken over two lines: compounds that a browser's Thai dictionary takes apart, and a number's unit.

One list for pages and slips: the page carries the pattern, and `@ui/whole.js` marks what it finds.
"""

COMPOUNDS = tuple(
    """
    บัตรประจำตัวประชาชน ประจำตัวประชาชน บัตรประชาชน บัตรหมดอายุ บัตรคิว ตู้กดบัตรคิว ออกบัตร ถูกทำลาย ทะเบียนราษฎร ทะเบียนบ้าน
    ทะเบียนครอบครัว สำนักทะเบียน นายทะเบียน ศูนย์ดำรงธรรม ร้องเรียน ร้องทุกข์ ช่องบริการ จุดแรกรับ จอแสดงคิว หน้าจอ หน้าแรก
    ห้องพักรอ ผู้รับบริการ รับบริการ ให้บริการ ผู้ดูแลระบบ เจ้าหน้าที่ ไม่มาแสดงตัว เดินมา คิวถัดไป ครั้งแรก หมายเลข ความพึงพอใจ
    เครื่องแม่ข่าย เครื่องพิมพ์ แป้นพิมพ์ โทรศัพท์ ชื่อบุคคล ชื่อสกุล รายบุคคล สัญญาเช่า ที่อยู่ เจ้าบ้าน ผู้ปกครอง คิวอาร์โค้ด
    ก่อนหน้าท่าน ช่องเดียวกัน
    """.split()  # noqa: SIM905  # because a list of words is read as words.
)
_BEFORE = "อายุ|ช่องบริการ|ช่อง|หมายเลข|เวลา|Counter|counter|Number|number"
_UNITS = (
    "วินาที|นาที|น\\.|ชั่วโมง|คน|ครั้ง|ใบ|วัน|เดือน|ปี|ราย|ช่อง|เครื่อง|จุด|บาท|เรื่อง|รอบ|"
    r"(?:min|minutes|hours|seconds|people|times|days|h|s)\b"
)
_SPACE = "[ \u00a0]"
_NUMBER = r"[A-Z]{0,2}\d[\d,.:–]*"
_BEFORE_IT = f"(?:{_BEFORE}){_SPACE}"
# Without lookarounds, so that Python, browsers and typst read it alike.
WHOLE = "|".join([
    f"(?:{_BEFORE_IT})?{_NUMBER}{_SPACE}(?:{_UNITS})",
    f"{_BEFORE_IT}{_NUMBER}",
    *sorted(COMPOUNDS, key=len, reverse=True),
])  # fmt: skip
"""The pattern of what stays on one line."""
