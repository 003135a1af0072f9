"""What is said of a file of figures that cannot be read as it is."""

from outreach.domain.worded import Worded


class FileFault(Worded):
    """Why a file cannot be read at all."""

    EMPTY = (
        "empty",
        "tệp không có dữ liệu; hãy kiểm tra đã lưu đúng tệp chưa",
        "the file holds nothing; see whether it is the right one",
    )
    TOO_LARGE = (
        "too_large",
        "tệp lớn hơn {most} MB; tệp số liệu chỉ cần một bảng nhỏ, hãy bỏ hình ảnh và trang thừa",
        "the file is larger than {most} MB; a small table is enough: leave out pictures and sheets",
    )
    TOO_MANY_ROWS = (
        "too_many_rows",
        "bảng có hơn {most} dòng; chỉ nộp bảng tổng hợp của tháng",
        "the table has more than {most} rows; hand in the month's sums only",
    )
    PASSWORD = (
        "password",
        (
            "tệp có mật khẩu nên không mở được; hãy bỏ mật khẩu (Tệp > Thông tin > Bảo vệ sổ làm"
            " việc) rồi lưu lại"
        ),
        "the file is protected by a password; save it without one",
    )
    OLD_EXCEL = (
        "old_excel",
        "tệp Excel kiểu cũ (.xls); hãy mở bằng Excel, chọn Lưu thành (Save As) và lưu kiểu .xlsx",
        "a workbook of old Excel (.xls); open it in Excel and save it as .xlsx",
    )
    OTHER_KIND = (
        "other_kind",
        "đây là {vi}, không phải bảng tính, dù tên tệp là gì; cần tệp .xlsx hoặc .csv",
        "this is {en}, not a spreadsheet, whatever its name; expected .xlsx or .csv",
    )
    DAMAGED = (
        "damaged",
        "tệp Excel bị hỏng hoặc chép chưa hết; hãy mở bằng Excel, lưu lại thành .xlsx và nộp lại",
        "the workbook is damaged, or not copied to its end; open it in Excel and save it as .xlsx",
    )
    TRAP = (
        "trap",
        (
            "tệp Excel có phần bên trong không bình thường ({part}); hãy mở bằng Excel, chép bảng"
            " sang tệp mới và lưu thành .xlsx"
        ),
        "the workbook has an unusual inside ({part}); copy its table to a new one in Excel",
    )
    ENCODING = (
        "encoding",
        "không nhận ra bảng mã chữ Việt của tệp CSV; hãy lưu dạng “CSV UTF-8” hoặc .xlsx",
        "the encoding of the CSV is not clear; save it as 'CSV UTF-8' or as .xlsx",
    )
    CSV_ROW = (
        "csv_row",
        "không đọc được dòng này ({vi}); hãy lưu lại dạng “CSV UTF-8” hoặc .xlsx",
        "this row cannot be read ({en}); save the file as 'CSV UTF-8' or as .xlsx",
    )
    SEVERAL_TABLES = (
        "several_tables",
        "nhiều trang cùng có bảng số liệu: {sheets}; hãy chỉ để lại một trang",
        "several sheets hold a table of figures: {sheets}; leave only one of them",
    )


class CellFault(Worded):
    """Why a cell is no figure."""

    NOT_A_NUMBER = (
        "not_a_number",
        (
            "“{value}” không phải số; chỉ ghi chữ số, ví dụ 1234567 hoặc 1.234.567; để trống nếu"
            " không có số liệu, ghi 0 nếu bằng không"
        ),
        (
            "'{value}' is no number; write digits only, such as 1234567; leave it empty if there"
            " is no figure, write 0 for none"
        ),
    )
    NEGATIVE = (
        "negative",
        "“{value}” là số âm; số liệu phải từ 0 trở lên",
        "'{value}' is negative; expected 0 or more",
    )
    DECIMAL = (
        "decimal",
        (
            "“{value}” là số lẻ; hãy ghi số đầy đủ theo đơn vị (lượt, tin), không ghi theo nghìn"
            " hay triệu, ví dụ 1234567"
        ),
        "'{value}' is not whole; write the full figure, not thousands or millions, such as 1234567",
    )
    SCIENTIFIC = (
        "scientific",
        "“{value}” viết theo kiểu lũy thừa, có thể đã mất chữ số; hãy ghi đủ các chữ số",
        "'{value}' is in scientific notation and may have lost digits; write all digits",
    )
    GROUPING = (
        "grouping",
        (
            "“{value}” viết chưa đúng (có số 0 ở đầu, hoặc dấu phân cách không theo nhóm ba chữ"
            " số); hãy ghi 1234567 hoặc 1.234.567"
        ),
        "'{value}' begins with 0, or has separators that make no groups of three; write 1234567",
    )
    UNIT = (
        "unit",
        "“{value}” có chữ hoặc dấu kèm theo số; chỉ ghi chữ số, không ghi đơn vị",
        "'{value}' has words beside the number; write digits only, without a unit",
    )
    ODD_DIGITS = (
        "odd_digits",
        "“{value}” có chữ số không phải 0 đến 9 thông thường; hãy gõ lại số",
        "'{value}' has digits other than 0 to 9; type the number again",
    )
    TOO_LARGE = (
        "figure_too_large",
        "“{value}” quá lớn; hãy kiểm tra lại số chữ số",
        "'{value}' is too large; see whether it has digits too many",
    )
    DATE = (
        "date",
        (
            "ô này là ngày tháng ({value}), không phải số; có thể Excel đã tự đổi: hãy đổi định"
            " dạng ô thành Số rồi gõ lại"
        ),
        (
            "the cell is a date ({value}), not a number; Excel may have turned it into one: format"
            " it as a number and type it again"
        ),
    )
    FORMULA = (
        "formula",
        "ô này là công thức; hãy chép bảng, dán dạng giá trị (Dán đặc biệt > Giá trị) rồi lưu",
        "the cell is a formula; copy the table, paste it as values (Paste Special > Values)",
    )
    MERGED = (
        "merged",
        "ô này bị gộp với ô khác ({value}); hãy bỏ gộp ô và ghi số vào từng ô",
        "the cell is merged with others ({value}); unmerge them and write each figure in its own",
    )
    ERROR = (
        "error",
        "ô này là lỗi của Excel ({value}); hãy sửa rồi lưu lại",
        "the cell is an error of Excel ({value}); mend it",
    )
