"""What is said of a file of insured and registered people to the clerk who made it."""

from outreach.domain.worded import Worded


class Fault(Worded):
    """Why a file is refused."""

    NO_HEAD = (
        "no_head",
        (
            "không tìm thấy dòng tiêu đề của bảng; bảng cần cột “Quận/huyện” hoặc “Phường/xã” và"
            " các cột “Số người tham gia”, “Đã đăng ký”, “Đã phê duyệt”, “Chưa đăng ký”; nên dùng"
            " tệp mẫu"
        ),
        (
            "no head of a table is found; it needs a column 'Quận/huyện' or 'Phường/xã', and 'Số"
            " người tham gia', 'Đã đăng ký', 'Đã phê duyệt', 'Chưa đăng ký'; `outreach coverage"
            " template` makes one"
        ),
    )
    TWO_COLUMNS = (
        "two_columns",
        "hai cột cùng nghĩa: {columns}; hãy chỉ để lại một cột",
        "two columns mean the same: {columns}; leave only one of them",
    )
    UNITS = (
        "units",
        "số liệu đang ghi theo nghìn hoặc triệu (“{value}”); hãy ghi số người đầy đủ",
        "the figures are in thousands or millions ('{value}'); write full figures",
    )
    UNCLEAR_MONTH = (
        "unclear_month",
        "không hiểu tháng “{value}”; hãy ghi tháng và năm, ví dụ 11/2026",
        "'{value}' is no month; write month and year, such as 11/2026",
    )
    OTHER_MONTH = (
        "other_month",
        "tệp ghi tháng {value} nhưng đang nhập cho tháng {told}; hãy xem đã chọn đúng tệp chưa",
        "the file is of {value}, but it is imported for {told}; see whether it is the right one",
    )
    FUTURE = (
        "future",
        "tháng {month} chưa đến; hãy kiểm tra lại tháng và năm",
        "{month} has not begun; see whether month and year are right",
    )
    CLOSED = (
        "closed",
        "số liệu tháng {month} đã khóa ({who}); hãy liên hệ {who} để mở lại",
        "the figures of {month} are closed (by {who}); ask {who} to reopen the month",
    )
    NO_DISTRICT = (
        "no_district",
        "dòng này có số liệu nhưng thiếu tên đơn vị; dòng tổng hãy ghi “Toàn thành phố”",
        "this row has figures, but no district; call the row of sums 'Toàn thành phố'",
    )
    UNKNOWN_DISTRICT = (
        "unknown_district",
        "không có đơn vị nào tên “{value}”; xem tên đúng trong tệp mẫu",
        "no district is called '{value}'; `outreach coverage template` writes their names",
    )
    UNSURE_DISTRICT = (
        "unsure_district",
        "không rõ “{value}” là đơn vị nào; có phải: {near}?",
        "it is not clear which district '{value}' is; is it one of: {near}?",
    )
    TWICE = (
        "twice",
        "“{value}” đã có ở dòng {first}; mỗi đơn vị chỉ một dòng",
        "'{value}' stands in row {first} already; one row for each district",
    )
    MIXED = (
        "mixed",
        (
            "bảng lẫn đơn vị của hai thời kỳ nên số liệu sẽ bị tính hai lần: {few} khác thời kỳ với"
            " các đơn vị còn lại; hãy ghi đủ cấp (“Quận …”, “Huyện …”, “Phường …”) và dùng một danh"
            " sách"
        ),
        (
            "districts of different times are mixed, so that people would count twice: {few} are"
            " not of the same time as the others; write what each is ('Quận …', 'Huyện …',"
            " 'Phường …'), and use one list"
        ),
    )
    MISSING = (
        "missing",
        (
            "thiếu {count} đơn vị ({names}) và không có dòng “Toàn thành phố”, nên không tính"
            " được tổng; hãy thêm các dòng còn thiếu, để trống số liệu nếu chưa có"
        ),
        (
            "{count} districts are missing ({names}), and there is no row 'Toàn thành phố', so"
            " that there is no total; add their rows, and leave the figures empty where there are"
            " none"
        ),
    )
    NO_FIGURES = (
        "no_figures",
        "không có số liệu nào trong bảng",
        "the table has no figure at all",
    )
    MORE_REGISTERED = (
        "more_registered",
        "số đã đăng ký ({registered}) lớn hơn số người tham gia ({insured})",
        "more are registered ({registered}) than insured ({insured})",
    )
    MORE_APPROVED = (
        "more_approved",
        "số đã phê duyệt ({approved}) lớn hơn số đã đăng ký ({registered})",
        "more are approved ({approved}) than registered ({registered})",
    )
    MORE_LEFT = (
        "more_left",
        "số chưa đăng ký ({not_registered}) lớn hơn số người tham gia ({insured})",
        "more are not registered ({not_registered}) than insured ({insured})",
    )
    PARTS = (
        "parts",
        (
            "đã đăng ký ({registered}) cộng chưa đăng ký ({not_registered}) phải bằng số người"
            " tham gia ({insured}); lệch {gap}"
        ),
        (
            "registered ({registered}) and not registered ({not_registered}) must add up to the"
            " insured ({insured}); they are {gap} apart"
        ),
    )
    TOTAL = (
        "total",
        "“{vi}”: các đơn vị cộng lại là {sum}, dòng toàn thành phố là {total}, lệch {gap}",
        "'{vi}' ({en}): the districts add up to {sum}, the whole city is {total}: {gap} apart",
    )
    WHY = (
        "why",
        "tháng {month} đã có số liệu (lần {revision}); muốn thay bằng số mới, hãy ghi lý do: --why",
        "{month} has figures already (revision {revision}); say why they are replaced: --why",
    )


class Note(Worded):
    """What whoever imports a file should know; it is taken in all the same."""

    OLD_DISTRICTS = (
        "old_districts",
        (
            "bảng ghi theo đơn vị không thuộc danh sách của tháng này (ví dụ: {names}); giữ"
            " nguyên như trong tệp"
        ),
        "the districts are not those of this month (such as {names}); they are kept as they are",
    )
    MISSING = (
        "missing",
        "{count} đơn vị không có dòng nào: {names}; tổng lấy theo dòng “Toàn thành phố”",
        "{count} districts have no row: {names}; the total is that of the row 'Toàn thành phố'",
    )
    NOT_READ = (
        "not_read",
        "không đọc các cột: {names}",
        "columns that are not read: {names}",
    )


TITLES: dict[str, tuple[str, str]] = {
    "insured": ("Số người tham gia", "insured"),
    "registered": ("Đã đăng ký", "registered"),
    "approved": ("Đã phê duyệt", "approved"),
    "not_registered": ("Chưa đăng ký", "not registered"),
}
"""What a line tells, in both languages; the first is the title in the template."""
