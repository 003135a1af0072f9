"""Zalo template messages by phone number: the dialect, and the connector that keeps its token."""

from outreach.carriers.zalo.adapter import build as build
from outreach.carriers.zalo.answers import codes as codes
