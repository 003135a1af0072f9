"""Zalo template messages by the OA's own id of a person: the dialect beside the phone channel's."""

from outreach.carriers.zalo_uid.adapter import build as build
from outreach.carriers.zalo_uid.answers import codes as codes
