"""What the title of a column says it holds, as offices write it in Vietnamese or English."""

import re
from functools import lru_cache

from outreach.domain.text import plain

MOBILE, PHONE, MOBILE_N, PHONE_N = "mobile", "phone", "mobile n", "phone n"
OTHER_PHONE, RELATIVES_PHONE = "other phone", "relative's phone"
PHONES = (MOBILE, PHONE, MOBILE_N, PHONE_N, OTHER_PHONE, RELATIVES_PHONE)
"""Titles of phone columns, the plainest first."""
LANDLINE = "landline"
PARTS = FAMILY, MIDDLE, GIVEN = "family", "middle", "given"
"""Parts of a name, in Vietnamese order."""
REGISTERED, HOUSEHOLDER = "registered", "householder"

_LONGEST = 120
_PHRASE = 8  # words; a longer title is a sentence

_RELATIVE = r"(?:nguoi than|nguoi nha|than nhan|cha|bo|me|vo|chong|con|giam ho|phu huynh|relative)"
_PERSON = (
    r"(?: (?:cua )?(?:ban|khach hang|cong dan|ca nhan|thanh vien|hoi vien|benh nhan|hoc sinh"
    r"|nhan vien|can bo|chu the|chu ho|doi tuong|nld|nguoi(?: [a-z]+){1,4}|day du|khai sinh"
    r"|viet hoa|co dau|theo cccd|theo cmnd|in full))*"
)
_PLACE = (
    r"(?: (?:noi )?(?:thuong tru|tam tru|cu tru|hien tai|hien nay|sinh song|dang o|dang song|o"
    r"|lien he|name))*"
)
_APP = r"(?: (?:app|ung dung|phan mem|tai khoan|vssid|bhxh so|thanh cong|hay chua|chua))*"
_TITLES = {
    "relative_of": (
        r"(?:la )?(?:nguoi than|nguoi nha|than nhan|con|vo chong|chau) cua(?: .+)?"
        r"|(?:relative|on behalf) of(?: .+)?|(?:nhan|lien he) (?:thay|ho|giup)(?: .+)?"
    ),
    "smartphone": r"(?:.+ )?(?:thong minh|smart ?phone)(?: .+)?",
    "installed": (
        rf"(?:(?:da|co|tinh trang|trang thai) )+(?:cai(?: dat)?|kich hoat){_APP}"
        rf"|(?:(?:cai(?: dat)?|kich hoat|(?:da )?(?:su )?dung|co) )?(?:app |ung dung )?vssid{_APP}"
        r"|(?:is |has )?(?:vssid |app )*installed(?: vssid| app)*"
    ),
    REGISTERED: (
        rf"(?:da |tinh trang |trang thai )+dang ky{_APP}|dang ky(?: app| ung dung)? vssid{_APP}"
        r"|(?:is )?registered"
    ),
    "network": (
        r"(?:ten )?(?:nha )?mang(?: (?:di dong|dien thoai|vien thong|thue bao|lien lac|sdt"
        r"|(?:dang )?(?:su )?dung))*|nha cung cap(?: (?:dich vu|mang|vien thong|di dong))*"
        r"|(?:(?:mobile|phone|telecom|cell|network) )?(?:network|carrier|telco|operator|provider)"
        r"(?: name)?"
    ),
    "insurance_number": (
        rf"(?:ma|so|ma so|so so|ma the|so the)? ?(?:bhxh|bao hiem(?: xa hoi)?){_PERSON}"
        r"|(?:social )?insurance (?:book )?(?:no|number|code|id)|(?:bhxh|si) (?:no|number|code|id)"
    ),
    "birth": (
        rf"(?:ngay )?(?:thang )?(?:nam )?sinh(?: nhat)?{_PERSON}|sinh (?:ngay|nam)|ntns|dob"
        r"|(?:date|day|year) of birth|birth ?(?:day|date|year)|born"
    ),
    "gender": r"gioi(?: tinh)?(?: nam nu)?|phai|nam nu|gender|sex",
    "district": (
        rf"(?:ten )?(?:(?:tp|thanh pho) )?(?:quan|huyen|thi xa|q h|district)"
        rf"(?: (?:quan|huyen|h|thi xa|tx|tp|thanh pho|district))*{_PLACE}|dia ban"
    ),
    "ward": (
        r"(?:ten )?(?:phuong|xa|thi tran|p x|px|ward|commune)"
        rf"(?: (?:phuong|xa|x|thi tran|tt|dac khu|ward|commune))*{_PLACE}"
    ),
    "address": (
        rf"(?:dia chi|noi o|cho o|noi cu tru|ho khau|noi thuong tru|noi tam tru|thuong tru|tam tru)"
        rf"(?: nha)?{_PLACE}{_PERSON}"
        r"|(?:(?:home|mailing|street|postal|permanent|current|contact|residential) )?address"
    ),
    "language": r"(?:ngon ngu|language|lang)(?: .+)?",
    FAMILY: r"ho(?: va)?(?: (?:ten|chu))? (?:dem|lot)|ho|(?:last|family) name|surname",
    MIDDLE: r"(?:ten|chu)? ?(?:dem|lot)|middle name",
    HOUSEHOLDER: r"(?:ten )?chu ho|chu the|nguoi dai dien",
    GIVEN: r"ten(?: goi| rieng)?|(?:first|given) name|forename",
    "full_name": (
        rf"(?:ho(?: va)?(?: (?:chu )?(?:dem|lot))?(?: va)? ten|hoten|ten){_PERSON}"
        r"|(?:(?:full|customer|person|citizen|member|recipient|client|contact) ?)?name(?: in full)?"
        r"|khach hang|nguoi (?:tham gia|dan|nhan|huong|dung)"
    ),
}
_ROLES = tuple((role, re.compile(pattern)) for role, pattern in _TITLES.items())
_NAME_OF_RELATIVE = re.compile(rf"(?:ho|hoten|ten)\b.* {_RELATIVE}(?: .+)?")
_TELEPHONE = re.compile(
    r"(?:so )?(?:s?dt|d t|s?dtdd|sodt|dien thoai|di dong|may|thue bao|zalo|lien (?:he|lac))(?: .+)?"
    r"|(?:.+ )?(?:phone|mobile|cell|cellphone|telephone|tel|msisdn)(?: (?:no|number|nr|num))?"
    r"(?: of .+)?(?: [0-9]+)?(?: value)?|contact(?: (?:no|number))?"
)
_FIXED = re.compile(
    r".*\b(?:co dinh|de ban|co quan|nha rieng|noi bo|cong ty|don vi|hotline|fax|home|office|work"
    r"|landline|fixed|(?<!cua )ban|(?<!nguoi )nha)\b.*"
)
_MOBILE = re.compile(r".*\b(?:di dong|s?dtdd|dd|mobile|cell|cellphone|msisdn)\b.*")
_OTHER = re.compile(
    r".*\b(?:phu|khac|du phong|zalo|khan cap|emergency|other|second|secondary"
    r"|alternat(?:e|ive))\b.*|(?:so )?lien (?:he|lac).*|contact(?: (?:no|number))?"
)
_RELATIVES = re.compile(rf".* {_RELATIVE}(?: .*)?")
_NUMBERED = re.compile(r".* (?:[0-9]|thu hai)(?: value)?")
_ABOUT_PHONE = re.compile(r".* (?:type|label|model|loai)|(?:loai|hieu|hang) .*")
_OWN_NUMBER = re.compile(  # of a person, an account or a thing, and as long as a phone's
    r".*\b(?:cmnd|cmt|cmtnd|cccd|cc|can cuoc|chung minh|dinh danh|ddcn|ho chieu|passport"
    r"|gplx|id[0-9]*|identity|ma|code|so (?:the|so|hieu|seri|hop dong|hd|tk|bh[a-z]+)"
    r"|hop dong|hd|contract|tai khoan|tk|stk|account|acc|card|mst|tax|bien so|seri"
    r"|serial|bhxh|bhyt|bao hiem|insurance)\b.*"
)
_NO_TITLE = re.compile(r"(?:(?:column|col|cot|field|truong|unnamed|f|c) ?)?[0-9]{0,4}")
_SENTENCE = re.compile(r"(?:\S+\s+){5,}\S*\w\.\s*")
_NOTE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_WRITTEN_TOGETHER = (
    "ho ten,ho va ten,ten khach hang,full name,so dien thoai,dien thoai,di dong,so di dong"
    ",dien thoai di dong,so dien thoai di dong,phone number,mobile number,mobile phone"
    ",quan huyen,phuong xa,ma so bhxh,ma bhxh,so bhxh,nha mang,ngay sinh,nam sinh"
    ",ngay thang nam sinh,date of birth,gioi tinh,dia chi,ngon ngu"
)
_JOINED = {title.replace(" ", ""): title for title in _WRITTEN_TOGETHER.split(",")}
_ENUMERATION = re.compile(r"^(?:[0-9]{1,2}|[ivx]+) (?=[a-z])")
_ORDINAL = re.compile(r"s ?t ?t|tt|(?:so )?thu tu|so tt|no|nr")
_PIECES = re.compile(r"[/\n:|,;()\u2013\u2014-]+")


def words(title: str) -> str:
    """Reduce a title to plain words: "1. Số ĐT (*)" is "1 so dt"."""
    return " ".join(re.findall("[a-z0-9]+", plain(title[:_LONGEST]).lower()))


def name(title: str) -> str:
    """Name a column as templates write it: "Tổ dân phố" is `to_dan_pho`."""
    return words(title).replace(" ", "_")


def is_counted(title: str) -> bool:
    """Whether a column only counts the rows: "STT", "No."."""
    return _ORDINAL.fullmatch(words(title)) is not None


def is_none(title: str) -> bool:
    """Whether a title says nothing: blank, or only the place of its column, such as "Column 3"."""
    return _NO_TITLE.fullmatch(words(title)) is not None


def is_another_number(title: str) -> bool:
    """Whether a title means other than phones: a role, or numbers of identity cards or accounts."""
    said = words(_CAMEL.sub(" ", title[:_LONGEST]))
    if is_counted(title) or _OWN_NUMBER.fullmatch(said):
        return True
    return meaning(title) not in {"", *PHONES}


@lru_cache(4096)
def meaning(title: str) -> str:
    """Tell the role, a kind of phone or a part of a name that a title means; empty if none."""
    if len(title) > _LONGEST or _SENTENCE.fullmatch(title) or _ABOUT_PHONE.fullmatch(words(title)):
        return ""
    whole = _NOTE.sub(" ", title)
    tries = (title, whole, _CAMEL.sub(" ", title), *_PIECES.split(whole))
    return next(filter(None, (_meaning(_bare(words(part))) for part in tries)), "")


def _bare(said: str) -> str:
    said = _ENUMERATION.sub("", said, count=1)
    return _JOINED.get(said, said)


def _meaning(said: str) -> str:
    if not said or said.count(" ") >= _PHRASE or _NAME_OF_RELATIVE.fullmatch(said):
        return ""
    for role, pattern in _ROLES:
        if pattern.fullmatch(said):
            return role
    return _phone(said) if _TELEPHONE.fullmatch(said) else ""


def _phone(said: str) -> str:
    mobile = _MOBILE.fullmatch(said) is not None
    if not mobile and _FIXED.fullmatch(said):
        return LANDLINE
    if _RELATIVES.fullmatch(said):
        return RELATIVES_PHONE
    if _OTHER.fullmatch(said):
        return OTHER_PHONE
    if _NUMBERED.fullmatch(said):
        return MOBILE_N if mobile else PHONE_N
    return MOBILE if mobile else PHONE
