"""Columns found by title, by option and by content, below whatever stands above the titles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.errors import BadInputError
from outreach.domain.network import PrefixTable
from outreach.files import columns, titles
from outreach.files.columns import Layout
from outreach.files.model import Fault, Reading, Record


class Finder:
    """Finds the columns of rows that are written as text, with "|" between the cells."""

    def __init__(self, prefixes: PrefixTable) -> None:
        self.prefixes = prefixes

    def __call__(
        self, *rows: str, header: int | None = None, told: dict[str, str] | None = None
    ) -> Layout:
        head = [Record(line, row.split("|")) for line, row in enumerate(rows, 1)]
        reading = Reading(header=header, columns=told or {})
        return columns.find(head, reading, self.prefixes)


@pytest.fixture(scope="session")
def find(prefixes: PrefixTable) -> Finder:
    return Finder(prefixes)


def roles(layout: Layout) -> list[str]:
    return [column.role for column in layout.columns]


@pytest.mark.parametrize(
    ("role", "written"),
    [
        (
            titles.PHONE,
            (
                "Số điện thoại|SỐ ĐIỆN THOẠI (*)|so dien thoai|SĐT|sdt|Số ĐT|SĐT\nliên hệ|Đ.T"
                "|Điện thoại|4. Số điện thoại (bắt buộc)|phone|Phone number|Tel"
                "|Tel.|Telephone|phone_number|PhoneNumber|SoDienThoai|dienthoai"
                "|Số điện thoại/Phone|SĐT của bạn|Số máy"
                "|Số điện thoại đăng ký VssID|Contact phone|Điện thoại người tham gia|SĐT chủ hộ"
            ),
        ),
        (
            titles.MOBILE,
            (
                "Di động|Điện thoại di động|Số di động|ĐTDĐ|Mobile|Mobile No.|MOBILE PHONE"
                "|Cell phone|msisdn|Số điện thoại (di động)|mobilephone"
            ),
        ),
        (titles.PHONE_N, "SĐT 1|Số điện thoại 2|Phone 1|Phone 1 - Value"),
        (titles.OTHER_PHONE, "Số Zalo|SĐT phụ|Liên hệ|Contact number"),
        (titles.RELATIVES_PHONE, "ĐT người thân|SĐT (người nhà)|SĐT của con|Điện thoại cha mẹ"),
        (titles.LANDLINE, "Điện thoại cố định|ĐT bàn|ĐT (bàn)|Điện thoại cơ quan|Home phone"),
        (
            "full_name",
            (
                "Họ và tên|HỌ TÊN|ho ten|hoten|hovaten|1. Họ và tên|II. Họ và tên|Họ & tên|Họ, tên"
                "|Họ và tên người tham gia|Họ tên (viết hoa)|Full name|fullName|Name|Customer name"
                "|Tên khách hàng|Tên người nhận|Họ và tên\n(*)|Họ và tên / Full name"
            ),
        ),
        (titles.GIVEN, "Tên|First name"),
        (titles.HOUSEHOLDER, "Chủ hộ|Tên chủ hộ"),
        (titles.FAMILY, "Họ|Họ đệm|Họ và tên đệm|Họ lót|Last name|Họ và chữ lót"),
        (
            "district",
            (
                "Quận/Huyện|Quận|HUYỆN|quan huyen|QuanHuyen|TP/Quận/Huyện|Quận/Huyện/Thị xã|Thị xã"
                "|Quận / Huyện:|District|Quận/huyện thường trú|Huyện (nơi cư trú)"
            ),
        ),
        (
            "ward",
            "Phường/Xã|Phường|Xã|PHƯỜNG, XÃ|Phường/Xã/Thị trấn|Phường, xã, đặc khu|Ward|Thị trấn",
        ),
        (
            "insurance_number",
            (
                "Mã số BHXH|Số BHXH|Số sổ BHXH|Mã BHXH|BHXH|Mã số bảo hiểm xã hội|Mã số BHXH/BHYT"
                "|Social insurance number"
            ),
        ),
        ("network", "Nhà mạng|Mạng|Network|Carrier|Mạng di động|Nhà mạng đang dùng|Telco"),
        ("birth", "Ngày sinh|Năm sinh|Ngày, tháng, năm sinh|Sinh năm|Date of birth|DOB|birthday"),
        ("gender", "Giới tính|Phái|Nam/Nữ|Gender|Sex"),
        ("smartphone", "Điện thoại thông minh|Có smartphone|Có điện thoại thông minh|Smart phone"),
        ("installed", "Đã cài VssID|Đã cài đặt ứng dụng VssID|VssID|Tình trạng cài đặt|Installed"),
        (titles.REGISTERED, "Đã đăng ký|Đã đăng ký VssID|Registered"),
        ("address", "Địa chỉ|Địa chỉ liên hệ|Nơi cư trú|Address|Địa chỉ thường trú|Hộ khẩu"),
        ("language", "Ngôn ngữ|Language"),
        ("relative_of", "Người thân của|Là người thân của|Relative of"),
        (
            "",
            (
                "STT|Ghi chú|Email|Địa chỉ email|Tuổi|Mã quận|Quận 3|Cơ quan BHXH|Tên đơn vị"
                "|Nơi sinh|Số CCCD|Số thẻ BHYT|Ngày đăng ký|Quản lý|Phone 1 - Type|Loại điện thoại"
                "|Xã hội|Thông tin liên hệ|Họ tên cha|Họ tên người thân|2. Số điện thoại đủ 10 số.|"
            ),
        ),
    ],
)
def test_what_titles_mean(role: str, written: str) -> None:
    meant = {title: titles.meaning(title) for title in written.split("|")}
    assert meant == dict.fromkeys(meant, role)


@pytest.mark.parametrize(
    ("title", "name"),
    [("Tổ dân phố", "to_dan_pho"), ("Mã số (*)", "ma_so"), ("№ 7", "no_7")],
)
def test_plain_names(title: str, name: str) -> None:
    assert titles.name(title) == name


def test_a_whole_header(find: Finder) -> None:
    layout = find(
        "STT|Họ và tên|Số điện thoại|Quận/Huyện|Nhà mạng|Mã|",
        "1|Nguyễn Thị An|0900000101|Quận 3|Viettel|x|",
    )
    assert roles(layout) == ["", "full_name", "phone", "district", "network", "ma"]
    assert (layout.width, layout.phone, layout.district, layout.network) == (7, 2, 3, 4)
    assert layout.params == ((1, "full_name"), (5, "ma"))
    assert (layout.header, layout.rows) == (1, 1)


def test_titles_above_and_a_blank_column_at_the_left(find: Finder) -> None:
    layout = find(
        "|ỦY BAN NHÂN DÂN PHƯỜNG 5||",
        "|Địa chỉ: 12 Lê Lợi|Điện thoại:|028 3822 1234",
        "|DANH SÁCH SỐ ĐIỆN THOẠI NGƯỜI DÂN CHƯA CÀI VSSID||",
        "|STT|Họ tên|SĐT",
        "|1|An|0900000101",
    )
    assert (layout.header, layout.rows, layout.phone) == (4, 4, 3)


def test_a_header_over_two_rows_joined_below(find: Finder) -> None:
    layout = find(
        "STT|Họ và tên|Thông tin liên hệ||Nơi cư trú|",
        "||Điện thoại|Email|Quận|Phường",
        "(1)|(2)|(3)|(4)|(5)|(6)",
        "1|An|0900000101||Quận 3|",
    )
    assert roles(layout) == ["", "full_name", "phone", "email", "district", "ward"]
    assert (layout.header, layout.rows) == (2, 3)


def test_a_header_over_two_rows_with_a_phone_in_the_upper_one(find: Finder) -> None:
    layout = find(
        "STT|Họ và tên|Quận|Điện thoại|",
        "|||Cố định|Di động",
        "1|An|Quận 3|02838220101|0900000101",
    )
    assert roles(layout) == ["", "full_name", "district", "co_dinh", "phone"]


def test_a_row_of_data_is_no_second_row_of_titles(find: Finder) -> None:
    assert find("SĐT|Họ tên|Ghi chú", "|Nguyễn Văn An|", "|Xã|").rows == 1
    assert find("SĐT|Họ tên|Ghi chú", "Xã|Quận|").rows == 1
    assert find("SĐT|Họ tên|Ghi chú", "|Xã|").rows == 1


def test_one_title_twice_gets_a_number(find: Finder) -> None:
    layout = find("SĐT|Địa chỉ|Địa chỉ|Mã số|ma so|Names|0", "0900000101|a|b|c|d|e|f")
    assert roles(layout) == ["phone", "address", "dia_chi_2", "ma_so", "ma_so_2", "names_2", "0"]


def test_a_name_in_parts_is_joined_in_vietnamese_order(find: Finder) -> None:
    layout = find("First name|Last name|Phone|Middle name", "An|Nguyễn|0900000101|Thị")
    assert layout.names == (1, 3, 0)
    assert roles(layout) == ["full_name", "full_name", "phone", "full_name"]
    assert layout.params == ()
    told = find("Tên|Họ|Tên|x", "0900000101|Nguyễn|An|x", told={"phone": "A"})
    assert told.names == (1, 2)


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("SĐT|Tên", ["phone", "full_name"]),
        ("SĐT|Họ và tên|Tên", ["phone", "full_name", "ten"]),
        ("SĐT|Họ|Tên|Họ và tên", ["phone", "ho", "ten", "full_name"]),
        ("SĐT|Họ|x", ["phone", "ho", "x"]),
        ("SĐT|Chủ hộ", ["phone", "full_name"]),
        ("SĐT|Chủ hộ|Họ tên", ["phone", "chu_ho", "full_name"]),
        ("SĐT|Đã đăng ký", ["phone", "installed"]),
        ("SĐT|Đã đăng ký|Đã cài", ["phone", "da_dang_ky", "installed"]),
    ],
)
def test_a_better_title_goes_first(find: Finder, header: str, told: list[str]) -> None:
    assert roles(find(header)) == told


@pytest.mark.parametrize(
    ("header", "phone"),
    [
        ("Điện thoại cố định|Di động", 1),
        ("SĐT|Di động", 1),
        ("SĐT phụ|SĐT", 1),
        ("SĐT 2|SĐT", 1),
        ("Điện thoại bàn|Số Zalo", 1),
    ],
)
def test_the_plainest_of_several_phones(find: Finder, header: str, phone: int) -> None:
    layout = find(header, "0860000101|0860000102")
    assert layout.phone == phone
    assert roles(layout)[1 - phone] == titles.name(header.split("|")[1 - phone])


@pytest.mark.parametrize("other", ["SĐT", "Di động", "Zalo", "ĐT vợ"])
def test_a_relatives_phone_beside_another(find: Finder, other: str) -> None:
    with pytest.raises(BadInputError, match=rf"{other}.* may all hold the phone"):
        find(f"SĐT người thân|{other}", "0860000101|0860000102")
    assert find("Tên|SĐT người thân", "An|0900000101").phone == 1


def test_two_phones_that_are_alike(find: Finder) -> None:
    with pytest.raises(BadInputError, match="columns B 'SĐT 1' and D 'SĐT 2' may all hold"):
        find("Tên|SĐT 1|x|SĐT 2", "An|0900000101|x|0900000102")
    assert find("Tên|SĐT 1|x|SĐT 2", told={"phone": "D"}).phone == 3


@pytest.mark.parametrize("told", ["C", "c", "3", "Máy gọi", "MAY GOI", " máy  gọi (*)"])
def test_columns_told(find: Finder, told: str) -> None:
    layout = find("Mã|Ai|Máy gọi|SĐT", "1|An|0900000101|0900000102", told={"phone": told})
    assert (layout.phone, layout.header) == (2, 1)
    assert roles(layout) == ["ma", "ai", "phone", "sdt"]


def test_any_field_can_be_told(find: Finder) -> None:
    layout = find("SĐT|Ai|Họ tên", "0900000101|An|x", told={"full_name": "Ai", "to": "3"})
    assert roles(layout) == ["phone", "full_name", "to"]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (
            {"phone": "Di động"},
            "there is no column 'Di động': the header reads 'SĐT', 'Tên', 'Tên'",
        ),
        ({"phone": "D"}, "there is no column 'D'"),
        ({"phone": "0"}, "there is no column '0'"),
        ({"phone": "0900000101"}, "there is no column '090[*]{4}101'"),
        ({"phone": ""}, "there is no column ''"),
        ({"full_name": "Tên"}, "columns B 'Tên' and C 'Tên' have the title"),
        ({"phone": "A", "full_name": "SĐT"}, "cannot be both 'phone' and 'full_name'"),
        ({"Số ĐT": "A"}, "cannot be called 'Số ĐT'"),
    ],
)
def test_columns_told_wrongly(find: Finder, told: dict[str, str], said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        find("SĐT|Tên|Tên", "0900000101|An|x", told=told)


def test_without_a_header(find: Finder) -> None:
    layout = find(
        "1|0205000101|Gò Vấp|0900000101|Nguyễn Thị An",
        "2|0205000102|Gò Vấp|xin sau|Trần Văn Bình",
        "3|0205000103|Phan Thiết|+84 86 0000102|Lê Hoàng Đức",
    )
    assert roles(layout) == ["column_1", "column_2", "column_3", "phone", "full_name"]
    assert (layout.header, layout.rows) == (0, 0)
    assert "column D was taken for the phone numbers" in layout.notes[0]


def test_a_few_numbers_do_not_make_a_column(find: Finder) -> None:
    with pytest.raises(BadInputError, match="no column of phone numbers"):
        find("An|0900000101", "Bé|xin sau", "Chi|không có")


def test_a_row_with_digits_above_numbers_is_no_header(find: Finder) -> None:
    rows = ("An|xin sau|Quận 3", "Bé|0900000101|Quận 5", "Chi|0900000102|Quận 5")
    layout = find(*rows, told={"phone": "B"})
    assert (layout.header, layout.rows) == (0, 0)


def test_places_are_no_names(find: Finder) -> None:
    layout = find(*["0900000101|Hoàng Mai"] * 4)
    assert roles(layout) == ["phone", "column_2"]


def test_a_header_told_to_be_none(find: Finder) -> None:
    layout = find("SĐT|Tên", "0900000101|An", "0900000102|Bé", header=0)
    assert (layout.header, layout.rows, layout.phone) == (0, 0, 0)
    assert roles(layout) == ["phone", "column_2"]


def test_a_header_told(find: Finder) -> None:
    rows = ("SĐT|Tên", "ghi chú", "Máy|Ai", "0900000101|An")
    layout = find(*rows, header=3)
    assert (layout.header, layout.rows) == (3, 3)
    assert roles(layout) == ["phone", "ai"]
    with pytest.raises(BadInputError, match="line 9 cannot be the header"):
        find(*rows, header=9)


def test_unknown_titles_above_numbers(find: Finder) -> None:
    layout = find("Danh sách|", "Ai|Gọi", "An|0900000101", "Bé|0900000102", told={"phone": "B"})
    assert (layout.header, layout.rows) == (2, 2)
    assert roles(layout) == ["ai", "phone"]
    assert not layout.notes


@pytest.mark.parametrize(
    "rows",
    [
        ("Ai|Gọi", "An|0900000101", "Bé|0900000102"),
        ("Họ tên|Gọi", "An|0900000101"),
        ("Họ tên|Quận|Gọi", "An|Quận 3|0900000101"),
        ("Họ tên|Gọi lúc 8h", "An|0900000101"),  # with a digit it is not known as a title
        ("An|xin sau", "Bé|0900000101"),
    ],
)
def test_numbers_under_an_unknown_title_are_asked_about(find: Finder, rows: tuple[str]) -> None:
    place = "BC"[rows[0].count("|") - 1]
    with pytest.raises(BadInputError, match=f"column {place} '(Gọi|xin).*: --column phone={place}"):
        find(*rows)
    assert find(*rows, told={"phone": place}).phone == "ABC".index(place)


@pytest.mark.parametrize(
    "title",
    [
        "CMND",
        "CMND/CCCD",
        "Số CMND 9 số",
        "CMND (9 hoặc 12 số)",
        "CCCD",
        "Căn cước",
        "Thẻ căn cước công dân",
        "Chứng minh nhân dân",
        "Số định danh",
        "Mã định danh cá nhân",
        "Mã số BHXH",
        "Mã số BHXH 10 số",
        "Số sổ",
        "Mã thẻ BHYT",
        "Số thẻ BHYT",
        "Số tài khoản",
        "STK",
        "TK ngân hàng",
        "MST",
        "Mã số thuế",
        "Hộ chiếu",
        "Passport no",
        "ID",
        "ID number",
        "ID1",
        "CustomerID",
        "Số hiệu",
        "Mã hộ",
        "Mã KH",
        "Mã khách hàng",
        "Mã hồ sơ",
        "Hợp đồng",
        "Số HĐ",
        "Account",
        "Bank account",
        "Card no",
        "Tax code",
        "Biển số",
        "Số seri",
        "Ngày sinh",
        "Năm sinh",
        "Quận",
        "Địa chỉ",
        "Nhà mạng",
        "Họ",
        "ĐT bàn",
        "Điện thoại cố định",
        "STT",
    ],
)
@pytest.mark.parametrize("number", ["321234567", "0812345678", "0321234567"])
def test_numbers_under_another_title_are_never_taken(find: Finder, title: str, number: str) -> None:
    for rows in (
        (f"Họ và tên|{title}", f"An|{number}", f"Bé|{number}"),
        (title, number, number),
        (f"x|{title}", f"1|{number}", f"2|{number}"),
        ("DANH SÁCH|", f"Họ tên|{title}", f"An|{number}"),
    ):
        with pytest.raises(BadInputError, match="no column of phone numbers"):
            find(*rows)
        with pytest.raises(BadInputError, match="no column of phone numbers"):
            find(*rows, header=0)


@pytest.mark.parametrize("title", ["", " ", "-", "Column 2", "Column2", "Cột 2", "F2", "2", "(2)"])
def test_numbers_under_no_title_are_taken(find: Finder, title: str) -> None:
    layout = find(f"Họ và tên|{title}|Quận", "An|0900000101|Quận 3", "Bé|0900000102|Quận 3")
    assert (layout.header, layout.phone) == (1, 1)
    assert "column B" in layout.notes[0]
    assert "was taken for the phone numbers" in layout.notes[0]


def test_identity_numbers_beside_untitled_phones(find: Finder) -> None:
    layout = find("Họ và tên|Số CMND|", "An|321234567|0900000101", "Bé|321234568|0900000102")
    assert layout.phone == 2


def test_two_columns_of_numbers_without_titles(find: Finder) -> None:
    with pytest.raises(BadInputError, match="columns A and B may all hold the phone number; say"):
        find("0900000101|0860000101", "0900000102|0860000102")


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["mã|tên", "1|An"], "first row reads 'mã', 'tên'; expected one called 'Số điện thoại'"),
        (["1|An"], "the first row reads '1', 'An'"),
        (["Họ tên|Quận|0", "An|Quận 3|028 38220101"], "the header reads 'Họ tên', 'Quận', '0'"),
        (["An|09000001019"], "reads 'An', '090[*]{4}019'"),
    ],
)
def test_no_phone_at_all(find: Finder, rows: list[str], said: str) -> None:
    with pytest.raises(BadInputError, match=said):
        find(*rows)


def test_nothing_to_read(prefixes: PrefixTable) -> None:
    with pytest.raises(BadInputError, match="is this a CSV file"):
        columns.find([Record(1, [], Fault.QUOTES)], Reading(), prefixes)


def test_faulty_rows_do_not_hide_the_header(prefixes: PrefixTable) -> None:
    head = [Record(1, [], Fault.BYTES), Record(2, ["SĐT"]), Record(3, ["0900000101"])]
    assert columns.find(head, Reading(), prefixes).rows == 2


@pytest.mark.parametrize(("place", "letter"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ")])
def test_letters(place: int, letter: str) -> None:
    assert columns.letter(place) == letter


cells = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.sampled_from(["SĐT", "Họ", "Tên", "Quận", "0900000101", "Di động", "1", "Điện thoại bàn"]),
)


@given(
    rows=st.lists(st.lists(cells, max_size=4), min_size=1, max_size=6),
    header=st.none() | st.integers(0, 8),
    told=st.dictionaries(st.sampled_from(["phone", "full_name"]), cells, max_size=2),
)
def test_any_cells_are_understood_or_refused(
    prefixes: PrefixTable, rows: list[list[str]], header: int | None, told: dict[str, str]
) -> None:
    head = [Record(line, row) for line, row in enumerate(rows, 1)]
    try:
        layout = columns.find(head, Reading(header=header, columns=told), prefixes)
    except BadInputError:
        return
    named = [column.role for column in layout.columns if column.role]
    joined = len(layout.names) - 1 if layout.names else 0
    assert len(set(named)) == len(named) - joined
    assert layout.phone < layout.width
    assert 0 <= layout.rows <= len(head)
