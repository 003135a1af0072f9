"""What is said of a statement to whoever handed it in."""

from outreach.domain.worded import Worded


class Fault(Worded):
    """Why a statement is refused."""

    NO_CARRIER = (
        "no_carrier",
        "chưa ghi tên nhà mạng; thêm dòng “Nhà mạng: …” phía trên bảng, là một trong: {known}",
        "no carrier is named; add a row 'Nhà mạng: …' above the table, one of: {known}",
    )
    UNKNOWN_CARRIER = (
        "unknown_carrier",
        "không có nhà mạng nào tên “{value}”; tên phải là một trong: {known}",
        "no carrier is called '{value}'; expected one of: {known}",
    )
    OTHER_CARRIER = (
        "other_carrier",
        (
            "tệp ghi nhà mạng “{value}” nhưng đang nộp cho “{told}”; hãy kiểm tra đã chọn đúng tệp"
            " chưa"
        ),
        (
            "the file is of '{value}', but it is handed in for '{told}'; see whether it is the"
            " right one"
        ),
    )
    NO_MONTH = (
        "no_month",
        "chưa ghi tháng báo cáo; thêm dòng “Tháng: 11/2026” phía trên bảng",
        "no month is told; add a row 'Tháng: 11/2026' above the table",
    )
    UNCLEAR_MONTH = (
        "unclear_month",
        "không hiểu tháng “{value}”; hãy ghi tháng và năm, ví dụ 11/2026",
        "'{value}' is no month; write month and year, such as 11/2026",
    )
    OTHER_MONTH = (
        "other_month",
        "tệp ghi tháng {value} nhưng đang nộp cho tháng {told}; hãy kiểm tra đã chọn đúng tệp chưa",
        "the file is of {value}, but it is handed in for {told}; see whether it is the right one",
    )
    SEVERAL_MONTHS = (
        "several_months",
        "phía trên bảng ghi nhiều tháng khác nhau: {value}; mỗi tệp chỉ một tháng",
        "several months are told above the table: {value}; one file is of one month",
    )
    FUTURE = (
        "future",
        "tháng {month} chưa đến; hãy kiểm tra lại tháng và năm",
        "{month} has not begun; see whether month and year are right",
    )
    CLOSED = (
        "closed",
        (
            "số liệu tháng {month} đã khóa (“{who}” khóa lúc {at}); muốn nộp hoặc sửa, hãy liên hệ"
            " “{who}” để mở lại"
        ),
        "the figures of {month} are closed ('{who}', {at}); ask '{who}' to reopen the month",
    )
    NO_HEAD = (
        "no_head",
        (
            "không tìm thấy dòng tiêu đề của bảng; bảng cần các cột “Lượt truy cập” và “Lượt cài"
            " đặt” (và “Đã gửi”, “Đã nhận” nếu nhà mạng tự gửi tin); nên dùng tệp mẫu"
        ),
        (
            "no head of a table is found; it needs the columns 'Lượt truy cập' and 'Lượt cài đặt'"
            " (and 'Đã gửi', 'Đã nhận' where the carrier sends itself); the template has them"
        ),
    )
    NO_COLUMN = (
        "no_column",
        "thiếu cột “{vi}”; hãy thêm cột này, để trống ô nếu không có số liệu",
        "the column '{vi}' ({en}) is missing; add it, and leave its cells empty without figures",
    )
    TWO_COLUMNS = (
        "two_columns",
        "hai cột cùng nghĩa “{vi}”: {columns}; hãy chỉ để lại một cột",
        "two columns mean '{vi}' ({en}): {columns}; leave only one of them",
    )
    UNITS = (
        "units",
        (
            "số liệu đang ghi theo nghìn hoặc triệu (“{value}”); hãy ghi số đầy đủ, đơn vị là lượt"
            " và tin"
        ),
        "the figures are in thousands or millions ('{value}'); write full figures",
    )
    NO_FIGURES = (
        "no_figures",
        "không có số liệu nào; ghi 0 nếu trong tháng không có lượt nào",
        "there is no figure at all; write 0 where there was nothing",
    )
    NO_DISTRICT = (
        "no_district",
        "dòng này có số liệu nhưng thiếu tên quận/huyện; dòng tổng hãy ghi “Toàn thành phố”",
        "this row has figures, but no district; call the row of sums 'Toàn thành phố'",
    )
    UNKNOWN_DISTRICT = (
        "unknown_district",
        "không có quận/huyện, phường/xã nào tên “{value}”; tên gần giống: {alike}",
        "no district is called '{value}'; spelt alike: {alike}",
    )
    TWICE = (
        "twice",
        "“{value}” ghi hai lần (lần trước: {first}); mỗi quận/huyện của một đợt chỉ một dòng",
        "'{value}' is told twice (before: {first}); one row for each district of an order",
    )
    UNKNOWN_ORDER = (
        "unknown_order",
        (
            "không có đợt nhắn tin nào tên “{value}” giao cho nhà mạng trong tháng này; các đợt:"
            " {known}"
        ),
        "no order called '{value}' went to the carrier in this month; there are: {known}",
    )
    WHICH_ORDER = (
        "which_order",
        "tháng này có nhiều đợt nhắn tin ({known}); hãy ghi số đã gửi, đã nhận theo từng đợt",
        "several orders ran in this month ({known}); tell sent and delivered of each of them",
    )
    WITH_AND_WITHOUT = (
        "with_and_without",
        "“{vi}” vừa ghi theo đợt vừa ghi ở dòng không có đợt, sẽ bị cộng hai lần; chỉ ghi một cách",
        "'{vi}' ({en}) is told with an order and without one, and would count twice; tell it once",
    )
    MORE_DELIVERED = (
        "more_delivered",
        "số đã nhận ({delivered}) lớn hơn số đã gửi ({sent})",
        "more are delivered ({delivered}) than sent ({sent})",
    )
    TOTAL = (
        "total",
        (
            "“{vi}”: tổng các quận/huyện ({sum}) khác dòng toàn thành phố ({total}), lệch {gap};"
            " nếu có phần không rõ quận/huyện, hãy bỏ trống cột này ở các dòng quận/huyện"
        ),
        (
            "'{vi}' ({en}): the districts add up to {sum}, the whole city is {total}: {gap} apart;"
            " if some are of no known district, leave the column empty in the districts' rows"
        ),
    )
    WHY = (
        "why",
        (
            "tháng {month} đã có số liệu (lần {revision}, nộp lúc {at}); muốn thay bằng số mới,"
            " hãy ghi lý do sửa"
        ),
        "{month} has figures already (revision {revision}, of {at}); say why they are replaced",
    )
    FIELD = (
        "field",
        "không hợp lệ; cần {vi}",
        "expected {en}",
    )
    UNKNOWN_FIELD = (
        "unknown_field",
        "không có trường này; các trường: {known}",
        "there is no such field; there are: {known}",
    )


class Caution(Worded):
    """What looks odd, and is taken in once it is confirmed."""

    THIS_MONTH = (
        "this_month",
        "tháng {month} chưa hết; đây đã là số liệu cả tháng chưa?",
        "{month} is not over; are these the figures of the whole month?",
    )
    JUMP = (
        "jump",
        "“{vi}” là {value}, tháng {before_month} là {before} ({percent}); số này có đúng không?",
        "'{vi}' ({en}) is {value}, in {before_month} it was {before} ({percent}); is that right?",
    )
    THOUSANDS = (
        "thousands",
        (
            "“{vi}” là {value}, tháng {before_month} là {before}: nhỏ hơn khoảng {times} lần; có"
            " phải đang ghi theo nghìn không?"
        ),
        (
            "'{vi}' ({en}) is {value}, in {before_month} it was {before}: {times} times less; is"
            " it in thousands?"
        ),
    )
    MORE_INSTALLS = (
        "more_installs",
        "số cài đặt ({installs}) lớn hơn số truy cập ({accesses}); có đúng không?",
        "more installs ({installs}) than accesses ({accesses}); is that right?",
    )
    OTHER_TIME = (
        "other_time",
        "“{value}” không thuộc danh sách đơn vị hành chính của tháng này; có đúng không?",
        "'{value}' is no district of this month; is it right?",
    )
    NO_ORDER = (
        "no_order",
        (
            "có số tin đã gửi, nhưng tháng này thành phố không giao đợt nhắn tin nào cho nhà mạng;"
            " có đúng tháng không?"
        ),
        "messages are told as sent, but we know of no order for this month; is it the right month?",
    )
    NOT_SENT = (
        "not_sent",
        (
            "thành phố đã giao đợt nhắn tin {known} nhưng không có số đã gửi của đợt này; có đúng"
            " không?"
        ),
        "order {known} ran in this month, but nothing is told as sent; is that right?",
    )
    NO_SENT = (
        "no_sent",
        "có số đã nhận nhưng không có số đã gửi; có đúng không?",
        "delivered is told, but not how many were sent; is that right?",
    )
    HIDDEN = (
        "hidden",
        "có dòng hoặc cột bị ẩn, vẫn được đọc: {value}; số liệu trong đó có đúng không?",
        "hidden rows or columns are read too: {value}; are their figures right?",
    )
    NOT_READ = (
        "not_read",
        "không đọc nội dung ở {value}; có bỏ được không?",
        "what stands in {value} is not read; may it be left out?",
    )


FIELDS: dict[str, tuple[str, str]] = {
    "district": ("Quận/huyện, phường/xã", "district"),
    "order": ("Đợt nhắn tin", "order"),
    "sent": ("Đã gửi", "sent"),
    "delivered": ("Đã nhận", "delivered"),
    "accesses": ("Lượt truy cập", "accesses"),
    "installs": ("Lượt cài đặt", "installs"),
    "difficulties": ("Khó khăn, vướng mắc", "difficulties"),
    "causes": ("Nguyên nhân", "causes"),
    "invoiced_parts": ("Số tin tính cước", "invoiced parts"),
    "invoiced_dong": ("Số tiền tính cước (đồng)", "invoiced, in đồng"),
}
"""What a statement tells, in both languages."""


def named(field: str, order: str = "") -> dict[str, object]:
    """The values `vi` and `en` of a field, of an order where one is named."""
    vi, en = FIELDS[field]
    return (
        {"vi": f"{vi}, đợt {order}", "en": f"{en}, order {order}"}
        if order
        else {"vi": vi, "en": en}
    )
